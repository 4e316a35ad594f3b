import { type ErrorCode, ModelError, textOf, toModelError } from "../../contract/model-error.ts";
import type { Runner, RunnerEnd } from "../../runner/runner.ts";
import { deferred, within } from "../../time/abortable.ts";
import { askedOnce, type DeviceMemory } from "../memory/device-memory.ts";
import { deviceMemoryBack } from "../memory/memory-back.ts";
import { MemoryWatch } from "../memory/memory-watch.ts";
import { RunnerCaps } from "../memory/runner-caps.ts";
import { reservedFor } from "../scheduler/ledger.ts";
import { unitOf } from "../scheduler/scheduler-state.ts";
import type { LiveScheduler } from "./live-scheduler.ts";
import { ModelLoading, type ModelLoadingOptions } from "./model-loading.ts";
import { declaredBytes, type LoadedModel, type MeasuredMemory, nameOf, type Resident } from "./resident.ts";

export interface ModelKeeperOptions extends ModelLoadingOptions {
  readonly scheduler: LiveScheduler;
  readonly deviceMemory: DeviceMemory;
  /** A model is gone, or did not come. */
  gone(model: string): void;
}

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
  readonly #memory: MemoryWatch;
  readonly #caps: RunnerCaps;

  constructor(options: ModelKeeperOptions) {
    this.#options = options;
    this.#loading = new ModelLoading(options);
    const { clock, deviceMemory } = options;
    this.#caps = new RunnerCaps(options);
    this.#memory = new MemoryWatch({
      ...{ clock, devices: askedOnce(deviceMemory, clock) },
      tell: (...told) => this.#noteMemory(...told),
      onRead: (...read) => void this.#caps.raise(...read),
    });
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
    this.#memory[Symbol.dispose]();
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
        await this.#end(loaded.runner);
      }),
    );
  }

  /** Measures a loaded model now. */
  measure(resident: Resident): Promise<void> {
    return this.#memory.readNow(resident);
  }

  /** A run met the cap on its runner's memory. @returns whether its runner may take more now */
  outgrown(resident: Resident, runner: Runner): Promise<boolean> {
    // What it is taken to need is a guess, which the next measurement replaces.
    return this.#caps.outgrownBy(resident, runner).finally(() => this.#memory.tellAnew(resident));
  }

  /** A run has ended, which may have taken memory. */
  asked(resident: Resident): void {
    this.#memory.asked(resident);
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
      const loaded = await this.#loadWithin(resident, abort.signal);
      this.#models.set(loaded.runner, loaded);
      // An application's pool may tell of an end in any way.
      void (async () => loaded.runner.ended)()
        .catch((error: unknown): RunnerEnd => ({ expected: false, reason: `was lost: ${textOf(error)}` }))
        .then((end) => this.#ended(resident, loaded.runner, { ...unknownEnd, ...end }))
        .catch((error: unknown) => log.error("a runner's end could not be told", { model, error: textOf(error) }));
      resident.loading = undefined;
      resident.usage.holds(declaredBytes(resident.entry.spec, resident.device), this.#options.clock.now());
      this.#memory.watch(resident, loaded.runner);
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

  /** Once more where the load met its cap, and more could be set aside. */
  async #loadWithin(resident: Resident, signal: AbortSignal): Promise<LoadedModel> {
    const { scheduler } = this.#options;
    const model = nameOf(resident);
    for (let isFirst = true; ; isFirst = false) {
      const cap = this.#caps.forLoad(model);
      const room = { reserved: reservedFor(scheduler.state, model, resident.device), cap };
      try {
        const loaded = await this.#loading.load(resident, room, signal, (stage) => {
          if (stage === "prepare") scheduler.dispatch({ type: "preparing", unit: model });
        });
        this.#caps.loaded(loaded.runner, loaded.cap);
        return loaded;
      } catch (error) {
        const isShort = isFirst && !signal.aborted && toModelError(error).code === "insufficient_memory";
        if (!isShort || !(await this.#caps.outgrown(resident, cap))) throw error;
      }
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

  /** A process takes main memory, wherever its model computes. */
  #noteMemory(resident: Resident, { bytes, peakBytes, deviceBytes }: MeasuredMemory): void {
    resident.usage.holds(bytes + (deviceBytes ?? 0), this.#options.clock.now());
    const onDevice = deviceBytes === undefined ? {} : { [resident.device]: deviceBytes };
    const measured = { resident: { ...onDevice, cpu: bytes }, peak: { cpu: peakBytes } };
    this.#options.scheduler.dispatch({ type: "measured", unit: nameOf(resident), ...measured });
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
    this.#memory.forget(resident);
    this.#caps.ended(model, runner, end);
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
    this.#memory.forget(resident);
    if (runner !== undefined) {
      resident.calls.detach(runner);
      await this.#stop(runner, resident);
      resident.calls.detach(runner, { expected: true, reason: "was unloaded", cause: "host" });
    }
    resident.usage.holds(0, this.#options.clock.now());
    log.info("a model is unloaded", { model, reason });
    emit({ type: "unloaded", model, reason });
    this.#options.scheduler.dispatch({ type: "unloaded", unit: model });
    this.#options.gone(model);
  }

  /**
   * Resolves when the runner is gone and its memory is back. One that does not stop, or whose memory does not come back, is
   * killed; what is not back even then is told, and its reservation ends all the same.
   */
  async #stop(runner: Runner, resident: Resident): Promise<void> {
    const { clock, deviceMemory: devices, emit, log } = this.#options;
    const isGone = await this.#end(runner);
    let held = await deviceMemoryBack(resident, runner, { clock, devices });
    if (held > 0) {
      endByForce(runner, "did not give its memory back");
      held = await deviceMemoryBack(resident, runner, { clock, devices });
    }
    if (isGone && held === 0) return;
    const model = nameOf(resident);
    const told = isGone
      ? { device: resident.device, bytes: held }
      : { device: "cpu" as const, bytes: resident.memory?.bytes };
    resident.memoryKept += 1;
    log.error("memory of a model did not come back", { model, pid: runner.pid, ...told });
    emit({ type: "memory-kept", model, ...told });
  }

  /** @returns whether the runner is gone. One that does not stop is killed, and one that survives even that is logged. */
  async #end(runner: Runner): Promise<boolean> {
    const { clock, log } = this.#options;
    const stopped = (async () => runner.stop())().then(
      () => true,
      (error: unknown) => {
        log.error("a runner did not stop cleanly", { pid: runner.pid, error: String(error) });
        return false;
      },
    );
    if ((await within(clock, stopWithinMs, stopped)) === true) return true;
    if (runner.kill !== undefined) endByForce(runner, `did not stop within ${stopWithinMs} ms`);
    // However its end is told.
    const gone = runner.ended.then(
      () => true,
      () => true,
    );
    if ((await within(clock, killWithinMs, gone)) !== undefined) return true;
    log.error("a runner could not be ended", { pid: runner.pid });
    return false;
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
