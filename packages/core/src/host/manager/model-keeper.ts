import { type ErrorCode, ModelError, textOf, toModelError } from "../../contract/model-error.ts";
import type { Runner, RunnerEnd } from "../../runner/runner.ts";
import { deferred, within } from "../../time/abortable.ts";
import { reservedFor } from "../scheduler/ledger.ts";
import { unitOf } from "../scheduler/scheduler-state.ts";
import type { LiveScheduler } from "./live-scheduler.ts";
import { ModelLoading, type ModelLoadingOptions, memoryOf } from "./model-loading.ts";
import { declaredBytes, type LoadedModel, nameOf, type Resident } from "./resident.ts";

export interface ModelKeeperOptions extends ModelLoadingOptions {
  readonly scheduler: LiveScheduler;
  /** A model is gone, or did not come. */
  gone(model: string): void;
}

/** Milliseconds between two measurements of one runner's memory. */
const measureEveryMs = 1000;
/** Milliseconds that a runner gets to stop before it is ended by force, and after that until nobody waits for it any more. */
const stopWithinMs = 5000;
const killWithinMs = 2000;

/** Loads and unloads models as the scheduler decides, watches their runners, and reports what came of it. */
export class ModelKeeper {
  readonly #options: ModelKeeperOptions;
  readonly #loading: ModelLoading;
  /** What each runner's answers are signed with; a runner that is no more may still have answered. */
  readonly #models = new WeakMap<Runner, LoadedModel>();
  readonly #working = new Set<Promise<void>>();

  constructor(options: ModelKeeperOptions) {
    this.#options = options;
    this.#loading = new ModelLoading(options);
  }

  /** The model that a runner is or was. */
  modelOf(runner: Runner): LoadedModel | undefined {
    return this.#models.get(runner);
  }

  load(resident: Resident): void {
    this.#work(resident, () => this.#load(resident));
  }

  unload(resident: Resident, reason: string): void {
    this.#work(resident, () => this.#unload(resident, reason));
  }

