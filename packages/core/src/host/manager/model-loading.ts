import type { Device } from "../../contract/device.ts";
import type { Log } from "../../contract/log.ts";
import { ModelError } from "../../contract/model-error.ts";
import { type PackageVersions, preprocessSignature } from "../../contract/recipe.ts";
import { resolveModel } from "../../contract/resolved-model.ts";
import type { VerifiedFiles } from "../../files/artifact-store.ts";
import type { LoadRequest, LoadStage, ModuleReference, Runner, RunnerPool } from "../../runner/runner.ts";
import { abortable, within } from "../../time/abortable.ts";
import { alarm, type Clock } from "../../time/clock.ts";
import type { CatalogueEntry } from "../catalogue-entry.ts";
import type { ZooEvent } from "../local-zoo.ts";
import { versionsBehind } from "../package-versions.ts";
import { believedFiles } from "./believed-files.ts";
import type { LoadedModel, Resident } from "./resident.ts";

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
/** Milliseconds that a measurement of memory may take. */
export const measureWithinMs = 2000;

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
   * @param reserved bytes that are set aside for it
   * @param signal gives the load up, with the error to throw as its reason
   * @param onStage told of each stage as it begins
   */
  async load(
    resident: Resident,
    reserved: number,
    signal: AbortSignal,
    onStage: (stage: LoadStage) => void,
  ): Promise<LoadedModel> {
    const { clock, emit, log } = this.#options;
    const { entry, device } = resident;
    const model = entry.spec.model_name;
    const started = clock.now();
    emit({ type: "load-started", model, bytes: reserved });
    const request = await abortable(this.#options.loadRequest(entry, device), signal);
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
      const [packages, bytes] = await abortable(
        // Without a process of its own a model runs on what this one imported first, whatever is on disk now.
        Promise.all([runner.pid === undefined ? imported : reading, memoryOf(clock, runner)]),
        signal,
      );
      const resolved = resolveModel(
        spec,
        device,
        { [request.plugin.name]: request.plugin.version, ...versions },
        { plugin: request.plugin.name, packages, engineRecipes, needs },
      );
      const loaded: LoadedModel = { runner, resolved };
      Object.assign(resident, {
        loaded,
        error: undefined,
        probeError: undefined,
        loads: resident.loads + 1,
        lastLoadMs: ms,
        measuredBytes: bytes,
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
    const given = AbortSignal.any([signal, late.signal]);
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

/** Resident bytes of a runner; undefined where they cannot be told, or not in time. */
export function memoryOf(clock: Clock, runner: Runner): Promise<number | undefined> {
  return within(
    clock,
    measureWithinMs,
    (async () => runner.memoryBytes())().catch(() => undefined),
  );
}

function timeoutError(model: string, timeoutMs: number): ModelError {
  return new ModelError(
    "model_load_failed",
    `${model} was not loaded within ${timeoutMs / 1000} s. Raise load_timeout_s of the zoo spec if it needs longer.`,
    { model, details: { timeout_ms: timeoutMs } },
  );
}
