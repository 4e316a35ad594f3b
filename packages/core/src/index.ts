export {
  type AdoptChoices,
  type AdoptedCheckpoint,
  type Adopter,
  adoptedRequirements,
  adoptedSpec,
} from "./adopt/adopt.ts";
export { CheckpointFolder } from "./adopt/checkpoint-folder.ts";
export { notJson } from "./adopt/checkpoint-words.ts";
export { shellCommand, shellWord } from "./adopt/shell-word.ts";
export { answerJson } from "./contract/answer-json.ts";
export { canonicalJson, type Digest, digestOf, digestOfBytes } from "./contract/canonical-json.ts";
export { contractVersion } from "./contract/contract-version.ts";
export { type Device, type DevicePolicy, hasOwnMemory } from "./contract/device.ts";
export { float16Bits, float16Value, fromFloat16, toFloat16 } from "./contract/float16.ts";
export { type Log, type LogFields, type LogLevel, logTo } from "./contract/log.ts";
export {
  type ErrorCode,
  errorCodes,
  fromSerialisedModelError,
  isModelError,
  ModelError,
  type ModelErrorOptions,
  type SerialisedModelError,
  toModelError,
} from "./contract/model-error.ts";
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
} from "./contract/model-spec.ts";
export { type ModelSpecFile, modelSpecFileSchema, parseModelSpecs } from "./contract/model-variants.ts";
export { parseModelSpec } from "./contract/parse-model-spec.ts";
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
} from "./contract/preprocessing.ts";
export {
  type EngineRecipe,
  type LoadedWith,
  type PackageVersions,
  preprocessSignature,
  type Recipe,
} from "./contract/recipe.ts";
export { type ModelsUsedEntry, modelSignature, type ResolvedModel, resolveModel } from "./contract/resolved-model.ts";
export { describeIssues, nearest } from "./contract/schema-issue.ts";
export { isAbsent, type SystemErrorOptions, systemError } from "./contract/system-error.ts";
export type { DataType, Tensor, TensorData, TensorDeclaration } from "./contract/tensor.ts";
export { EmbeddingGraph, soleLike } from "./embedding-graph.ts";
export { ArtifactStore, sha256Of, type VerifiedFiles, weightsDigest } from "./files/artifact-store.ts";
export { type FileKind, fileKind, fileKindWords } from "./files/file-kind.ts";
export { looksLikeText } from "./files/looks-like-text.ts";
export { makeFolder } from "./files/make-folder.ts";
export { headOf, inUnits, type StandIn, standInFor } from "./files/stand-in.ts";
export { type FileStamp, type KnownDigest, readInPlace, stampOf, VerifiedFile } from "./files/verified-file.ts";
export { removeFolder } from "./forms/form-files.ts";
export { type FormDraft, FormStore, type FormStoreOptions, type MakeForms } from "./forms/form-store.ts";
export { type FoundCategory, findCategories, type LabelCategory } from "./label-categories.ts";
export { type LabelChoice, labelSentences, matchBothWays, rankLabels } from "./label-matches.ts";
export type { Graph, NamedTensors } from "./loader/graph.ts";
export { inBatches } from "./loader/in-batches.ts";
export {
  createLoadContext,
  type LoadContext,
  type LoadContextFactory,
  type LoadContextOptions,
  providerFor,
} from "./loader/load-context.ts";
export {
  type ModelLoader,
  ModelLoaderBase,
  type ModelLoaderClass,
  type TaskCall,
  type TaskMethods,
} from "./loader/model-loader-base.ts";
export type {
  FormKeysRequest,
  MakeFormRequest,
  ModelProvider,
  OpenRequest,
  VerifiedArtifacts,
} from "./loader/model-provider.ts";
export { definePlugin, type Plugin, type PluginManifest, pluginManifestSchema } from "./loader/plugin.ts";
export type {
  FormFile,
  FormSubject,
  NeededForm,
  NeededForms,
  PreparedForm,
  PreparedForms,
} from "./loader/prepared-form.ts";
export { ownScale } from "./own-scale.ts";
export { type PictureTextDescription, pictureTextDescription } from "./picture-text-description.ts";
export { type PictureTextEncoder, type PictureTextScores, pictureTextTasks } from "./picture-text-tasks.ts";
export { RememberedVectors } from "./remembered-vectors.ts";
export * from "./tasks/index.ts";
export { dot, softmax, unitRows } from "./vectors.ts";
