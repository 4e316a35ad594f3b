export { ArtifactStore } from "../files/artifact-store.ts";
export { type FileKind, fileKind, fileKindWords } from "../files/file-kind.ts";
export { looksLikeText } from "../files/looks-like-text.ts";
export { requireBytes } from "../files/required-bytes.ts";
export { sha256Of } from "../files/sha256-of.ts";
export { inUnits, type StandIn, standInFor } from "../files/stand-in.ts";
export { readInPlace, stampOf, VerifiedFile } from "../files/verified-file.ts";
export { removeFolder } from "../forms/form-files.ts";
export { type FormDraft, FormStore, type FormStoreOptions, type MakeForms } from "../forms/form-store.ts";
export type { CallOf } from "./call-of.ts";
export {
  type FunctionalForm,
  type FunctionalModel,
  functionalForm,
  type LoadCheckpointOptions,
  type OpenCheckpoint,
} from "./functional-form.ts";
export type { Graph, NamedTensors } from "./graph.ts";
export { inBatches } from "./in-batches.ts";
export { type LoadContext, type LoadContextFactory, providerFor } from "./load-context.ts";
export {
  type ModelLoader,
  ModelLoaderBase,
  type ModelLoaderClass,
  type TaskCall,
  type TaskMethod,
  type TaskMethods,
  taskMethod,
} from "./model-loader-base.ts";
export type {
  FormKeysRequest,
  MakeFormRequest,
  ModelProvider,
  OpenRequest,
  VerifiedArtifacts,
} from "./model-provider.ts";
export { contextFor, openModel, unopenedModel } from "./open-model.ts";
export { definePlugin, type Plugin } from "./plugin.ts";
export type { NeededForm, NeededForms, PreparedForm, PreparedForms } from "./prepared-form.ts";
export { softmax } from "./softmax.ts";