  /** Gives up every load, ends every runner, and resolves when nothing is under way any more. */
  async close(residents: readonly Resident[], error: (resident: Resident) => ModelError): Promise<void> {
    for (const resident of residents) resident.loading?.abort.abort(error(resident));
    await Promise.allSettled(this.#working);
    await Promise.allSettled(
      residents.map(async (resident) => {
        const { loaded, calls } = resident;
        if (loaded === undefined) return;
        // Its end is no crash.
        resident.loaded = undefined;
        // Work that nobody waits for any more is not waited for either.
        if (calls.isAtWork(loaded.runner)) endByForce(loaded.runner, "was at work when its zoo was closed");
        calls.detach(loaded.runner);
        await this.#stop(loaded.runner);
      }),
    );
  }

  /** Mapped weights count only once a run has touched them, so what a load measured is measured again after runs. */
  async measure(resident: Resident): Promise<void> {
    const { clock } = this.#options;
    const now = clock.now();
    const { loaded } = resident;
    if (loaded === undefined || now - (resident.measuredAt ?? Number.NEGATIVE_INFINITY) < measureEveryMs) return;
    resident.measuredAt = now;
    const bytes = await memoryOf(clock, loaded.runner);
    if (bytes === undefined || resident.loaded !== loaded) return;
    resident.measuredBytes = bytes;
    this.#noteMemory(resident);
  }

  /** A runner that does not come to an end by itself is ended, and counts as lost from now on. */
  lose(resident: Resident, runner: Runner, reason: string): void {
    endByForce(runner, reason);
    this.#ended(resident, runner, { expected: false, reason, cause: "host" });
  }

  #work(resident: Resident, work: () => Promise<void>): void {
    const model = nameOf(resident);
    const task = work()
      .catch((error: unknown) => this.#options.log.error("a model's change failed", { model, error: String(error) }))
      .finally(() => this.#working.delete(task));
    this.#working.add(task);
  }

  async #load(resident: Resident): Promise<void> {
    const { log } = this.#options;
    const model = nameOf(resident);
    const abort = new AbortController();
    const settled = deferred<void>();
    resident.loading = { abort, settled: settled.promise };
    try {
      const reserved = reservedFor(this.#options.scheduler.state, model, resident.device);
      const loaded = await this.#loading.load(resident, reserved, abort.signal, (stage) => {
        if (stage === "prepare") this.#options.scheduler.dispatch({ type: "preparing", unit: model });
      });
      this.#models.set(loaded.runner, loaded);
      // An application's pool may tell of an end in any way.
      void (async () => loaded.runner.ended)()
        .catch((error: unknown): RunnerEnd => ({ expected: false, reason: `was lost: ${textOf(error)}` }))
        .then((end) => this.#ended(resident, loaded.runner, { ...unknownEnd, ...end }))
        .catch((error: unknown) => log.error("a runner's end could not be told", { model, error: textOf(error) }));
      resident.loading = undefined;
      this.#noteMemory(resident);
      this.#options.scheduler.dispatch({ type: "loaded", unit: model });
      if (resident.loaded === loaded) resident.calls.attach(loaded.runner);
    } catch (thrown) {
      resident.loading = undefined;
      if (unitOf(this.#options.scheduler.state, model)?.phase !== "draining")
        this.#loadFailed(resident, toModelError(thrown, "model_load_failed", model));
    } finally {
      settled.resolve();
    }
  }

  #loadFailed(resident: Resident, error: ModelError): void {
    const { emit, log } = this.#options;
    const model = nameOf(resident);
    const message = `${model} ended under the request and could not be loaded again: ${error.message}`;
    resident.error = error;
    resident.calls.fail(new ModelError("runner_crashed", message, { model, cause: error }));
    log.warn("a model could not be loaded", { model, code: error.code, message: error.message });
    emit({ type: "load-failed", model, error });
    this.#options.scheduler.dispatch({ type: "load-failed", unit: model, isFinal: finalCodes.has(error.code) });
    this.#options.gone(model);
  }

  /** What is measured is main memory, wherever the model computes. */
  #noteMemory({ entry, device, measuredBytes: bytes, usage }: Resident): void {
    usage.holds(bytes ?? declaredBytes(entry.spec, device), this.#options.clock.now());
    if (bytes === undefined) return;
    this.#options.scheduler.dispatch({ type: "measured", unit: entry.spec.model_name, resident: { cpu: bytes } });
  }

  #ended(resident: Resident, runner: Runner, end: RunnerEnd): void {
    const isUnderWork = resident.calls.isAtWork(runner);
    resident.calls.detach(runner, end);
    if (resident.loaded?.runner !== runner) return;
    const { emit, log } = this.#options;
    const model = nameOf(resident);
    const replayed = resident.calls.running;
    resident.loaded = undefined;
    resident.usage.holds(0, this.#options.clock.now());
    log.warn("a runner ended unasked; what had no answer yet is asked again", {
      model,
      pid: runner.pid,
      reason: end.reason,
      replayed,
    });
    emit({ type: "crashed", model, reason: end.reason, replayed });
    this.#options.scheduler.dispatch({ type: "crashed", unit: model, isUnderWork });
    this.#options.gone(model);
  }

  async #unload(resident: Resident, reason: string): Promise<void> {
    const { emit, log } = this.#options;
    const model = nameOf(resident);
    const { loading, loaded } = resident;
    loading?.abort.abort(new ModelError("cancelled", `The load of ${model} was given up: ${reason}.`, { model }));
    await loading?.settled;
    const runner = (resident.loaded ?? loaded)?.runner;
    resident.loaded = undefined;
    if (runner !== undefined) {
      resident.calls.detach(runner);
      await this.#stop(runner);
      resident.calls.detach(runner, { expected: true, reason: "was unloaded", cause: "host" });
    }
    resident.usage.holds(0, this.#options.clock.now());
    log.info("a model is unloaded", { model, reason });
    emit({ type: "unloaded", model, reason });
    this.#options.scheduler.dispatch({ type: "unloaded", unit: model });
    this.#options.gone(model);
  }

  /** Resolves when the runner is gone; one that does not stop is killed, and one that survives even that is logged. */
  async #stop(runner: Runner): Promise<void> {
    const { clock, log } = this.#options;
    const stopped = (async () => runner.stop())().then(
      () => true,
      (error: unknown) => {
        log.error("a runner did not stop cleanly", { pid: runner.pid, error: String(error) });
        return false;
      },
    );
    if ((await within(clock, stopWithinMs, stopped)) === true) return;
    if (runner.kill !== undefined) endByForce(runner, `did not stop within ${stopWithinMs} ms`);
    // However its end is told.
    const gone = runner.ended.then(
      () => true,
      () => true,
    );
    if ((await within(clock, killWithinMs, gone)) === undefined)
      log.error("a runner could not be ended", { pid: runner.pid });
  }
}

/** Failed validations: the same files would fail again, so nothing is loaded anew before somebody says that they are mended. */
const finalCodes: ReadonlySet<ErrorCode> = new Set([
  ...(["artifact_outside_root", "contract_mismatch", "graph_mismatch", "model_spec_invalid"] as const),
  ...(["self_test_failed", "weights_digest_mismatch", "weights_unpinned"] as const),
]);

const unknownEnd: RunnerEnd = { expected: false, reason: "ended without a word" };

/** Errors that an application's pool throws here are ignored. */
function endByForce(runner: Runner, reason: string): void {
  (async () => (runner.kill === undefined ? runner.stop() : runner.kill(reason)))().catch(() => {});
}
