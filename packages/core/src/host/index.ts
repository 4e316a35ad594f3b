export {
  provide,
  type Resolve,
  type ServiceDefinition,
  type ServiceToken,
  serviceToken,
} from "../container/container.ts";
export { pinWords } from "../files/artifact-refusals.ts";
export { type CheckedArtifact, checkArtifact } from "../files/check-artifact.ts";
export { HashingThreads } from "../files/hashing-threads.ts";
export {
  type Cleaned,
  type CleanOptions,
  cleanForms,
  type FormListing,
  type ListedForm,
  listForms,
} from "../forms/form-listing.ts";
export { changeZooLock } from "../lock/change-zoo-lock.ts";
export { isFrozenBy } from "../lock/frozen.ts";
export {
  type CalibratedMemory,
  type LockedArtifact,
  type LockedModel,
  type LockedPlugin,
  lockFileOf,
  parseZooLock,
  readZooLock,
  withLockedModel,
  withLockedPlugin,
  type ZooLock,
} from "../lock/zoo-lock.ts";
export { zooLockText } from "../lock/zoo-lock-text.ts";
export type {
  AdoptOutcome,
  AdoptRequest,
  FormsNeeded,
  GroupLoadOptions,
  LoadOptions,
  LoadReport,
  LoadRequest,
  LoadStage,
  ModuleReference,
  Runner,
  RunnerEnd,
  RunnerMemory,
  RunnerPool,
  RunOptions,
  RunResult,
} from "../runner/runner.ts";
export { type Clock, systemClock } from "../time/clock.ts";
export { checkpointPlace, whatIsThere } from "./checkpoint-place.ts";
export { createZoo, type ZooOptions } from "./create-zoo.ts";
export { type DeviceInfo, type DeviceProbe, systemDeviceProbe } from "./device-probe.ts";
export { discoverPlugins, moduleReference } from "./discovery.ts";
export { engineVersions } from "./engine-versions.ts";
export type { FittingModel, FolderReading, RefusedFamily } from "./fitting-models.ts";
export { defaultCacheDir, defaultModelsRoot } from "./folders.ts";
export type { FunctionContext, FunctionModel, OpenedLease, RegisteredModel } from "./function-model.ts";
export type { LocalZoo, RemoveOptions, ZooEvent, ZooPlanOptions } from "./local-zoo.ts";
export {
  type CheckedPackage,
  changesOf,
  checkPackages,
  type LockedSet,
  lockedSet,
  withLockedSets,
} from "./locked-set.ts";
export type { MeasuredMemory } from "./manager/resident.ts";
export type { DeviceMemory, DeviceUsage } from "./memory/device-memory.ts";
export { calibratedOf, withCalibrated } from "./memory/memory-lock.ts";
export type { PressureSource } from "./memory/pressure-source.ts";
export { mlBom } from "./ml-bom.ts";
export { needsInWords } from "./needed-by.ts";
export { pluginTasks } from "./plugin-tasks.ts";
export { readModelSpec, readModelSpecs, readZooSpec } from "./read-yaml.ts";
export { type Isolation, systemIsolation } from "./runners/isolation.ts";
export { costAware } from "./scheduler/cost-aware.ts";
export type { Candidate, Costs, EvictionPolicy, Need } from "./scheduler/eviction-policy.ts";
export { leastRecentlyUsed, leastUrgentLeastRecent } from "./scheduler/least-recently-used.ts";
export {
  ArtifactFoldersToken,
  CatalogueToken,
  ClockToken,
  DeviceMemoryToken,
  DeviceProbeToken,
  EventsToken,
  EvictionPolicyToken,
  FormStoreToken,
  HostDevicesToken,
  JournalToken,
  type Ledger,
  LedgerToken,
  LogToken,
  ModelManagerToken,
  PressureToken,
  RunnerPoolToken,
  TaskRegistryToken,
  ZooToken,
} from "./services.ts";
export { sizeOnDisk } from "./size-on-disk.ts";
export {
  type ManifestModel,
  type ManifestOptions,
  type ResolvedModelMapping,
  type SignedModel,
  type ZooManifest,
  zooManifest,
} from "./zoo-manifest.ts";
export {
  type ZooModel,
  type ZooModelInput,
  type ZooProfile,
  type ZooSpec,
  type ZooSpecInput,
  zooSpecSchema,
} from "./zoo-spec.ts";
