import { dirname, resolve } from "node:path";
import { ServiceContainer, type ServiceDefinition } from "../container.ts";
import type { Log } from "../log.ts";
import { budgetsOf, loadsAtATime, usableDevices } from "./budgets.ts";
import { Catalogue, type CatalogueEntry } from "./catalogue.ts";
import { monotonic } from "./clock.ts";
import { discoverPlugins, pluginModules, requirePlugin } from "./discovery.ts";
import { artifactsRoot, defaultCacheDir, defaultModelsRoot } from "./folders.ts";
import { guardedLog } from "./guarded-log.ts";
import { HostedZoo } from "./hosted-zoo.ts";
import { requireKnownOptions } from "./known-options.ts";
import { ModelManager } from "./manager/model-manager.ts";
import { parseZooSpec, readZooSpec } from "./read-yaml.ts";
import {
  ClockToken,
  DeviceProbeToken,
  EvictionPolicyToken,
  LogToken,
  RunnerPoolToken,
  standardServices,
} from "./services.ts";
import type { Zoo } from "./zoo-api.ts";
import { ZooEvents } from "./zoo-events.ts";
import { zooMembers } from "./zoo-members.ts";
import type { ZooSpec } from "./zoo-spec.ts";

export interface ZooOptions {
  /** The zoo spec; default: what `specFile` has, and without one all defaults. */
  readonly spec?: Partial<ZooSpec>;
  /** Path of the zoo spec; relative paths in it start in its folder. */
  readonly specFile?: string;
  /** Folder whose package.json lists the plugins; default: the working folder. */
  readonly appDir?: string;
  /** Folder of models, before the zoo spec's own and `DP_MODELS_ROOT`. */
  readonly modelsRoot?: string;
  /** Packages or folders to look for plugins in, besides the application's dependencies. */
  readonly plugins?: readonly string[];
  /** Folder for prepared forms. */
  readonly cacheDir?: string;
  readonly log?: Log;
  /** Services to put in the place of standard ones, or beside them. */
  readonly services?: readonly ServiceDefinition[];
}

const zooOptions: readonly (keyof ZooOptions)[] = [
  ...(["spec", "specFile", "appDir", "modelsRoot", "plugins", "cacheDir", "log", "services"] as const),
];

/** Puts a host together: the one place where its parts meet. Reads declarations; loads no model and runs no plugin. */
export async function createZoo(options: ZooOptions = {}): Promise<Zoo> {
  requireKnownOptions(options, zooOptions, "createZoo", "zoo_spec_invalid");
  const appDir = resolve(options.appDir ?? ".");
  const specFile = resolve(options.specFile ?? resolve(appDir, "zoo.yaml"));
  const spec =
    options.spec === undefined && options.specFile !== undefined
      ? await readZooSpec(specFile)
      : parseZooSpec(options.spec ?? {}, "the zoo spec");
  const cacheDir = options.cacheDir === undefined ? defaultCacheDir() : resolve(options.cacheDir);
  const named = options.modelsRoot ?? spec.models_root;
  const modelsRoot =
    named === undefined ? defaultModelsRoot() : resolve(options.modelsRoot ?? resolve(dirname(specFile), named));

  const found = await discoverPlugins(appDir, [...spec.plugins, ...(options.plugins ?? [])]);
  const read = await Catalogue.read(found.plugins);
  const unread = [...found.problems, ...read.problems];
  read.catalogue.noteUnread(unread);
  const members = await zooMembers(spec, specFile, read.catalogue);
  members.catalogue.noteUnread([...unread, ...members.problems]);

  const container = new ServiceContainer();
  for (const service of standardServices({ log: options.log, runner: spec.runner, cacheDir }))
    container.register(service);
  for (const service of options.services ?? []) container.replace(service);
  await container.start();

  const clock = monotonic(container.resolve(ClockToken));
  const pool = container.resolve(RunnerPoolToken);
  const probe = container.resolve(DeviceProbeToken);
  const present = await probe.devices().catch(async (error: unknown) => {
    await container.stop();
    throw error;
  });
  const devices = usableDevices(present, spec.memory_mb);
  const budgets = budgetsOf(devices, spec.memory_mb);
  const log = guardedLog(container.resolve(LogToken));
  const events = new ZooEvents(log);
  const modulesOf = async (entry: CatalogueEntry): ReturnType<typeof pluginModules> => {
    const known = found.plugins.find((plugin) => plugin.name === entry.plugin);
    return pluginModules(known ?? (await requirePlugin(entry.plugin, [dirname(entry.file), appDir])));
  };
  const manager = new ModelManager({
    resources: { budgets, maxLoaded: spec.max_loaded, maxLoading: (device) => loadsAtATime(device, spec.max_loading) },
    clock,
    pool,
    log,
    policy: container.resolve(EvictionPolicyToken),
    loadTimeoutMs: spec.load_timeout_s * 1000,
    // A request outwaits one load of its model, and an eviction before it with all the time that a runner gets to end.
    maxWaitMs: spec.load_timeout_s * 1500 + 15_000,
    queueBounds: { count: spec.max_queue, bytes: spec.max_queue_mb * 1e6 },
    closeGraceMs: spec.close_grace_s * 1000,
    idleTimeoutMs: (device) => milliseconds(device === "cpu" ? spec.ram_timeout_s : spec.vram_timeout_s),
    loadRequest: async (entry, device) => ({
      ...(await modulesOf(entry)),
      spec: entry.spec,
      device,
      artifactsRoot: artifactsRoot(entry.spec, entry.file, modelsRoot),
      threads: probe.cores(),
      ...(budgets.cpu === undefined ? {} : { memoryLimitBytes: budgets.cpu }),
    }),
    emit: (event) => events.emit(event),
  });
  return new HostedZoo({
    name: spec.zoo_name,
    members,
    problems: [...unread, ...members.problems],
    manager,
    pool,
    clock,
    events,
    devices,
    budgets,
    modulesOf,
    // A folder that was named for this very run stands above the one that a spec names for itself.
    addedRoot: options.modelsRoot === undefined ? undefined : modelsRoot,
    modelsRoot,
    requestTimeoutMs: milliseconds(spec.request_timeout_s),
    adoptTimeoutMs: spec.load_timeout_s * 1000,
    stop: () => container.stop(),
  });
}

function milliseconds(seconds: number): number {
  return seconds < 0 ? Number.POSITIVE_INFINITY : seconds * 1000;
}
