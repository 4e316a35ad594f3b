import { ModelError, toModelError } from "../../contract/model-error.ts";
import type { Runner, RunnerEnd } from "../../runner/runner.ts";
import { deferred, within } from "../../time/abortable.ts";
import type { RunnerShare } from "../calls/outlets.ts";
import { askedOnce, type DeviceMemory } from "../memory/device-memory.ts";
import { deviceMemoryBack } from "../memory/memory-back.ts";
import { MemoryWatch } from "../memory/memory-watch.ts";
import { RunnerCaps } from "../memory/runner-caps.ts";
import { reservedFor } from "../scheduler/ledger.ts";
import { unitOf } from "../scheduler/scheduler-state.ts";
import { declaredBytes } from "./added-unit.ts";
import { finalCodes } from "./final-codes.ts";
import { loadErrorOf } from "./group-errors.ts";
import type { LiveScheduler } from "./live-scheduler.ts";
import { ModelLoading, type ModelLoadingOptions } from "./model-loading.ts";
import { type LoadedModel, type MeasuredMemory, nameOf, type ResidentUnit } from "./resident.ts";
import { detach, endByForce, endOf, hold, isAtWork, letGo } from "./unit-runners.ts";

export interface ModelKeeperOptions extends ModelLoadingOptions {
  readonly scheduler: LiveScheduler;
  readonly deviceMemory: DeviceMemory;
  /** A model is gone, or did not come. */
  gone(model: string): void;
  /** What a call must have of a unit's runner while it is there; undefined where who asks has it already. */
  shareIn(unit: ResidentUnit): RunnerShare | undefined;
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
  /** What each runner is loaded for. */
  readonly #units = new WeakMap<Runner, ResidentUnit>();
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

  load(unit: ResidentUnit): void {
    this.#work(unit, () => this.#load(unit));
  }

  unload(unit: ResidentUnit, reason: string): void {
    this.#work(unit, () => this.#unload(unit, reason));
  }

  /** Gives up every load, ends every runner, and resolves when nothing is under way any more. */
  async close(units: readonly ResidentUnit[], error: (unit: ResidentUnit) => ModelError): Promise<void> {
    this.#memory[Symbol.dispose]();
    for (const unit of units) unit.loading?.abort.abort(error(unit));
    await Promise.allSettled(this.#working);
    await Promise.allSettled(
      units.map(async (unit) => {
        const runners = letGo(unit);
        const [runner] = runners ?? [];
        if (runners === undefined || runner === undefined) return;
        // Work that nobody waits for any more is not waited for either.
        if (isAtWork(unit, runners)) endByForce(runner, "was at work when its zoo was closed");
        detach(unit, runners);
        await this.#end(runner);
      }),
    );
  }

  /** Measures a loaded model now. */
  measure(unit: ResidentUnit): Promise<void> {
    return this.#memory.readNow(unit);
  }

  /** A run met the cap on its runner's memory. @returns whether its runner may take more now */
  async outgrown(runner: Runner): Promise<boolean> {
    const unit = this.#units.get(runner);
    if (unit === undefined) return false;
    // What it is taken to need is a guess, which the next measurement replaces.
    return this.#caps
      .outgrownBy(unit, this.#runnersWith(runner)[0] ?? runner)
      .finally(() => this.#memory.tellAnew(unit));
  }

  /** A run has ended, which may have taken memory. */
  asked(unit: ResidentUnit): void {
    this.#memory.asked(unit);
  }

  /** A runner that does not come to an end by itself is ended, and counts as lost from now on. */
  lose(runner: Runner, reason: string): void {
    endByForce(runner, reason);
    const unit = this.#units.get(runner);
    if (unit !== undefined) this.#ended(unit, this.#runnersWith(runner), { expected: false, reason, cause: "host" });
  }

  /** All runners of the load that a runner came of. */
  #runnersWith(runner: Runner): readonly Runner[] {
    return this.#models.get(runner)?.runners ?? [runner];
  }

  #work(unit: ResidentUnit, work: () => Promise<void>): void {
    const model = unit.name;
    const task = work()
      .catch((error: unknown) => this.#options.log.error("a model's change failed", { model, error: String(error) }))
      .finally(() => this.#working.delete(task));
    this.#working.add(task);
  }

  async #load(unit: ResidentUnit): Promise<void> {
    const { clock, log, scheduler } = this.#options;
    const abort = new AbortController();
    const settled = deferred<void>();
    unit.loading = { abort, settled: settled.promise };
    try {
      const { runner, runners } = await this.#loadWithin(unit, abort.signal);
      for (const { loaded } of unit.members) if (loaded !== undefined) this.#models.set(loaded.runner, loaded);
      for (const each of runners) {
        this.#units.set(each, unit);
        void endOf(each)
          .then((end) => this.#ended(unit, runners, end))
          .catch((error: unknown) =>
            log.error("a runner's end could not be told", { model: unit.name, error: String(error) }),
          );
      }
      unit.loading = undefined;
      const declared = unit.members.reduce((sum, { entry }) => sum + declaredBytes(entry.spec, unit.device), 0);
      hold(unit, declared, clock.now());
      this.#memory.watch(unit, runner);
      scheduler.dispatch({ type: "loaded", unit: unit.name });
      for (const { calls, loaded } of unit.members)
        if (loaded !== undefined && loaded.runners === runners)
          calls.attach(loaded.runner, this.#options.shareIn(unit));
    } catch (thrown) {
      unit.loading = undefined;
      if (unitOf(scheduler.state, unit.name)?.phase !== "draining")
        this.#loadFailed(
          unit,
          toModelError(thrown, "model_load_failed", ...(unit.group === undefined ? [unit.name] : [])),
        );
    } finally {
      settled.resolve();
    }
  }

  /** Once more where the load met its cap, and more could be set aside. */
  async #loadWithin(unit: ResidentUnit, signal: AbortSignal): Promise<LoadedModel> {
    const { scheduler } = this.#options;
    for (let isFirst = true; ; isFirst = false) {
      const cap = this.#caps.forLoad(unit.name);
      const room = { reserved: reservedFor(scheduler.state, unit.name, unit.device), cap };
      try {
        const loaded = await this.#loading.load(unit, room, signal, (stage) => {
          if (stage === "prepare") scheduler.dispatch({ type: "preparing", unit: unit.name });
        });
        this.#caps.loaded(loaded.runner, loaded.cap);
        return loaded;
      } catch (error) {
        const isShort = isFirst && !signal.aborted && toModelError(error).code === "insufficient_memory";
        if (!isShort || !(await this.#caps.outgrown(unit, cap))) throw error;
      }
    }
  }

  #loadFailed(unit: ResidentUnit, cause: ModelError): void {
    const { emit, log, scheduler } = this.#options;
    const isFinal = finalCodes.has(cause.code);
    for (const member of unit.members) {
      const model = nameOf(member);
      const error = loadErrorOf(member, cause);
      const message = `${model} ended under the request and could not be loaded again: ${error.message}`;
      member.error = error;
      // Without a further runner its calls have the others.
      if (!unit.isReplica) member.calls.fail(new ModelError("runner_crashed", message, { model, cause: error }));
      log.warn("a model could not be loaded", { model, code: error.code, message: error.message });
      emit({ type: "load-failed", model, error });
    }
    scheduler.dispatch({ type: "load-failed", unit: unit.name, isFinal });
    this.#gone(unit);
  }

  #gone({ members, isReplica, name }: ResidentUnit): void {
    for (const member of members) this.#options.gone(isReplica ? name : nameOf(member));
  }

