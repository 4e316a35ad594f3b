import { dirname } from "node:path";
import {
  provide,
  type Resolve,
  type ServiceContainer,
  type ServiceDefinition,
  serviceToken,
  type WaitForStart,
  type WaitForStop,
} from "../container/container.ts";
import type { Device } from "../contract/device.ts";
import { ModelError } from "../contract/model-error.ts";
import { pinnedSpec } from "../files/pinned-spec.ts";
import type { CalibratedMemory } from "../lock/zoo-lock.ts";
import type { TaskRegistry } from "../tasks/task-registry.ts";
import { within } from "../time/abortable.ts";
import { monotonic } from "../time/clock.ts";
import type { ArtifactFolders } from "./artifact-folders.ts";
import { loadsAtATime } from "./budgets.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import type { Freeze } from "./freeze.ts";
import type { GivenPlugins } from "./given-plugins.ts";
import { requireOnePlace } from "./grouped-models.ts";
import { guardedLog } from "./guarded-log.ts";
import { HealthProbe } from "./health-probe.ts";
import { HostedZoo } from "./hosted-zoo.ts";
import { ModelManager } from "./manager/model-manager.ts";
import { Membership } from "./membership.ts";
import { MachineWatch } from "./memory/machine-watch.ts";
import { neededBy } from "./needed-by.ts";
import type { PackagesBehind } from "./packages-behind.ts";
import type { PluginModules } from "./plugin-modules.ts";
import { budgetOf, reservedOf } from "./scheduler/ledger.ts";
import {
  ArtifactFoldersToken,
  CatalogueToken,
  ClockToken,
  DeviceMemoryToken,
  EventsToken,
  EvictionPolicyToken,
  HealthProbeToken,
  HostDevicesToken,
  InstalledPackagesToken,
  JournalToken,
  LedgerToken,
  LogToken,
  ModelManagerToken,
  PressureToken,
  RoutedPoolToken,
  TaskRegistryToken,
  ZooToken,
} from "./services.ts";
import type { Vocabularies } from "./vocabularies.ts";
import type { ZooMembers } from "./zoo-members.ts";
import type { ZooSpec } from "./zoo-spec.ts";

/** What has been read before a zoo is put together. */
export interface ZooParts {
  readonly spec: ZooSpec;
  readonly tasks: TaskRegistry;
  readonly vocabularies: Vocabularies;
  readonly members: ZooMembers;
  readonly given: GivenPlugins;
  readonly modules: PluginModules;
  readonly problems: readonly ModelError[];
  readonly folders: ArtifactFolders;
  /** What was measured of models, which counts before what they declare. */
  readonly lock: readonly CalibratedMemory[];
  /** Set where nothing outside of the lock is loaded. */
  readonly freeze: Freeze | undefined;
  /** Finds what is locked of the packages behind models, as they are installed now. */
  behind(): PackagesBehind;
  readonly appDir: string;
  /** Folder of the artifacts of every spec that is added; default: the spec's own. */
  readonly addedRoot: string | undefined;
  readonly container: ServiceContainer;
}

/** Milliseconds that a service of an application gets to stop, before the next one has its turn. */
const stopWithinMs = 10_000;

