import { provide, type ServiceDefinition, type ServiceToken, serviceToken } from "../container/container.ts";
import type { Device } from "../contract/device.ts";
import { type Log, logTo } from "../contract/log.ts";
import { FormStore } from "../forms/form-store.ts";
import type { RunnerPool } from "../runner/runner.ts";
import type { TaskRegistry } from "../tasks/task-registry.ts";
import { type Clock, monotonic, systemClock } from "../time/clock.ts";
import type { ArtifactFolders } from "./artifact-folders.ts";
import type { DeclaredMemory } from "./budgets.ts";
import type { Catalogue } from "./catalogue.ts";
import { type DeviceProbe, systemDeviceProbe } from "./device-probe.ts";
import { guardedLog } from "./guarded-log.ts";
import { HostDevices } from "./host-devices.ts";
import type { LocalZoo } from "./local-zoo.ts";
import type { ModelManager } from "./manager/model-manager.ts";
import type { DeviceMemory } from "./memory/device-memory.ts";
import { nvidiaSmi } from "./memory/nvidia-smi.ts";
import type { PressureSource } from "./memory/pressure-source.ts";
import { SystemPressure } from "./memory/system-pressure.ts";
import type { PackagesBehind } from "./packages-behind.ts";
import { createInlinePool } from "./runners/inline-pool.ts";
import { createProcessPool } from "./runners/process-pool.ts";
import { createRoutedPool } from "./runners/routed-pool.ts";
import { costAware } from "./scheduler/cost-aware.ts";
import type { EvictionPolicy } from "./scheduler/eviction-policy.ts";
import { type Journal, RecentJournal } from "./scheduler/journal.ts";
import { ZooEvents } from "./zoo-events.ts";
import type { ZooSpec } from "./zoo-spec.ts";

/** What the host is put together from; an application gives its own under the same token, and has each by `zoo.service`. */
export const ClockToken: ServiceToken<Clock> = serviceToken("Clock");
export const LogToken: ServiceToken<Log> = serviceToken("Log");
export const DeviceProbeToken: ServiceToken<DeviceProbe> = serviceToken("DeviceProbe");
/** Where the memory of accelerators is read from. */
export const DeviceMemoryToken: ServiceToken<DeviceMemory> = serviceToken("DeviceMemory");
/** How short of memory the machine is. */
export const PressureToken: ServiceToken<PressureSource> = serviceToken("Pressure");
/** Keeps the last events and decisions of the scheduler. */
export const JournalToken: ServiceToken<Journal> = serviceToken("Journal");
export const EvictionPolicyToken: ServiceToken<EvictionPolicy> = serviceToken("EvictionPolicy");
/** Where runners of models come from whose code a process can import. */
export const RunnerPoolToken: ServiceToken<RunnerPool> = serviceToken("RunnerPool");
/** Prepared forms of models on disk. */
export const FormStoreToken: ServiceToken<FormStore> = serviceToken("FormStore");
/** Tells loads, unloads, crashes and answers. */
export const EventsToken: ServiceToken<ZooEvents> = serviceToken("Events");
/** The devices that this host has, with their budgets. */
export const HostDevicesToken: ServiceToken<HostDevices> = serviceToken("HostDevices");
/** Every model that can be asked for. */
export const CatalogueToken: ServiceToken<Catalogue> = serviceToken("Catalogue");
/** Every task that can be asked. */
export const TaskRegistryToken: ServiceToken<TaskRegistry> = serviceToken("TaskRegistry");
/** Where the artifacts of each model lie. */
export const ArtifactFoldersToken: ServiceToken<ArtifactFolders> = serviceToken("ArtifactFolders");
/** Looks at the packages behind models, as they are installed now: what a lock has of them. */
export const InstalledPackagesToken: ServiceToken<{ look(): PackagesBehind }> = serviceToken("InstalledPackages");
/** Owns what is loaded. */
export const ModelManagerToken: ServiceToken<ModelManager> = serviceToken("ModelManager");
/** What is reserved of each device's budget. */
export const LedgerToken: ServiceToken<Ledger> = serviceToken("Ledger");
/** The zoo itself: for services that ask it questions. */
export const ZooToken: ServiceToken<LocalZoo> = serviceToken("Zoo");
/** Asks kept models now and then whether they still answer. */
export const HealthProbeToken: ServiceToken<Disposable> = serviceToken("HealthProbe");
/** Every runner of the zoo comes from here: those of the pool, and those that run inside this process. */
export const RoutedPoolToken: ServiceToken<RunnerPool> = serviceToken("RoutedPool");

/** Bytes by device. */
export interface Ledger {
  readonly budgets: Readonly<Partial<Record<Device, number>>>;
  /** Bytes that models hold or are being loaded with. */
  reservedBytes(device: Device): number;
  freeBytes(device: Device): number;
}

/** The services of a host that replaces none, but for those that need its models. */
export function standardServices(options: {
  log: Log | undefined;
  runner: ZooSpec["runner"];
  memory: DeclaredMemory;
  cacheDir: string | undefined;
}): ServiceDefinition[] {
  const { cacheDir, runner, memory } = options;
  return [
    provide(ClockToken, () => systemClock),
    provide(LogToken, () => options.log ?? silentLog),
    provide(DeviceProbeToken, () => systemDeviceProbe),
    provide(DeviceMemoryToken, () => nvidiaSmi),
    provide(EvictionPolicyToken, () => costAware),
    provide(JournalToken, () => new RecentJournal()),
    provide(EventsToken, (resolve) => new ZooEvents(guardedLog(resolve(LogToken))), { needs: [LogToken] }),
    provide(PressureToken, () => new SystemPressure()),
    provide(
      HostDevicesToken,
      (resolve) => new HostDevices(resolve(DeviceProbeToken), memory, guardedLog(resolve(LogToken))),
      { needs: [DeviceProbeToken, LogToken], start: (devices) => devices.read() },
    ),
    provide(
      FormStoreToken,
      (resolve) => {
        const log = guardedLog(resolve(LogToken));
        return new FormStore({ cacheDir, log, clock: monotonic(resolve(ClockToken)) });
      },
      { needs: [ClockToken, LogToken] },
    ),
    provide(
      RunnerPoolToken,
      (resolve): RunnerPool => {
        const log = guardedLog(resolve(LogToken));
        const forms = resolve(FormStoreToken);
        if (runner === "inline") return createInlinePool({ forms, log });
        return createProcessPool({ forms, clock: monotonic(resolve(ClockToken)), log });
      },
      { needs: [ClockToken, LogToken, FormStoreToken], stop: async (pool) => pool[Symbol.asyncDispose]() },
    ),
    provide(
      RoutedPoolToken,
      (resolve) => {
        const inline = createInlinePool({ forms: resolve(FormStoreToken), log: guardedLog(resolve(LogToken)) });
        return createRoutedPool(resolve(RunnerPoolToken), inline);
      },
      { needs: [LogToken, FormStoreToken, RunnerPoolToken] },
    ),
  ];
}

const silentLog: Log = logTo(() => {});
