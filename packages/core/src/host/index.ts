export type { Answer, Timing } from "./answer.ts";
export type {
  AdoptRequest, LoadOptions, LoadReport, LoadRequest, LoadStage, ModuleReference, RunOptions, Runner, RunnerEnd, RunnerPool, RunResult,
} from "./runner.ts";
export type { GetOptions, Lease, Zoo, ZooEvent } from "./zoo-api.ts";
export { type ZooModel, type ZooSpec, zooSpecSchema } from "./zoo-spec.ts";
export type { DeviceStatus, ModelState, ModelStatus, Priority, ZooStatus } from "./zoo-status.ts";