/** The services of a host that know its models, the zoo itself the last of them. */
export function zooServices(parts: ZooParts): ServiceDefinition[] {
  const { spec, members, folders, container } = parts;
  const closing: { graceMs?: number } = {};
  requireOnePlace(members, runsApartIn(parts));
  return [
    provide(TaskRegistryToken, () => parts.tasks),
    provide(CatalogueToken, () => members.catalogue),
    provide(ArtifactFoldersToken, () => folders),
    provide(InstalledPackagesToken, () => ({ look: () => parts.behind() })),
    provide(ModelManagerToken, (resolve) => managerOf(parts, resolve), {
      needs: [
        ...[ClockToken, LogToken, EventsToken, EvictionPolicyToken, DeviceMemoryToken, JournalToken],
        ...[HostDevicesToken, RoutedPoolToken, ArtifactFoldersToken],
      ],
      stop: (manager) => manager.close(closing.graceMs),
    }),
    provide(MachineWatchToken, (resolve) => machineWatchOf(resolve), {
      needs: [ModelManagerToken, DeviceMemoryToken, PressureToken, HostDevicesToken],
      start: (watch) => watch.start(),
      stop: (watch) => watch[Symbol.dispose](),
    }),
    provide(
      LedgerToken,
      (resolve) => {
        const manager = resolve(ModelManagerToken);
        const { budgets } = resolve(HostDevicesToken);
        return {
          budgets,
          reservedBytes: (device) => reservedOf(manager.state, device),
          freeBytes: (device) => budgetOf(manager.state, device) - reservedOf(manager.state, device),
        };
      },
      { needs: [ModelManagerToken, HostDevicesToken] },
    ),
    provide(
      HealthProbeToken,
      (resolve): Disposable =>
        new HealthProbe({
          clock: monotonic(resolve(ClockToken)),
          manager: resolve(ModelManagerToken),
          tasks: resolve(TaskRegistryToken),
          everyMs: milliseconds(spec.health_check_interval_s),
        }),
      { needs: [ClockToken, ModelManagerToken, TaskRegistryToken], stop: (probe) => probe[Symbol.dispose]() },
    ),
    provide(
      ZooToken,
      (resolve) =>
        new HostedZoo({
          name: spec.zoo_name,
          tasks: resolve(TaskRegistryToken),
          members: { ...members, catalogue: resolve(CatalogueToken) },
          membership: membershipOf(parts, resolve),
          problems: parts.problems,
          manager: resolve(ModelManagerToken),
          pool: resolve(RoutedPoolToken),
          clock: monotonic(resolve(ClockToken)),
          events: resolve(EventsToken),
          devices: resolve(HostDevicesToken).devices,
          budgets: resolve(HostDevicesToken).budgets,
          lock: parts.lock,
          folders: resolve(ArtifactFoldersToken),
          modulesOf: (entry) => parts.modules.of(entry),
          requestTimeoutMs: milliseconds(spec.request_timeout_s),
          maxWaitMs: longestWaitMs(spec),
          keepAliveOn: (device) => keepAliveMs(spec, device),
          adoptTimeoutMs: spec.load_timeout_s * 1000,
          service: (token) => container.resolve(token),
          hasService: (token) => container.has(token),
          stop: (graceMs) => {
            if (graceMs !== undefined) closing.graceMs = graceMs;
            return container.stop(stopZoo(container));
          },
        }),
      { needs: [ModelManagerToken, CatalogueToken, LedgerToken] },
    ),
  ];
}

/** No service of an application keeps the others from stopping. The manager has limits of its own. */
export function stopZoo(container: ServiceContainer): WaitForStop {
  return (stopped, token) => {
    if (token.symbol === ModelManagerToken.symbol || !container.has(ClockToken)) return stopped;
    return within(monotonic(container.resolve(ClockToken)), stopWithinMs, stopped);
  };
}

/** Milliseconds that a service gets to start: longer than that it waits for what will not come. */
const startWithinMs = 120_000;

/** No service keeps a zoo from ever coming to be. */
export function startZoo(container: ServiceContainer): WaitForStart {
  return async (started, token) => {
    if (!container.has(ClockToken)) return started;
    const clock = monotonic(container.resolve(ClockToken));
    const isStarted = await within(
      clock,
      startWithinMs,
      started.then(() => true),
    );
    if (isStarted !== true)
      throw new ModelError(
        "deadline_exceeded",
        `The service ${token.name} had not started after ${startWithinMs / 1000} s. Let its "start" return, and do what takes longer later.`,
        { details: { service: token.name, started_within_ms: startWithinMs } },
      );
  };
}

function membershipOf(
  { spec, vocabularies, members, given, appDir, addedRoot }: ZooParts,
  resolve: Resolve,
): Membership {
  const membership = new Membership({
    members: { ...members, catalogue: resolve(CatalogueToken) },
    manager: resolve(ModelManagerToken),
    vocabularies,
    given,
    appDir,
    addedRoot,
    runner: spec.runner,
    log: guardedLog(resolve(LogToken)),
  });
  for (const plugin of given.all) membership.tellWhereItRuns(plugin);
  return membership;
}

