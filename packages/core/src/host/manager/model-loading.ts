import type { Device } from "../../contract/device.ts";
import type { Log } from "../../contract/log.ts";
import { ModelError } from "../../contract/model-error.ts";
import { type PackageVersions, preprocessSignature } from "../../contract/recipe.ts";
import { resolveModel } from "../../contract/resolved-model.ts";
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
import type { LoadedModel, MeasuredMemory, Resident } from "./resident.ts";

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
   * Loads the model and notes on the resident what came of it.
   * @param room bytes that are set aside for it, and of main memory that it may add at most
   * @param signal gives the load up, with the error to throw as its reason
   * @param onStage told of each stage as it begins
   */
  async load(
    resident: Resident,
    room: { readonly reserved: number; readonly cap: number | undefined },
    signal: AbortSignal,
    onStage: (stage: LoadStage) => void,
  ): Promise<LoadedModel> {
    const { clock, emit, log } = this.#options;
    const { entry, device } = resident;
    const model = entry.spec.model_name;
    const started = clock.now();
    emit({ type: "load-started", model, bytes: room.reserved });
    const given = await abortable(this.#options.loadRequest(entry, device), signal);
    const request = held(given, room.cap);
    const { spec, needs } = request;
    // Refuses a pinned signature that does not hold before anything is started for it.
    preprocessSignature(spec);
    // Read while the model loads, anew each time: an update on disk is seen.
    const reading = versionsBehind([request.plugin, ...request.engines]);
    reading.catch(() => {});
    const imported = firstRead([request.plugin, ...request.engines], reading);
    const known = this.#verified.get(request.plugin.entry) ?? {};
    const runner = await this.#start({ ...request, verified: { ...known, ...request.verified } }, signal, onStage);
    try {
      const { versions, verified, engineRecipes } = runner.report;
      this.#verified.set(request.plugin.entry, {
        ...this.#verified.get(request.plugin.entry),
        ...believedFiles(verified, spec, request.artifactsRoot),
      });
      const ms = clock.now() - started;
      const [packages, memory] = await abortable(
        // Without a process of its own a model runs on what this one imported first, whatever is on disk now.
        Promise.all([runner.pid === undefined ? imported : reading, runnerMemory(clock, runner)]),
        signal,
      );
      const resolved = resolveModel(
        spec,
        device,
        { [request.plugin.name]: request.plugin.version, ...versions },
        { plugin: request.plugin.name, packages, engineRecipes, needs },
      );
      const loaded: LoadedModel = { runner, cap: request.memoryLimitBytes, resolved };
      const bytes = memory?.bytes;
      Object.assign(resident, {
        loaded,
        error: undefined,
        probeError: undefined,
        loads: resident.loads + 1,
        lastLoadMs: ms,
        memory: memory === undefined ? undefined : measuredAtLoad(memory),
      } satisfies Partial<Resident>);
      log.info("a model is ready", { model, device, pid: runner.pid, ms: Math.round(ms), bytes });
      emit({ type: "loaded", model, ms, bytes });
      return loaded;
    } catch (error) {
      stop(runner);
      throw error;
    }
  }

  /** The load itself, within its limit. What a pool gives after it was given up is stopped. */
  async #start(request: LoadRequest, signal: AbortSignal, onStage: (stage: LoadStage) => void): Promise<Runner> {
    const { clock, emit, pool, loadTimeoutMs } = this.#options;
    const model = request.spec.model_name;
    const late = new AbortController();
    using _ = alarm(clock, clock.now() + loadTimeoutMs, () => late.abort(timeoutError(model, loadTimeoutMs)));
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
    const load = async (): Promise<Runner> => {
      const runner = await pool.load(request, {
        signal: given,
        onStage: (stage) => {
          onStage(stage);
          emit({ type: "load-stage", model, stage });
        },
      });
      // A pool may tell a runner's end as an error, before anyone keeps the runner or after nobody does.
      (async () => runner.ended)().catch(() => {});
      return runner;
    };
    try {
      const runner = await abortable(load(), abandoned.signal, stop);
      if (!given.aborted) return runner;
      stop(runner);
      throw given.reason;
    } finally {
      patience?.[Symbol.dispose]();
    }
  }
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

function timeoutError(model: string, timeoutMs: number): ModelError {
  return new ModelError(
    "model_load_failed",
    `${model} was not loaded within ${timeoutMs / 1000} s. Raise load_timeout_s of the zoo spec if it needs longer.`,
    { model, details: { timeout_ms: timeoutMs } },
  );
}
