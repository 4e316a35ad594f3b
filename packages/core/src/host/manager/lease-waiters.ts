import type { ModelError } from "../../contract/model-error.ts";
import { abortable, deferred } from "../../time/abortable.ts";
import type { Clock } from "../../time/clock.ts";
import type { RequestLimits } from "../../zoo/request-limits.ts";
import type { QueuedCall } from "../calls/model-queue.ts";
import type { ZooEvent } from "../local-zoo.ts";
import type { Refusal } from "../scheduler/scheduler-event.ts";
import { isLoading, unitOf } from "../scheduler/scheduler-state.ts";
import type { LiveScheduler } from "./live-scheduler.ts";
import { refusalError } from "./refusal-error.ts";
import { nameOf, type Resident } from "./resident.ts";

export interface LeaseWaitersOptions {
  readonly clock: Clock;
  readonly scheduler: LiveScheduler;
  /** Milliseconds that a request without a deadline of its own waits for a model. */
  readonly maxWaitMs: number;
  resident(model: string): Resident | undefined;
  emit(event: ZooEvent): void;
}

/** Requests without a lease yet. Each waits until the scheduler grants or refuses it, or its own limits end it. */
export class LeaseWaiters {
  readonly #options: LeaseWaitersOptions;
  readonly #waiting = new Map<number, { grant(): void; readonly limits: RequestLimits }>();

  /** Requests that are granted within their step, or withdrawn. */
  readonly #now = new Set<number>();

  constructor(options: LeaseWaitersOptions) {
    this.#options = options;
  }

  /** @param keepAlive milliseconds that the model is kept after the request; undefined for its own */
  async wait(resident: Resident, call: QueuedCall, keepAlive: number | undefined): Promise<void> {
    const { clock, maxWaitMs, scheduler } = this.#options;
    const { id, priority, limits } = call;
    const model = nameOf(resident);
    const granted = deferred<void>();
    const { whereabouts } = limits;
    limits.whereabouts = () => {
      const { words, details } = whereabouts();
      const unit = unitOf(scheduler.state, model);
      if (unit === undefined || !isLoading(unit)) return { words, ...(details === undefined ? {} : { details }) };
      return { words: "was still waiting for the model to be loaded", details: { ...details, phase: "loading" } };
    };
    this.#waiting.set(id, { grant: () => granted.resolve(), limits });
    const until = Math.min(limits.deadline, clock.now() + maxWaitMs);
    scheduler.dispatch({ type: "requested", request: { id, model, priority, until, keepAlive } });
    try {
      // Most are granted at once: then there is nothing to wait for.
      if (this.#waiting.has(id) || limits.signal.aborted)
        await abortable(granted.promise, limits.signal, () => scheduler.dispatch({ type: "released", unit: model }));
    } finally {
      limits.whereabouts = whereabouts;
      // Whoever leaves before the grant takes the request back.
      if (this.#waiting.delete(id)) scheduler.dispatch({ type: "withdrawn", id });
    }
  }

  /** A share in a unit that is ready, at once or not at all. */
  takeNow(unit: string, id: number): boolean {
    const { clock, scheduler } = this.#options;
    if (unitOf(scheduler.state, unit)?.phase !== "ready") return false;
    this.#now.add(id);
    const request = { id, model: unit, priority: "low", until: clock.now() + 1 } as const;
    scheduler.dispatch({ type: "requested", request });
    if (!this.#now.delete(id)) return true;
    scheduler.dispatch({ type: "withdrawn", id });
    return false;
  }

  grant(id: number, unit: string): void {
    if (this.#now.delete(id)) return;
    const waiter = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (waiter === undefined) this.#options.scheduler.dispatch({ type: "released", unit });
    else waiter.grant();
  }

  /** Ends every wait for a model, with the error. */
  end(model: string, error: ModelError): void {
    for (const request of unitOf(this.#options.scheduler.state, model)?.waiting ?? [])
      if (request.model === model) this.#waiting.get(request.id)?.limits.end(error);
  }

  refuse(id: number, refusal: Refusal): void {
    const { clock, emit, resident } = this.#options;
    if (this.#now.has(id)) return;
    const waiter = this.#waiting.get(id);
    this.#waiting.delete(id);
    // Its deadline has come: that says more than what it was waiting for.
    if (waiter !== undefined && waiter.limits.deadline <= clock.now()) waiter.limits.expire();
    const error = refusalError(refusal, resident(refusal.model), clock.now());
    emit({ type: "refused", model: refusal.model, error });
    waiter?.limits.end(error);
  }
}