/** Nobody asks it for anything. */
const MachineWatchToken = serviceToken<MachineWatch>("MachineWatch");

function machineWatchOf(resolve: Resolve): MachineWatch {
  const manager = resolve(ModelManagerToken);
  const events = resolve(EventsToken);
  const { budgets } = resolve(HostDevicesToken);
  return new MachineWatch({
    clock: monotonic(resolve(ClockToken)),
    log: guardedLog(resolve(LogToken)),
    pressure: resolve(PressureToken),
    deviceMemory: resolve(DeviceMemoryToken),
    devices: Object.keys(budgets) as Device[],
    onPressure: (device, level) => {
      manager.notice({ type: "pressure", device, level });
      events.emit({ type: "pressure", device, level });
    },
    onGone: (device) => {
      manager.notice({ type: "device-gone", device });
      events.emit({ type: "device-gone", device });
    },
  });
}

function managerOf(
  { spec, modules, tasks, vocabularies, given, appDir, lock, freeze }: ZooParts,
  resolve: Resolve,
): ModelManager {
  const folders = resolve(ArtifactFoldersToken);
  const devices = resolve(HostDevicesToken);
  const { budgets } = devices;
  const events = resolve(EventsToken);
  const clock = monotonic(resolve(ClockToken));
  return new ModelManager({
    resources: { budgets, maxLoaded: spec.max_loaded, maxLoading: (device) => loadsAtATime(device, spec.max_loading) },
    clock,
    lock,
    deviceMemory: resolve(DeviceMemoryToken),
    pool: resolve(RoutedPoolToken),
    log: guardedLog(resolve(LogToken)),
    policy: resolve(EvictionPolicyToken),
    journal: resolve(JournalToken),
    loadTimeoutMs: spec.load_timeout_s * 1000,
    maxWaitMs: longestWaitMs(spec),
    queueBounds: { count: spec.max_queue, bytes: spec.max_queue_mb * 1e6 },
    closeGraceMs: spec.close_grace_s * 1000,
    longMs: milliseconds(spec.lease_warning_s),
    runsApart: runsApartIn({ spec, given }),
    idleTimeoutMs: (device) => keepAliveMs(spec, device),
    loadRequest: async (entry, device) => {
      const root = folders.folderOf(entry);
      // What is installed may have changed since the zoo was put together.
      await freeze?.admit(entry);
      const { file, plugin, pinnedAtLoad: verified = {} } = entry;
      // A spec that was added under a plugin of no list is first held to the plugin's words now.
      const { spec, engine } = await vocabularies.settle(entry.spec, file, plugin, [dirname(file), appDir]);
      return {
        ...(await modules.of(entry)),
        spec: entry.pinnedAtLoad === undefined ? spec : await pinnedSpec(spec, root, verified),
        needs: neededBy(spec, engine),
        tasks: tasks.documentsOf(entry.spec.tasks),
        device,
        artifactsRoot: root,
        threads: devices.cores,
        verified,
        ...(budgets.cpu === undefined ? {} : { memoryLimitBytes: budgets.cpu }),
      };
    },
    emit: (event) => events.emit(event),
  });
}

function runsApartIn({ spec, given }: Pick<ZooParts, "spec" | "given">): (entry: CatalogueEntry) => boolean {
  return ({ plugin }) => spec.runner === "process" && given.find(plugin)?.staysHere !== true;
}

/** A request outwaits one load of its model, and an eviction before it with all the time that a runner gets to end. */
function longestWaitMs({ load_timeout_s }: ZooSpec): number {
  return load_timeout_s * 1500 + 15_000;
}

function keepAliveMs({ ram_timeout_s, vram_timeout_s }: ZooSpec, device: Device): number {
  return milliseconds(device === "cpu" ? ram_timeout_s : vram_timeout_s);
}

function milliseconds(seconds: number): number {
  return seconds < 0 ? Number.POSITIVE_INFINITY : seconds * 1000;
}
