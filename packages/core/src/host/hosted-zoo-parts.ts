import type { ServiceToken } from "../container/container.ts";
import type { Device } from "../contract/device.ts";
import type { ModelError } from "../contract/model-error.ts";
import type { CalibratedMemory } from "../lock/zoo-lock.ts";
import type { RunnerPool } from "../runner/runner.ts";
import type { TaskRegistry } from "../tasks/task-registry.ts";
import type { Clock } from "../time/clock.ts";
import type { ArtifactFolders } from "./artifact-folders.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import type { DeviceInfo } from "./device-probe.ts";
import type { ModelManager } from "./manager/model-manager.ts";
import type { Membership } from "./membership.ts";
import type { ModelModules } from "./model-modules.ts";
import type { ZooEvents } from "./zoo-events.ts";
import type { ZooMembers } from "./zoo-members.ts";

export interface HostedZooParts {
  readonly name: string;
  readonly tasks: TaskRegistry;
  readonly members: ZooMembers;
  readonly problems: readonly ModelError[];
  readonly manager: ModelManager;
  readonly pool: RunnerPool;
  readonly clock: Clock;
  readonly events: ZooEvents;
  readonly devices: readonly DeviceInfo[];
  readonly lock: readonly CalibratedMemory[];
  readonly budgets: Readonly<Partial<Record<Device, number>>>;
  readonly membership: Membership;
  readonly folders: ArtifactFolders;
  modulesOf(entry: CatalogueEntry): Promise<ModelModules>;
  /** Milliseconds that a question without a deadline of its own may take. */
  readonly requestTimeoutMs: number;
  /** Milliseconds that a request waits for a model at the most. */
  readonly maxWaitMs: number;
  /** Milliseconds that a model on a device is kept without a lease. */
  keepAliveOn(device: Device): number;
  /** Milliseconds that reading a checkpoint folder may take. */
  readonly adoptTimeoutMs: number;
  service<T>(token: ServiceToken<T>): T;
  hasService(token: ServiceToken<unknown>): boolean;
  /** Stops every service, the manager among them. @param graceMs milliseconds for what is under way */
  stop(graceMs: number | undefined): Promise<void>;
}
