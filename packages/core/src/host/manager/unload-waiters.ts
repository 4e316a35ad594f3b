import { ModelError } from "../../contract/model-error.ts";
import { abortable, deferred } from "../../time/abortable.ts";
import type { RequestLimits, Whereabouts } from "../../zoo/request-limits.ts";
import type { SchedulerEvent } from "../scheduler/scheduler-event.ts";
import { isDown, isUp, unitOf } from "../scheduler/scheduler-state.ts";
import type { LiveScheduler } from "./live-scheduler.ts";

interface Waiter {
  readonly model: string;
  /** Whether the model was kept when the first of its waiters asked. */
  wasPinned: boolean;
  resolve(): void;
  reject(error: ModelError): void;
}

/** Callers that wait for a model to be unloaded. */
export class UnloadWaiters {
  readonly #scheduler: LiveScheduler;
  #waiters: Waiter[] = [];

  constructor(scheduler: LiveScheduler) {
    this.#scheduler = scheduler;
  }

  /** Asks for the unload and waits for it. Where the last who asked leaves, the model goes on answering as before. */
  async wait(model: string, limits: RequestLimits): Promise<void> {
    const gone = deferred<void>();
    const wasPinned = unitOf(this.#scheduler.state, model)?.pinned ?? false;
    const waiter: Waiter = { model, wasPinned, resolve: gone.resolve, reject: gone.reject };
    this.#waiters.push(waiter);
    limits.whereabouts = () => this.#whereabouts(model);
    this.#scheduler.dispatch({ type: "unload-asked", unit: model });
    this.tell();
    try {
      await abortable(gone.promise, limits.signal);
    } catch (error) {
      this.#withdraw(waiter);
      throw error;
    }
  }

  /** Lets go those whose model is cold, or was gone in between. @param gone model that is gone now */
  tell(gone?: string): void {
    const isGone = ({ model }: Waiter): boolean => {
      const unit = unitOf(this.#scheduler.state, model);
      return model === gone || (unit !== undefined && isDown(unit));
    };
    for (const { resolve } of this.#waiters.filter(isGone)) resolve();
    this.#waiters = this.#waiters.filter((waiter) => !isGone(waiter));
  }

  /** Says what is to be kept, and tells those whose unload comes to nothing by that. */
  overtake(goal: Extract<SchedulerEvent, { type: "goal" }>): void {
    this.#scheduler.dispatch(goal);
    for (const { model, reject } of this.#waiters) {
      const unit = unitOf(this.#scheduler.state, model);
      if (unit === undefined || unit.isAsked || !isUp(unit)) continue;
      const message = `${model} is not unloaded: it was asked to be kept, by \`zoo.warm()\`, while its leases were waited for.`;
      reject(new ModelError("cancelled", message, { model }));
    }
  }

  /** Everything is gone. */
  end(): void {
    for (const { resolve } of this.#waiters.splice(0)) resolve();
  }

  #withdraw(waiter: Waiter): void {
    const { model, wasPinned } = waiter;
    this.#waiters = this.#waiters.filter((other) => other !== waiter);
    const others = this.#waiters.filter((other) => other.model === model);
    for (const other of others) other.wasPinned ||= wasPinned;
    if (others.length > 0) return;
    this.#scheduler.dispatch({ type: "unload-withdrawn", unit: model });
    if (wasPinned) this.#scheduler.dispatch({ type: "pinned", unit: model });
  }

  #whereabouts(model: string): Whereabouts {
    const { phase, leases = 0 } = unitOf(this.#scheduler.state, model) ?? {};
    if (phase === "draining") return { words: "to be unloaded was still waiting for its runner to end" };
    const details = { leases };
    return { words: `to be unloaded was still waiting for ${leases} ${leases === 1 ? "lease" : "leases"}`, details };
  }
}
