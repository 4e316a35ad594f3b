import type { Device } from "../../contract/device.ts";
import type { Log } from "../../contract/log.ts";
import { aboutModel, ModelError, toModelError } from "../../contract/model-error.ts";
import { type PackageVersions, preprocessSignature } from "../../contract/recipe.ts";
import { type ResolvedModel, resolveModel } from "../../contract/resolved-model.ts";
import type { VerifiedFiles } from "../../files/artifact-store.ts";
import type { LoadRequest, LoadStage, ModuleReference, Runner, RunnerMemory, RunnerPool } from "../../runner/runner.ts";
import { abortable } from "../../time/abortable.ts";
import { alarm, type Clock } from "../../time/clock.ts";
import { joinedSignal } from "../../time/joined-signal.ts";
import type { CatalogueEntry } from "../catalogue-entry.ts";
import type { ZooEvent } from "../local-zoo.ts";
import { runnerMemory } from "../memory/memory-watch.ts";
import { versionsBehind } from "../package-versions.ts";
import { believedFiles } from "./believed-files.ts";
import { groupsUnknown, requireSameNeeds } from "./group-needs.ts";
import { type LoadedModel, type MeasuredMemory, nameOf, type Resident, type ResidentUnit } from "./resident.ts";
import { shares } from "./unit-runners.ts";

export interface ModelLoadingOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly pool: RunnerPool;
  /** Milliseconds that one load may take. */
  readonly loadTimeoutMs: number;
  /** What a runner is told, with the digests that are known of old. */
  loadRequest(entry: CatalogueEntry, device: Device): Promise<LoadRequest>;
  emit(event: ZooEvent): void;
}

/** Milliseconds that a pool gets to end a load that was given up, before nobody waits for it any more. */
const endWithinMs = 2000;

/** Carries loads out, and remembers which files have been verified so that the next load need not hash them again. */
export class ModelLoading {
  readonly #options: ModelLoadingOptions;
  /** By plugin: what one plugin's runner says counts for no other. */
  readonly #verified = new Map<string, VerifiedFiles>();

  constructor(options: ModelLoadingOptions) {
    this.#options = options;
  }

  /**
   * Loads a unit and notes on its members what came of it.
   * @param room bytes that are set aside for it, and of main memory that it may add at most
   * @param signal gives the load up, with the error to throw as its reason
   * @param onStage told of each stage as it begins
   * @throws for a group, an error about the member that it is the fault of, where that is known
   */
  async load(
    unit: ResidentUnit,
    room: { readonly reserved: number; readonly cap: number | undefined },
    signal: AbortSignal,
    onStage: (stage: LoadStage) => void,
  ): Promise<LoadedModel> {
    const { clock, emit } = this.#options;
    const { members, device } = unit;
    const started = clock.now();
    const parts = shares(unit);
    const partOf = (bytes: number, i: number): number => Math.round(bytes * (parts[i] ?? 0));
    for (const [i, member] of members.entries())
      emit({ type: "load-started", model: nameOf(member), bytes: partOf(room.reserved, i) });
    const requests = await Promise.all(members.map((member) => this.#requestFor(member, device, room.cap, signal)));
    requireSameNeeds(requests);
    const readings = requests.map(versionsRead);
    const runners = await this.#start(requests, signal, onStage);
    const [runner] = runners as [Runner, ...Runner[]];
    try {
      const memory = await abortable(runnerMemory(clock, runner), signal);
      const packages = await abortable(
        // Without a process of its own a model runs on what this one imported first, whatever is on disk now.
        Promise.all(readings.map(({ now, first }) => (runner.pid === undefined ? first : now))),
        signal,
      );
      const resolved = requests.map((request, i) =>
        resolvedBy(request, runners[i] ?? runner, device, packages[i] ?? {}),
      );
      const ms = clock.now() - started;
      const bytes = memory?.bytes;
      const loaded = members.map((_, i): LoadedModel => {
        const request = requests[i] as LoadRequest;
        const own = runners[i] ?? runner;
        this.#believe(request, own);
        const cap = requests[0]?.memoryLimitBytes;
        return { runner: own, runners, cap, resolved: resolved[i] as ResolvedModel };
      });
      unit.memory = memory === undefined ? undefined : measuredAtLoad(memory);
      for (const [i, member] of members.entries())
        this.#isReady(member, loaded[i] as LoadedModel, ms, bytes === undefined ? undefined : partOf(bytes, i));
      return loaded[0] as LoadedModel;
    } catch (error) {
      stopAll(runners);
      throw error;
    }
  }

  async #requestFor(
    { entry }: Resident,
    device: Device,
    cap: number | undefined,
    signal: AbortSignal,
  ): Promise<LoadRequest> {
    try {
      const given = await abortable(this.#options.loadRequest(entry, device), signal);
      const request = held(given, cap);
      // Refuses a pinned signature that does not hold before anything is started for it.
      preprocessSignature(request.spec);
      const known = this.#verified.get(request.plugin.entry) ?? {};
      return { ...request, verified: { ...known, ...request.verified } };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw aboutModel(toModelError(error, "model_load_failed", entry.spec.model_name), entry.spec.model_name);
    }
  }

  #believe({ plugin, spec, artifactsRoot }: LoadRequest, { report }: Runner): void {
    this.#verified.set(plugin.entry, {
      ...this.#verified.get(plugin.entry),
      ...believedFiles(report.verified, spec, artifactsRoot),
    });
  }

  #isReady(member: Resident, loaded: LoadedModel, ms: number, bytes: number | undefined): void {
    const { emit, log } = this.#options;
    const model = nameOf(member);
    Object.assign(member, {
      loaded,
      error: undefined,
      probeError: undefined,
      loads: member.loads + 1,
      lastLoadMs: ms,
    } satisfies Partial<Resident>);
    const { pid } = loaded.runner;
    log.info("a model is ready", { model, device: loaded.resolved.device, pid, ms: Math.round(ms), bytes });
    emit({ type: "loaded", model, ms, bytes });
  }

  /** The load itself, within its limit. What a pool gives after it was given up is stopped. */
  async #start(
    requests: readonly LoadRequest[],
    signal: AbortSignal,
    onStage: (stage: LoadStage) => void,
  ): Promise<readonly Runner[]> {
    const { clock, loadTimeoutMs } = this.#options;
    const late = new AbortController();
    using _ = alarm(clock, clock.now() + loadTimeoutMs, () => late.abort(timeoutError(requests, loadTimeoutMs)));
    using joined = joinedSignal(signal, late.signal);
    const given = joined.signal;
    // The pool has a moment to end what it started, so that its memory is back when the caller hears of it.
    const abandoned = new AbortController();
    let patience: Disposable | undefined;
    given.addEventListener(
      "abort",
      () => {
        patience = alarm(clock, clock.now() + endWithinMs, () => abandoned.abort(given.reason));
      },
      { once: true },
    );
    if (given.aborted) throw given.reason;
    try {
      const runners = await abortable(this.#runnersOf(requests, given, onStage), abandoned.signal, stopAll);
      if (!given.aborted) return runners;
      stopAll(runners);
      throw given.reason;
    } finally {
      patience?.[Symbol.dispose]();
    }
  }

  async #runnersOf(
    requests: readonly LoadRequest[],
    signal: AbortSignal,
    onStage: (stage: LoadStage) => void,
  ): Promise<readonly Runner[]> {
    const { emit, pool } = this.#options;
    const staged = (stage: LoadStage, model: string): void => {
      onStage(stage);
      emit({ type: "load-stage", model, stage });
    };
    const [request, another] = requests as [LoadRequest, ...LoadRequest[]];
    const { model_name: model } = request.spec;
    const load = async (): Promise<readonly Runner[]> => {
      if (another === undefined)
        return [await pool.load(request, { signal, onStage: (stage) => staged(stage, model) })];
      if (pool.loadGroup === undefined) throw groupsUnknown(requests);
      return pool.loadGroup(requests, { signal, onStage: staged });
    };
    const runners = await load();
    // A pool may tell a runner's end as an error, before anyone keeps the runner or after nobody does.
    for (const runner of runners) (async () => runner.ended)().catch(() => {});
    if (runners.length === requests.length) return runners;
    stopAll(runners);
    throw new ModelError(
      "internal",
      `The pool of runners gave ${runners.length} runners for ${requests.length} models: \`loadGroup\` must give one for each.`,
    );
  }
}

