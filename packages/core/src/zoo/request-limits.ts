import { isModelError, ModelError } from "../contract/model-error.ts";
import { alarm, type Clock } from "../time/clock.ts";
import { PartStream } from "./part-stream.ts";

export interface LimitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from now; Infinity or left out for never. */
  readonly deadlineMs?: number | undefined;
}

/**
 * How long one request is waited for: until its caller leaves, until its deadline, or until it is ended for everybody.
 * Whatever comes first fires `signal`, whose reason is the ModelError that the caller gets. Everything that waits for the
 * request's sake waits on this signal; nothing else has a timer.
 */
export class RequestLimits implements Disposable {
  readonly model: string;
  /** Time of the clock when the request was made. */
  readonly started: number;
  /** Time of the clock after which nobody wants the answer; Infinity for never. */
  readonly deadline: number;
  /** Says where the request is, for the message of whatever ends it. */
  whereabouts: () => Whereabouts = () => ({ words: "had not been queued" });
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #caller: AbortSignal | undefined;
  readonly #alarm: Disposable;
  /** Rings where the parts of the answer are not taken. */
  #patience: Disposable | undefined;
  readonly #onLeave = (): void => this.end(cancelledError(this.model, this.whereabouts(), this.#caller?.reason));

  /** @throws `input_invalid` for a deadline that is no number of milliseconds */
  constructor(model: string, clock: Clock, { signal, deadlineMs = Number.POSITIVE_INFINITY }: LimitOptions) {
    if (typeof deadlineMs !== "number" || !(deadlineMs >= 0)) {
      throw new ModelError(
        "input_invalid",
        `A deadline is a number of milliseconds, 0 or more; this request to ${model} has ${String(deadlineMs)} (${typeof deadlineMs}).`,
        { model, details: { deadline_ms: String(deadlineMs) } },
      );
    }
    if (signal !== undefined && !(typeof signal === "object" && signal !== null && "aborted" in signal)) {
      throw new ModelError("input_invalid", `The signal of a request to ${model} is no AbortSignal.`, { model });
    }
    this.model = model;
    this.#clock = clock;
    this.started = clock.now();
    this.deadline = this.started + deadlineMs;
    this.#caller = signal;
    this.#alarm = alarm(clock, this.deadline, () => this.expire());
    if (deadlineMs === 0) this.expire();
    if (signal?.aborted) this.#onLeave();
    else signal?.addEventListener("abort", this.#onLeave, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds until its deadline, 0 or more; Infinity where it has none. */
  get msLeft(): number {
    return Math.max(0, this.deadline - this.#clock.now());
  }

  /** A stream for the parts of this request's answer. Whoever takes none for too long, though the model waits for it, ends the request. */
  partStream(canRestart = false): PartStream {
    const onFull = (isFull: boolean): void => {
      this.#patience?.[Symbol.dispose]();
      if (!isFull || this.signal.aborted) return;
      this.#patience = alarm(this.#clock, this.#clock.now() + takenWithinMs, () => this.end(untakenError(this.model)));
    };
    return new PartStream({ canRestart, onFull });
  }

  /** Ends the request with this error, unless it has ended already. */
  end(error: ModelError): void {
    if (!this.signal.aborted) this.#controller.abort(error);
  }

  /** The request has been answered: nothing ends it any more. */
  [Symbol.dispose](): void {
    this.#alarm[Symbol.dispose]();
    this.#patience?.[Symbol.dispose]();
    this.#caller?.removeEventListener("abort", this.#onLeave);
  }

  /** Its deadline has come. */
  expire(): void {
    const waited = Math.round(this.#clock.now() - this.started);
    const { words, details } = this.whereabouts();
    this.end(
      new ModelError(
        "deadline_exceeded",
        `A request to ${this.model} ${words} when its deadline came, after ${waited} ms.`,
        {
          model: this.model,
          details: { waited_ms: waited, ...details },
        },
      ),
    );
  }
}

/** Milliseconds that the model waits for a taker of parts. */
const takenWithinMs = 30_000;

function untakenError(model: string): ModelError {
  const seconds = takenWithinMs / 1000;
  return new ModelError(
    "cancelled",
    `A request to ${model} was ended: nobody took the parts of its answer for ${seconds} s. Take them faster, or ask without parts.`,
    { model, details: { taken_within_s: seconds } },
  );
}

/** Where a request is, as the end of a sentence that begins with it. */
export interface Whereabouts {
  readonly words: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

function cancelledError(model: string, { words, details }: Whereabouts, reason: unknown): ModelError {
  if (isModelError(reason)) return reason;
  return new ModelError("cancelled", `A request to ${model} ${words} when its caller withdrew it.`, {
    model,
    ...(details === undefined ? {} : { details }),
    cause: reason,
  });
}
