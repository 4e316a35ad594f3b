import type { AdoptedCheckpoint } from "../adopt/adopt.ts";
import type { AdoptChoices } from "../adopt/adopt-choices.ts";
import type { ServiceToken } from "../container/container.ts";
import type { Device } from "../contract/device.ts";
import type { ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import type { LoadStage } from "../runner/runner.ts";
import type { TaskRegistry } from "../tasks/task-registry.ts";
import type { GetOptions, Zoo } from "../zoo/zoo.ts";
import type { ZooHealth } from "../zoo/zoo-health.ts";
import type { ZooStatus } from "../zoo/zoo-status.ts";
import type { FolderReading } from "./fitting-models.ts";
import type { FunctionModel, RegisteredModel } from "./function-model.ts";
import type { Forecast } from "./scheduler/forecast.ts";
import type { JournalRecord } from "./scheduler/journal.ts";
import type { Plan } from "./scheduler/plan.ts";
import type { Pressure } from "./scheduler/resource.ts";
import type { Arrival } from "./scheduler/simulation.ts";

/** A zoo that runs in this process: all that a zoo is, and what only its host can do. */
export interface LocalZoo extends Zoo {
  readonly name: string;
  readonly models: readonly ModelSpec[];
  readonly problems: readonly ModelError[];
  readonly tasks: TaskRegistry;

  /** The spec of that name, or of the one that the role or alias means. @throws `model_not_found` with the nearest name, `role_ambiguous` */
  find(nameOrRole: string): ModelSpec;

  /** Absolute folder in which the model's artifacts are looked for. */
  artifactsRoot(nameOrRole: string): string;

  /**
   * Loads what the zoo spec keeps: the required models first, then by priority class, then in the order of the spec.
   * @returns why those that could not be loaded were not; the others are not affected
   */
  warm(options?: GetOptions): Promise<readonly ModelError[]>;

  /** Adds a spec that is on no plugin's list. `file` is where it lies: relative paths in it start there. */
  add(spec: ModelSpec, file: string): void;

  /**
   * Adds a model that a plain function loads. It runs in this process; what the function returned is reached through a lease.
   * @throws `model_duplicate`, `model_spec_invalid`
   */
  register<Opened>(model: FunctionModel<Opened>): Promise<RegisteredModel<Opened>>;

  /**
   * Takes a model out of the zoo, wherever it came from: new questions do not find it, whoever waits for it is told, leases
   * drain, and it is unloaded. Where the wait is given up it is served as before. A required model goes with `force` alone.
   */
  remove(name: string, options?: RemoveOptions): Promise<void>;

  /** A service of this zoo, the application's own among them. @throws `zoo_spec_invalid` where nobody provides it */
  service<T>(token: ServiceToken<T>): T;
  /** Whether the zoo has a service under this token. */
  hasService(token: ServiceToken<unknown>): boolean;

  /**
   * Moves a role or an alias to another model, for as long as the zoo runs. How the zoo spec keeps what bears that name moves with
   * it: where that is kept warm, the new model is loaded before the name is moved, and the old one may go.
   * @throws `model_not_found`; `input_invalid` for a model's own name; what the load fails with: then nothing has moved
   */
  bind(roleOrAlias: string, model: string, options?: GetOptions): Promise<void>;

  /**
   * Reads a checkpoint folder as the family of the model `like` does.
   * @throws ModelError `checkpoint_invalid` for what is no such folder, or one of another family, with what to do instead
   */
  adopt(folder: string, like: string, choices?: AdoptChoices): Promise<AdoptedCheckpoint>;

  /** Reads a checkpoint folder as every family that is known. @throws ModelError `checkpoint_invalid` for what is no folder */
  fitting(folder: string, choices?: AdoptChoices): Promise<FolderReading>;

  status(): ZooStatus;

  health(): ZooHealth;

  /** The last events and decisions of the scheduler; undefined before the first. */
  readonly journal: JournalRecord | undefined;

  /**
   * What would come of asking for these models now, all to be held together: a dry run, which loads nothing.
   * @throws `model_not_found`; `unsupported_device` where the machine has no device for one
   */
  plan(models: readonly string[], options?: ZooPlanOptions): Plan;

  /**
   * What would come of requests that came from now on, in order of time: loads, waits, refusals, and what is loaded when.
   * Loads take what they took before, or a guess by their bytes. Loads nothing. @throws as `plan`
   */
  forecast(arrivals: readonly Arrival[], options?: ZooPlanOptions): Forecast;

  /**
   * Refuses what waits, lets what is under way end, and ends every runner; `await using` does the same.
   * @param options.graceMs milliseconds for what is under way; default: `close_grace_s` of the zoo spec
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;

  /** Hears of loads, unloads, crashes; returns the way to stop hearing. */
  onEvent(listener: (event: ZooEvent) => void): () => void;
}

export interface ZooPlanOptions {
  /** Bytes by device in the place of the zoo's own. */
  readonly budgets?: Readonly<Partial<Record<Device, number>>> | undefined;
}

export interface RemoveOptions extends Omit<GetOptions, "priority" | "keepAliveMs"> {
  /** Removes a required model as well. Default: false. */
  readonly force?: boolean | undefined;
}

export type ZooEvent =
  | { readonly type: "load-started"; readonly model: string; readonly bytes: number }
  | { readonly type: "load-stage"; readonly model: string; readonly stage: LoadStage }
  | { readonly type: "loaded"; readonly model: string; readonly ms: number; readonly bytes: number | undefined }
  | { readonly type: "load-failed"; readonly model: string; readonly error: ModelError }
  | { readonly type: "unloaded"; readonly model: string; readonly reason: string }
  | { readonly type: "crashed"; readonly model: string; readonly reason: string; readonly replayed: number }
  | { readonly type: "bound"; readonly name: string; readonly model: string; readonly before: string | undefined }
  | {
      readonly type: "memory-kept";
      readonly model: string;
      readonly device: Device;
      readonly bytes: number | undefined;
    }
  | { readonly type: "outgrown"; readonly model: string; readonly bytes: number }
  | { readonly type: "pressure"; readonly device: Device; readonly level: Pressure }
  | { readonly type: "device-gone"; readonly device: Device }
  | { readonly type: "answered"; readonly model: string; readonly task: string; readonly ms: number }
  | { readonly type: "lease-held-long"; readonly model: string; readonly ms: number; readonly at: string | undefined }
  /** It was collected without having been given back, and is given back now. */
  | { readonly type: "lease-lost"; readonly model: string; readonly ms: number; readonly at: string | undefined }
  | { readonly type: "refused"; readonly model: string; readonly error: ModelError };
