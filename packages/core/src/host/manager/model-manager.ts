import type { Device } from "../../device.ts";
import { ModelError, toModelError } from "../../model-error.ts";
import type { CatalogueEntry } from "../catalogue.ts";
import type { Runner } from "../runner.ts";
import type { EvictionPolicy } from "../scheduler/eviction-policy.ts";
import { nextWake, schedule } from "../scheduler/scheduler.ts";
import {
  emptySchedulerState,
  type SchedulerAction,
  type SchedulerEvent,
  type SchedulerState,
} from "../scheduler/scheduler-state.ts";
import type { Priority } from "../zoo-status.ts";
import { LeaseWaiters } from "./lease-waiters.ts";
import { ModelLoading, type ModelLoadingOptions } from "./model-loading.ts";
import { lateError, refusalError } from "./refusal-error.ts";
import { declaredBytes, type Keeping, type Resident } from "./resident.ts";
import { type QueuedResult, RunQueue, type RunRequest } from "./run-queue.ts";

export interface ModelManagerOptions extends ModelLoadingOptions {
  readonly budgets: SchedulerState["budgets"];
  readonly policy: EvictionPolicy;
  /** Milliseconds that a request without a deadline of its own waits for a model. */
  readonly maxWaitMs: number;
  readonly maxQueue: number;
  /** Milliseconds without a lease until a model on this device is unloaded. */
  idleTimeoutMs(device: Device): number;
}

/** Milliseconds between two measurements of one runner's memory. */
const measureEveryMs = 1000;

/**
 * Owns what is loaded. Every change goes through the scheduler: an event in, actions out, carried out here. Nothing else
 * decides, and nothing else holds a runner.
 */
export class ModelManager {
  readonly #options: ModelManagerOptions;
  readonly #loading: ModelLoading;
  readonly #residents = new Map<string, Resident>();
  readonly #waiters = new LeaseWaiters();
  readonly #working = new Set<Promise<void>>();
  #whenCold: { readonly model: string; resolve(): void }[] = [];
  #state: SchedulerState;
  #nextRequest = 0;
  #cancelWake: (() => void) | undefined;

  constructor(options: ModelManagerOptions) {
    this.#options = options;
    this.#loading = new ModelLoading(options);
    this.#state = { ...emptySchedulerState(options.budgets), now: options.clock.now() };
  }

  get state(): SchedulerState {
    return this.#state;
  }

  resident(name: string): Resident | undefined {
    return this.#residents.get(name);
  }

