export { provide, type Resolve, type ServiceDefinition, type ServiceToken, serviceToken } from "../container.ts";
export type { Answer, AnswerStream, Timing } from "./answer.ts";
export { checkpointPlace, whatIsThere } from "./checkpoint-place.ts";
export { type Clock, systemClock } from "./clock.ts";
export { coreLimit, memoryLimit, oomKills, type ReadText } from "./control-group.ts";
export { createZoo, type ZooOptions } from "./create-zoo.ts";
export { type DeviceInfo, type DeviceProbe, systemDeviceProbe } from "./device-probe.ts";
export type { FittingModel, FolderReading, RefusedFamily } from "./fitting-models.ts";
export { defaultCacheDir, defaultModelsRoot } from "./folders.ts";
export { engineVersions } from "./forms/engine-versions.ts";
export {
  type Cleaned,
  type CleanOptions,
  cleanForms,
  type FormListing,
  type ListedForm,
  listForms,
} from "./forms/form-listing.ts";
export { type FormDraft, FormStore, type FormStoreOptions, type MakeForms } from "./forms/form-store.ts";
export { readModelSpec, readModelSpecs, readZooSpec } from "./read-yaml.ts";
export type {
  AdoptOutcome,
  AdoptRequest,
  FormsNeeded,
  LoadOptions,
  LoadReport,
  LoadRequest,
  LoadStage,
  ModuleReference,
  Runner,
  RunnerEnd,
  RunnerPool,
  RunOptions,
  RunResult,
} from "./runner.ts";
export { type Isolation, systemIsolation } from "./runners/isolation.ts";
export { peakBytes } from "./runners/process-memory.ts";
export { costAware } from "./scheduler/cost-aware.ts";
export type { Candidate, Costs, EvictionPolicy, Need } from "./scheduler/eviction-policy.ts";
export { leastRecentlyUsed, leastUrgentLeastRecent } from "./scheduler/least-recently-used.ts";
export { ClockToken, DeviceProbeToken, EvictionPolicyToken, LogToken, RunnerPoolToken } from "./services.ts";
export type { AskOptions, GetOptions, Lease, Zoo, ZooEvent, ZooPlanOptions } from "./zoo-api.ts";
export { type ZooModel, type ZooSpec, zooSpecSchema } from "./zoo-spec.ts";
export type { DeviceStatus, ModelState, ModelStatus, Priority, ZooStatus } from "./zoo-status.ts";
