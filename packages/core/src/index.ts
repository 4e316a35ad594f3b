export {
  type AdoptChoices,
  type AdoptedCheckpoint,
  type Adopter,
  adoptedRequirements,
  adoptedSpec,
  asChosen,
} from "./adopt.ts";
export { answerJson } from "./answer-json.ts";
export { ArtifactStore, sha256Of, type VerifiedFiles, weightsDigest } from "./artifact-store.ts";
export { canonicalJson, type Digest, digestOf, digestOfBytes } from "./canonical-json.ts";
export { CheckpointFolder } from "./checkpoint-folder.ts";
export { notJson } from "./checkpoint-words.ts";
export { contractVersion } from "./contract-version.ts";
export { type Device, type DevicePolicy, hasOwnMemory } from "./device.ts";
export { EmbeddingGraph, soleLike } from "./embedding-graph.ts";
export { type FileKind, fileKind, fileKindWords } from "./file-kind.ts";
export { float16Bits, float16Value, fromFloat16, toFloat16 } from "./float16.ts";
export type { Graph, NamedTensors } from "./graph.ts";
export { removeFolder } from "./host/forms/form-files.ts";
export { type FormDraft, FormStore, type FormStoreOptions, type MakeForms } from "./host/forms/form-store.ts";
export { inBatches } from "./in-batches.ts";
export { type FoundCategory, findCategories, type LabelCategory } from "./label-categories.ts";
export { type LabelChoice, labelSentences, matchBothWays, rankLabels } from "./label-matches.ts";
export {
  createLoadContext,
  type LoadContext,
  type LoadContextFactory,
  type LoadContextOptions,
  providerFor,
} from "./load-context.ts";
export { type Log, type LogFields, type LogLevel, logTo } from "./log.ts";
export { looksLikeText } from "./looks-like-text.ts";
export { makeFolder } from "./make-folder.ts";
export {
  type ErrorCode,
  errorCodes,
  fromSerialisedModelError,
  isModelError,
  ModelError,
  type ModelErrorOptions,
  type SerialisedModelError,
  toModelError,
} from "./model-error.ts";
export {
  type ModelLoader,
  ModelLoaderBase,
  type ModelLoaderClass,
  type TaskCall,
  type TaskMethods,
} from "./model-loader-base.ts";
export type {
  FormKeysRequest,
  MakeFormRequest,
  ModelProvider,
  OpenRequest,
  VerifiedArtifacts,
} from "./model-provider.ts";
export {
  type ArtifactDeclaration,
  type Engine,
  type GoldenTest,
  type GraphDeclaration,
  type Licence,
  type ModelSpec,
  type Precision,
  precisionSchema,
  type ResourceRequirements,
  type Runtime,
} from "./model-spec.ts";
export { type ModelSpecFile, modelSpecFileSchema, parseModelSpecs } from "./model-variants.ts";
export { ownScale } from "./own-scale.ts";
export { parseModelSpec } from "./parse-model-spec.ts";
export { type PictureTextDescription, pictureTextDescription } from "./picture-text-description.ts";
export { type PictureTextEncoder, type PictureTextScores, pictureTextTasks } from "./picture-text-tasks.ts";
export { definePlugin, type Plugin, type PluginManifest, pluginManifestSchema } from "./plugin.ts";
export type { FormFile, FormSubject, NeededForm, NeededForms, PreparedForm, PreparedForms } from "./prepared-form.ts";
export type {
  ExactResize,
  ImagePreprocessing,
  LetterboxResize,
  Pad,
  PaddingValue,
  Preprocessing,
  ResampleArithmetic,
  ResampleFilter,
  ShortestEdgeResize,
  TextPreprocessing,
} from "./preprocessing.ts";
export {
  type EngineRecipe,
  type LoadedWith,
  type PackageVersions,
  preprocessSignature,
  type Recipe,
} from "./recipe.ts";
export { RememberedVectors } from "./remembered-vectors.ts";
export { type ModelsUsedEntry, modelSignature, type ResolvedModel, resolveModel } from "./resolved-model.ts";
export { describeIssues, nearest } from "./schema-issue.ts";
export { shellCommand, shellWord } from "./shell-word.ts";
export { headOf, inUnits, type StandIn, standInFor } from "./stand-in.ts";
export { isAbsent, type SystemErrorOptions, systemError } from "./system-error.ts";
export * from "./tasks/index.ts";
export type { DataType, Tensor, TensorData, TensorDeclaration } from "./tensor.ts";
export { dot, softmax, unitRows } from "./vectors.ts";
export { type FileStamp, type KnownDigest, readInPlace, stampOf, VerifiedFile } from "./verified-file.ts";
