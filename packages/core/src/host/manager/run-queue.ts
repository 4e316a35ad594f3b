import { ModelError, toModelError } from "../../model-error.ts";
import type { TaskName } from "../../tasks/vocabulary.ts";
import type { Clock } from "../clock.ts";
import type { Runner, RunOptions, RunResult } from "../runner.ts";
import { inputDigest } from "./input-digest.ts";

export interface RunRequest {
  readonly task: TaskName;
  readonly input: unknown;
  readonly signal: AbortSignal | undefined;
  /** Time of the clock after which nobody wants the answer; Infinity for never. */
  readonly deadline: number;
  readonly onPart?: ((part: unknown) => void) | undefined;
}

export interface QueuedResult extends RunResult {
  /** Milliseconds before the runner took the request that gave the answer. */
  readonly queueMs: number;
}

interface Item {
  readonly request: RunRequest;
  readonly queuedAt: number;
  /** Runners that ended under it. */
  killed: number;
  /** Parts of the answer that the caller has. */
  given: number;
  resolve(result: QueuedResult): void;
  reject(error: ModelError): void;
}

/**
 * The requests of one model, in order, one at a time. When the runner ends under a request, the request is asked once
 * more of the next runner; an input that ends two is refused from then on, so that it cannot take the model down again.
 */
export class RunQueue {
  readonly #model: string;
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #items: Item[] = [];
  readonly #poison = new Set<string>();
  #runner: Runner | undefined;
  #busy = false;

  constructor(model: string, clock: Clock, limit: number) {
    this.#model = model;
    this.#clock = clock;
    this.#limit = limit;
  }

  get length(): number {
    return this.#items.length + (this.#busy ? 1 : 0);
  }

  /** Gives requests a runner to go to, or takes it away: they then wait for the next one. */
  set runner(runner: Runner | undefined) {
    this.#runner = runner;
    void this.#pump();
  }

  /** Ends every waiting request with this error. */
  fail(error: ModelError): void {
    for (const item of this.#items.splice(0)) item.reject(error);
  }

  add(request: RunRequest): Promise<QueuedResult> {
    if (this.#poison.size > 0 && this.#poison.has(inputDigest(request.task, request.input)))
      return Promise.reject(this.#poisoned(request));
    if (this.length >= this.#limit) {
      const message = `${this.#model} has ${this.length} requests waiting, as many as max_queue allows. Try again later.`;
      return Promise.reject(
        new ModelError("queue_full", message, {
          model: this.#model,
          details: { waiting: this.length, limit: this.#limit },
        }),
      );
    }
    return new Promise((resolve, reject) => {
      const item: Item = { request, queuedAt: this.#clock.now(), killed: 0, given: 0, resolve, reject };
      this.#items.push(item);
      this.#watch(item);
      void this.#pump();
    });
  }

  /** Takes a request out of the queue when its caller leaves or its time is over; a running one ends in the runner. */
  #watch(item: Item): void {
    const { signal, deadline } = item.request;
    const leave = (error: ModelError): void => {
      const place = this.#items.indexOf(item);
      if (place < 0) return;
      this.#items.splice(place, 1);
      item.reject(error);
    };
    const onAbort = (): void =>
      leave(
        new ModelError("cancelled", `A request to ${this.#model} was withdrawn while it waited.`, {
          model: this.#model,
        }),
      );
    signal?.addEventListener("abort", onAbort, { once: true });
    const callOff = Number.isFinite(deadline)
      ? this.#clock.after(deadline - this.#clock.now(), () => leave(this.#late(item)))
      : undefined;
    const { resolve, reject } = item;
    const settle = (): void => {
      signal?.removeEventListener("abort", onAbort);
      callOff?.();
    };
    item.resolve = (result) => {
      settle();
      resolve(result);
    };
    item.reject = (error) => {
      settle();
      reject(error);
    };
    if (signal?.aborted) onAbort();
  }

  async #pump(): Promise<void> {
    const runner = this.#runner;
    const item = this.#items[0];
    if (this.#busy || runner === undefined || item === undefined) return;
    this.#items.shift();
    this.#busy = true;
    const { task, input, deadline } = item.request;
    const queueMs = this.#clock.now() - item.queuedAt;
    try {
      const options = { ...partsTo(item), ...(Number.isFinite(deadline) ? { deadline } : {}) };
      item.resolve({ ...(await runner.run(task, input, options)), queueMs });
    } catch (thrown) {
      this.#retry(item, runner, toModelError(thrown, "internal", this.#model));
    } finally {
      this.#busy = false;
    }
    void this.#pump();
  }

  #retry(item: Item, runner: Runner, error: ModelError): void {
    if (error.code !== "runner_crashed") {
      item.reject(error);
      return;
    }
    if (this.#runner === runner) this.#runner = undefined;
    item.killed += 1;
    if (item.killed === 1 && !item.request.signal?.aborted) {
      this.#items.unshift(item);
      return;
    }
    this.#poison.add(inputDigest(item.request.task, item.request.input));
    item.reject(this.#poisoned(item.request, error));
  }

  #late(item: Item): ModelError {
    const waited = Math.round(this.#clock.now() - item.queuedAt);
    return new ModelError(
      "deadline_exceeded",
      `A request to ${this.#model} was still waiting when its deadline came, after ${waited} ms.`,
      {
        model: this.#model,
        details: { waited_ms: waited },
      },
    );
  }

  #poisoned(request: RunRequest, cause?: ModelError): ModelError {
    return new ModelError(
      "input_kills_runner",
      `This input of ${request.task} ended two runners of ${this.#model}, one after the other; it is refused from now on. ` +
        "Other inputs are answered as before.",
      {
        model: this.#model,
        details: { task: request.task, ...(cause?.details ?? {}) },
        ...(cause === undefined ? {} : { cause }),
      },
    );
  }
}

/**
 * Hands parts on, and ends the request where their taker throws. A model that is asked again after a crash says the same
 * again: what the caller has of it is not given twice.
 */
function partsTo(item: Item): Pick<RunOptions, "signal" | "onPart"> {
  const { signal, onPart } = item.request;
  const own = signal === undefined ? {} : { signal };
  if (onPart === undefined) return own;
  const failed = new AbortController();
  let heard = 0;
  return {
    signal: AbortSignal.any([...(signal === undefined ? [] : [signal]), failed.signal]),
    onPart: (part) => {
      heard += 1;
      if (heard <= item.given || failed.signal.aborted) return;
      item.given = heard;
      try {
        onPart(part);
      } catch (thrown) {
        item.reject(toModelError(thrown));
        failed.abort();
      }
    },
  };
}
