export { answerJson } from "./contract/answer-json.ts";
export { fromBase64, toBase64 } from "./contract/base64.ts";
export { canonicalJson, type Digest, digestOf } from "./contract/canonical-json.ts";
export { contractVersion } from "./contract/contract-version.ts";
export { type Device, type DeviceKind, type DevicePolicy, deviceKinds, hasOwnMemory } from "./contract/device.ts";
export { type EngineManifest, type EngineNeeds, engineManifestSchema } from "./contract/engine-manifest.ts";
export { float16Bits, float16Value, fromFloat16, toFloat16 } from "./contract/float16.ts";
export type { JsonSchema } from "./contract/json-schema.ts";
export { loaderName } from "./contract/loader-name.ts";
export { type Log, type LogLevel, logTo } from "./contract/log.ts";
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
export type {
  ArtifactDeclaration,
  GoldenTest,
  GraphDeclaration,
  Licence,
  ModelSpec,
  ResourceRequirements,
} from "./contract/model-spec.ts";
export {
  type ModelSpecFile,
  type ModelSpecInput,
  modelSpecFileSchema,
  parseModelSpecs,
} from "./contract/model-variants.ts";
export { parseModelSpec } from "./contract/parse-model-spec.ts";
export { type KitManifest, type PluginManifest, pluginManifestSchema } from "./contract/plugin-manifest.ts";
export type { Preprocessing } from "./contract/preprocessing.ts";
export { partOf } from "./contract/preprocessing-part.ts";
export { type EngineRecipe, type PackageVersions, preprocessSignature, type Recipe } from "./contract/recipe.ts";
export { type ModelsUsedEntry, modelSignature, type ResolvedModel } from "./contract/resolved-model.ts";
export { describeIssues, nearest, plainWords } from "./contract/schema-issue.ts";
export { isAbsent, type SystemErrorOptions, systemError } from "./contract/system-error.ts";
export type { DataType, Tensor, TensorData, TensorDeclaration } from "./contract/tensor.ts";
export { weightsDigest } from "./contract/weights-digest.ts";
export * from "./tasks/index.ts";
export { abortable } from "./time/abortable.ts";
export type { Answer, AnswerStream, Timing } from "./zoo/answer.ts";
export { askInParts, askWhole, limitsOf, type PutQuestion } from "./zoo/ask.ts";
export { getOptions, requireKnownOptions } from "./zoo/known-options.ts";
export { leavableWith } from "./zoo/leavable.ts";
export {
  checkedLoadAll,
  type LoadAllOptions,
  type LoadOutcome,
  type LoadProgress,
  loadAllOptions,
  withdrawn,
} from "./zoo/load-all.ts";
export { type MappedAnswer, mapInOrder } from "./zoo/map-in-order.ts";
export { mapThroughLease } from "./zoo/map-through-lease.ts";
export type { PartStream } from "./zoo/part-stream.ts";
export type { RequestLimits } from "./zoo/request-limits.ts";
export {
  checkedSelection,
  type UnloadAllOptions,
  type UnloadOutcome,
  type UnloadSelection,
  unloadAllOptions,
} from "./zoo/unload-all.ts";
export { checkedWish, type Wish } from "./zoo/wish.ts";
export type { AskOptions, Awaitable, GetOptions, Lease, LeaseMapOptions, Zoo, ZooMapOptions } from "./zoo/zoo.ts";
export { healthOf, type ZooHealth } from "./zoo/zoo-health.ts";
export {
  checkedPriority,
  type DeviceStatus,
  type HeldLease,
  type ModelState,
  type ModelStatus,
  type ModelUsage,
  type Priority,
  type ReplicaStatus,
  type ZooStatus,
} from "./zoo/zoo-status.ts";