  /** A process takes main memory, wherever its model computes. */
  #noteMemory(unit: ResidentUnit, { bytes, peakBytes, deviceBytes }: MeasuredMemory): void {
    hold(unit, bytes + (deviceBytes ?? 0), this.#options.clock.now());
    const onDevice = deviceBytes === undefined ? {} : { [unit.device]: deviceBytes };
    const measured = { resident: { ...onDevice, cpu: bytes }, peak: { cpu: peakBytes } };
    this.#options.scheduler.dispatch({ type: "measured", unit: unit.name, ...measured });
  }

  /** One of a load has ended, and all with it. */
  #ended(unit: ResidentUnit, runners: readonly Runner[], end: RunnerEnd): void {
    const { emit, log, scheduler, clock } = this.#options;
    const isUnderWork = isAtWork(unit, runners);
    detach(unit, runners, end);
    const [runner] = runners;
    if (runner === undefined || unit.members[0]?.loaded?.runners !== runners) return;
    const replayed = unit.members.map(({ calls }) => calls.running);
    letGo(unit);
    // An application's pool may have ended one of them alone.
    if (runners.length > 1) for (const each of runners) endByForce(each, "shared its load with one that ended");
    hold(unit, 0, clock.now());
    this.#memory.forget(unit);
    this.#caps.ended(unit.name, runner, end);
    for (const [i, member] of unit.members.entries()) {
      const told = { model: nameOf(member), reason: end.reason, replayed: replayed[i] ?? 0 };
      log.warn("a runner ended unasked; what had no answer yet is asked again", { ...told, pid: runner.pid });
      emit({ type: "crashed", ...told });
    }
    scheduler.dispatch({ type: "crashed", unit: unit.name, isUnderWork });
    this.#gone(unit);
  }

  async #unload(unit: ResidentUnit, reason: string): Promise<void> {
    const { emit, log, scheduler, clock } = this.#options;
    const words = `The load of ${unit.name} was given up: ${reason}.`;
    const [first] = unit.members;
    const model = first === undefined ? unit.name : nameOf(first);
    const { loading } = unit;
    const before = first?.loaded?.runners;
    loading?.abort.abort(new ModelError("cancelled", words, { model }));
    await loading?.settled;
    const runners = letGo(unit) ?? before;
    const [runner] = runners ?? [];
    this.#memory.forget(unit);
    if (runners !== undefined && runner !== undefined) {
      detach(unit, runners);
      await this.#stop(runner, unit);
      detach(unit, runners, { expected: true, reason: "was unloaded", cause: "host" });
    }
    hold(unit, 0, clock.now());
    for (const member of unit.members) {
      log.info("a model is unloaded", { model: nameOf(member), reason });
      emit({ type: "unloaded", model: nameOf(member), reason });
    }
    scheduler.dispatch({ type: "unloaded", unit: unit.name });
    this.#gone(unit);
  }

  /**
   * Resolves when the runner is gone and its memory is back. One that does not stop, or whose memory does not come back, is
   * killed; what is not back even then is told, and its reservation ends all the same.
   */
  async #stop(runner: Runner, unit: ResidentUnit): Promise<void> {
    const { clock, deviceMemory: devices, emit, log } = this.#options;
    const isGone = await this.#end(runner);
    let held = await deviceMemoryBack(unit, runner, { clock, devices });
    if (held > 0) {
      endByForce(runner, "did not give its memory back");
      held = await deviceMemoryBack(unit, runner, { clock, devices });
    }
    if (isGone && held === 0) return;
    const told = isGone ? { device: unit.device, bytes: held } : { device: "cpu" as const, bytes: unit.memory?.bytes };
    unit.memoryKept += 1;
    log.error("memory of a model did not come back", { model: unit.name, pid: runner.pid, ...told });
    for (const member of unit.members) emit({ type: "memory-kept", model: nameOf(member), ...told });
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