/** What is signed of a loaded model. */
function resolvedBy(
  { spec, plugin, needs }: LoadRequest,
  { report }: Runner,
  device: Device,
  packages: PackageVersions,
): ResolvedModel {
  const { versions, engineRecipes } = report;
  return resolveModel(
    spec,
    device,
    { [plugin.name]: plugin.version, ...versions },
    { plugin: plugin.name, packages, engineRecipes, needs },
  );
}

/** Packages behind a load, read while it is under way, anew each time: an update on disk is seen. */
function versionsRead({ plugin, engines }: LoadRequest): Readonly<Record<"now" | "first", Promise<PackageVersions>>> {
  const now = versionsBehind([plugin, ...engines]);
  now.catch(() => {});
  return { now, first: firstRead([plugin, ...engines], now) };
}

/**
 * The request, its runner held to so many bytes. One that may start threads or processes is not: each of them reserves some
 * hundred megabytes of address space, which count, and V8 ends the process where it does not get them.
 */
function held(request: LoadRequest, cap: number | undefined): LoadRequest {
  const { memoryLimitBytes, needs } = request;
  if (cap === undefined || needs?.threads === true || needs?.child_process === true) return request;
  const preparing = memoryLimitBytes === undefined ? {} : { preparingLimitBytes: memoryLimitBytes };
  return { ...request, ...preparing, memoryLimitBytes: cap };
}

const imports = new Map<string, Promise<PackageVersions>>();

/** Packages behind modules as they were when this process first loaded a model with them. */
function firstRead(modules: readonly ModuleReference[], reading: Promise<PackageVersions>): Promise<PackageVersions> {
  const key = modules.map(({ entry }) => entry).join("\n");
  const known = imports.get(key);
  if (known !== undefined) return known;
  imports.set(key, reading);
  reading.catch(() => imports.delete(key));
  return reading;
}

function stopAll(runners: readonly Runner[]): void {
  for (const runner of runners) stop(runner);
}

/** Ends a runner that nobody wants. */
function stop(runner: Runner): void {
  (async () => runner.stop())()
    .catch(() => runner.kill?.("was loaded too late"))
    .catch(() => {});
}

/** The first reading of a runner tells what its load took at most; that is over. */
function measuredAtLoad({ bytes, by, peakBytes, peakBy }: RunnerMemory): MeasuredMemory {
  const loadPeakBytes = peakBy === "readings" ? undefined : peakBytes;
  return { bytes, by, peakBytes: bytes, loadPeakBytes, deviceBytes: undefined };
}

function timeoutError(requests: readonly LoadRequest[], timeoutMs: number): ModelError {
  const [model = "", ...others] = requests.map(({ spec }) => spec.model_name);
  const were = others.length === 0 ? `${model} was` : `${[model, ...others].join(" and ")} were`;
  return new ModelError(
    "model_load_failed",
    `${were} not loaded within ${timeoutMs / 1000} s. Raise load_timeout_s of the zoo spec if it needs longer.`,
    { ...(others.length === 0 ? { model } : {}), details: { timeout_ms: timeoutMs } },
  );
}