  /** Makes a model known, cold. */
  add(entry: CatalogueEntry, device: Device, keeping: Keeping): Resident {
    const { clock, maxQueue, idleTimeoutMs } = this.#options;
    const { spec } = entry;
    const resident: Resident = {
      entry,
      device,
      keeping,
      queue: new RunQueue(spec.model_name, clock, maxQueue),
      runner: undefined,
      resolved: undefined,
      abortLoad: undefined,
      measuredBytes: undefined,
      measuredAt: undefined,
      loads: 0,
      lastLoadMs: undefined,
      lastAnswerAt: undefined,
      error: undefined,
    };
    this.#residents.set(spec.model_name, resident);
    this.#dispatch({
      type: "model-added",
      model: {
        name: spec.model_name,
        device,
        bytes: declaredBytes(spec, device),
        priority: keeping.priority,
        pinned: keeping.keepWarm,
        idleTimeout: idleTimeoutMs(device),
      },
    });
    return resident;
  }

  /** Waits for a share in the loaded model. Give it back with `release`. */
  async acquire(
    resident: Resident,
    request: { priority?: Priority | undefined; deadline: number; signal?: AbortSignal | undefined },
  ): Promise<void> {
    const { clock, maxQueue, maxWaitMs } = this.#options;
    const model = resident.entry.spec.model_name;
    const waiting = this.#state.waiting.filter((other) => other.model === model).length;
    if (waiting >= maxQueue) {
      throw new ModelError(
        "queue_full",
        `${waiting} requests wait for ${model} already, as many as max_queue allows. Try again later.`,
        {
          model,
          details: { waiting, limit: maxQueue },
        },
      );
    }
    if (request.signal?.aborted)
      throw new ModelError("cancelled", `A request for ${model} was withdrawn before it was made.`, { model });
    const id = this.#nextRequest++;
    const now = clock.now();
    const granted = this.#waiters.wait(id, model, request.signal, () => this.#dispatch({ type: "withdrawn", id }));
    const until = Math.min(request.deadline, now + maxWaitMs);
    this.#dispatch({
      type: "requested",
      request: { id, model, priority: request.priority ?? resident.keeping.priority, until },
    });
    try {
      await granted;
    } catch (error) {
      if (clock.now() >= request.deadline) throw lateError(model, clock.now() - now, error);
      throw error;
    }
  }

  release(resident: Resident): void {
    this.#dispatch({ type: "released", model: resident.entry.spec.model_name });
  }

  async run(resident: Resident, request: RunRequest): Promise<QueuedResult> {
    const model = resident.entry.spec.model_name;
    const phase = this.#state.models[model]?.phase;
    if (phase === "cold") {
      throw new ModelError(
        "runner_crashed",
        `${model} ended and could not be loaded again. Give the lease back and get a new one.`,
        { model, cause: resident.error },
      );
    }
    const result = await resident.queue.add(request);
    resident.lastAnswerAt = this.#options.clock.now();
    void this.#measure(resident);
    return result;
  }

  pin(resident: Resident): void {
    this.#dispatch({ type: "pinned", model: resident.entry.spec.model_name });
  }

  /** Unloads once the leases are back; resolves when the memory is. */
  async unload(resident: Resident): Promise<void> {
    const model = resident.entry.spec.model_name;
    const cold = new Promise<void>((resolve) => this.#whenCold.push({ model, resolve }));
    this.#dispatch({ type: "unload-asked", model });
    await cold;
  }

  /** Refuses what waits, lets leases end, and ends every runner. */
  async close(): Promise<void> {
    this.#dispatch({ type: "closed" });
    for (const resident of this.#residents.values()) resident.abortLoad?.abort();
    await Promise.allSettled(this.#working);
    await Promise.allSettled([...this.#residents.values()].map((resident) => resident.runner?.stop()));
    this.#cancelWake?.();
  }

  #dispatch(event: SchedulerEvent): void {
    const { clock, policy } = this.#options;
    const { state, actions } = schedule(this.#state, event, clock.now(), policy);
    this.#state = state;
    const isCold = ({ model }: { model: string }): boolean => state.models[model]?.phase === "cold";
    for (const { resolve } of this.#whenCold.filter(isCold)) resolve();
    this.#whenCold = this.#whenCold.filter((waiter) => !isCold(waiter));
    for (const action of actions) this.#carryOut(action);
    this.#cancelWake?.();
    const wake = nextWake(this.#state);
    this.#cancelWake = Number.isFinite(wake)
      ? clock.after(Math.max(0, wake - clock.now()), () => this.#dispatch({ type: "time-passed" }))
      : undefined;
  }

  #carryOut(action: SchedulerAction): void {
    switch (action.type) {
      case "grant":
        if (!this.#waiters.grant(action.id)) this.#dispatch({ type: "released", model: action.model });
        return;
      case "refuse": {
        const { refusal } = action;
        const resident = this.#residents.get(refusal.model);
        const error = refusalError(refusal, resident?.device ?? "cpu", resident?.error);
        this.#options.emit({ type: "refused", model: refusal.model, error });
        this.#waiters.refuse(action.id, error);
        return;
      }
      case "load":
        this.#work(action.model, (resident) => this.#load(resident));
        return;
      case "unload":
        this.#work(action.model, (resident) => this.#unload(resident, action.reason));
        return;
    }
  }

  #work(model: string, work: (resident: Resident) => Promise<void>): void {
    const resident = this.#residents.get(model);
    if (resident === undefined) return;
    const task = work(resident).finally(() => this.#working.delete(task));
    this.#working.add(task);
  }

  async #load(resident: Resident): Promise<void> {
    const model = resident.entry.spec.model_name;
    resident.abortLoad = new AbortController();
    try {
      const reserved = this.#state.models[model]?.bytes ?? 0;
      const runner = await this.#loading.load(resident, reserved, resident.abortLoad.signal);
      void runner.ended.then((end) => {
        if (!end.expected) this.#crashed(resident, runner, end.reason);
      });
      this.#noteMemory(resident);
      this.#dispatch({ type: "loaded", model });
      resident.queue.runner = runner;
    } catch (thrown) {
      this.#loadFailed(resident, toModelError(thrown, "model_load_failed", model));
    } finally {
      resident.abortLoad = undefined;
    }
  }

  #loadFailed(resident: Resident, error: ModelError): void {
    const { emit, log } = this.#options;
    const model = resident.entry.spec.model_name;
    const message = `${model} ended under the request and could not be loaded again: ${error.message}`;
    resident.error = error;
    resident.queue.fail(new ModelError("runner_crashed", message, { model, cause: error }));
    log.warn("a model could not be loaded", { model, code: error.code, message: error.message });
    emit({ type: "load-failed", model, error });
    this.#dispatch({ type: "load-failed", model });
  }

  /** The declared figure covers the largest run as well: what is measured may only raise it. */
  #noteMemory({ entry, measuredBytes: bytes }: Resident): void {
    const model = entry.spec.model_name;
    const reserved = this.#state.models[model]?.bytes ?? 0;
    if (bytes !== undefined && bytes > reserved) this.#dispatch({ type: "measured", model, bytes });
  }

  /** Mapped weights count only once a run has touched them, so what a load measured is measured again after runs. */
  async #measure(resident: Resident): Promise<void> {
    const now = this.#options.clock.now();
    if (now - (resident.measuredAt ?? Number.NEGATIVE_INFINITY) < measureEveryMs) return;
    resident.measuredAt = now;
    resident.measuredBytes = (await resident.runner?.memoryBytes()) ?? resident.measuredBytes;
    this.#noteMemory(resident);
  }

  #crashed(resident: Resident, runner: Runner, reason: string): void {
    if (resident.runner !== runner) return;
    const { emit, log } = this.#options;
    const model = resident.entry.spec.model_name;
    resident.runner = undefined;
    resident.queue.runner = undefined;
    const replayed = resident.queue.length;
    log.warn("a runner ended unasked; what had no answer yet is asked again", {
      model,
      pid: runner.pid,
      reason,
      replayed,
    });
    emit({ type: "crashed", model, reason, replayed });
    this.#dispatch({ type: "crashed", model });
  }

  async #unload(resident: Resident, reason: string): Promise<void> {
    const { emit, log } = this.#options;
    const model = resident.entry.spec.model_name;
    const runner = resident.runner;
    resident.queue.runner = undefined;
    resident.runner = undefined;
    await runner
      ?.stop()
      .catch((error: unknown) => log.error("a runner did not stop cleanly", { model, error: String(error) }));
    log.info("a model is unloaded", { model, reason });
    emit({ type: "unloaded", model, reason });
    this.#dispatch({ type: "unloaded", model });
  }
}
