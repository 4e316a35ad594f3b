import { ModelError } from "../../contract/model-error.ts";
import type { Deferred } from "../../time/abortable.ts";
import type { PartStream } from "../../zoo/part-stream.ts";
import type { RequestLimits } from "../../zoo/request-limits.ts";
import type { Priority } from "../../zoo/zoo-status.ts";
import { priorityRank } from "../scheduler/scheduler-state.ts";
import type { Slot } from "./slot.ts";

/** What one question asks of a model. */
export interface Question {
  readonly task: string;
  readonly input: unknown;
  readonly parts?: PartStream | undefined;
  /** Asked by the zoo itself, to see whether the model answers. */
  readonly isProbe?: boolean;
}

/** One request from its first wait to its answer. */
export interface QueuedCall {
  /** In order of arrival over all models. */
  readonly id: number;
  readonly priority: Priority;
  /** Bytes of its input. */
  readonly bytes: number;
  readonly limits: RequestLimits;
  /** Undefined for a request that wants a lease and asks nothing yet. */
  readonly question: Question | undefined;
  readonly queuedAt: number;
  /** Set while it has a lease and waits for its turn. */
  turn: Deferred<Slot> | undefined;
  /** Asked again after a crash: nothing else runs beside it. */
  isAlone: boolean;
  /** Asked again after it met the cap on its runner's memory, which was raised. */
  hasGrown: boolean;
  /** Runners that ended under it. */
  crashes: number;
}

/** How much may wait for one model. */
export interface QueueBounds {
  readonly count: number;
  readonly bytes: number;
}

/**
 * The one place where requests to a model wait: for the model to be loaded first, then for their turn. The most urgent
 * class comes first, inside a class the first to arrive.
 */
export class ModelQueue {
  readonly #model: string;
  readonly #bounds: QueueBounds;
  readonly #calls: QueuedCall[] = [];
  #bytes = 0;

  constructor(model: string, bounds: QueueBounds) {
    this.#model = model;
    this.#bounds = bounds;
  }

  get length(): number {
    return this.#calls.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @throws `queue_full` with the numbers */
  enter(call: QueuedCall): void {
    const { count, bytes } = this.#bounds;
    if (this.#calls.length >= count) {
      throw new ModelError(
        "queue_full",
        `${this.#model}'s queue is full (${this.#calls.length} of ${count} requests). Retry later, or raise max_queue of the zoo spec.`,
        { model: this.#model, details: { waiting: this.#calls.length, limit: count } },
      );
    }
    // One request is always taken, however large: whether it can be served is not for the queue to say.
    if (this.#calls.length > 0 && this.#bytes + call.bytes > bytes) {
      throw new ModelError(
        "queue_full",
        `${this.#model}'s queue is full: the requests waiting (${this.#calls.length}) hold ${megabytes(this.#bytes)}, this one adds ${megabytes(call.bytes)}; the limit is ${megabytes(bytes)}. Retry later, or raise max_queue_mb of the zoo spec.`,
        { model: this.#model, details: { waiting_bytes: this.#bytes, request_bytes: call.bytes, limit_bytes: bytes } },
      );
    }
    this.put(call);
  }

  /** Takes a call in without asking for room: it was here before. */
  put(call: QueuedCall): void {
    const place = this.#calls.findIndex((other) => isBefore(call, other));
    this.#calls.splice(place < 0 ? this.#calls.length : place, 0, call);
    this.#bytes += call.bytes;
  }

  /** @returns false for a call that does not wait here */
  leave(call: QueuedCall): boolean {
    const place = this.#calls.indexOf(call);
    if (place < 0) return false;
    this.#calls.splice(place, 1);
    this.#bytes -= call.bytes;
    return true;
  }

  /** The first that has all it needs but its turn. */
  get next(): QueuedCall | undefined {
    return this.#calls.find((call) => call.turn !== undefined);
  }

  /** Those that have a lease and wait for their turn. */
  get ready(): readonly QueuedCall[] {
    return this.#calls.filter((call) => call.turn !== undefined);
  }

  /** From 1; undefined for a call that does not wait here. */
  position(call: QueuedCall): number | undefined {
    const place = this.#calls.indexOf(call);
    return place < 0 ? undefined : place + 1;
  }
}

function isBefore(a: QueuedCall, b: QueuedCall): boolean {
  const ranks = priorityRank[a.priority] - priorityRank[b.priority];
  return ranks < 0 || (ranks === 0 && a.id < b.id);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
