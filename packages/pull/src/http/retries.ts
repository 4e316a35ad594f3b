import { setTimeout as sleep } from "node:timers/promises";
import { isModelError, ModelError, systemError } from "@menagerie/core";
import { RefusedStatus, statusError } from "./refused-status.ts";

export interface Patience {
  /** Failures in a row, without a byte between them, after which it is given up. Default: 5. */
  readonly failures?: number | undefined;
  /** Milliseconds before the second try, doubled for each further one. Default: 500. */
  readonly firstWaitMs?: number | undefined;
  /** The longest wait that a server may ask for, in milliseconds. Default: 60 s. */
  readonly longestWaitMs?: number | undefined;
}

/** Errors of connections that another try may be spared. */
const transientCodes = new Set([
  ...["ECONNRESET", "ECONNREFUSED", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "EAI_AGAIN", "ENETUNREACH", "ENETDOWN"],
  ...["EHOSTUNREACH", "ERR_STREAM_PREMATURE_CLOSE", "HPE_INVALID_CONSTANT", "BROKEN_BODY"],
]);

/** Counts the failures of one thing that is fetched, and says how long to wait. */
export class Retries {
  readonly #most: number;
  readonly #firstWaitMs: number;
  readonly #longestWaitMs: number;
  readonly #what: string;
  readonly #hasToken: boolean;
  #failures = 0;

  /** @param what for messages: "onnx/model.onnx of acme/model" */
  constructor(what: string, hasToken: boolean, patience: Patience = {}) {
    const { failures = 5, firstWaitMs = 500, longestWaitMs = 60_000 } = patience;
    this.#most = failures;
    this.#firstWaitMs = firstWaitMs;
    this.#longestWaitMs = longestWaitMs;
    this.#what = what;
    this.#hasToken = hasToken;
  }

  /** Bytes have arrived: what failed before does not count. */
  progressed(): void {
    this.#failures = 0;
  }

  /**
   * Waits until it makes sense to try again.
   * @throws what the caller is to be told, where it makes none
   */
  async afterFailure(thrown: unknown, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (isModelError(thrown)) throw thrown;
    const asked = thrown instanceof RefusedStatus ? thrown.retryAfterMs : undefined;
    this.#failures += 1;
    if (!isTransient(thrown) || this.#failures >= this.#most || (asked ?? 0) > this.#longestWaitMs)
      throw this.#told(thrown);
    await sleep(
      asked ?? this.#firstWaitMs * 2 ** (this.#failures - 1),
      undefined,
      signal === undefined ? {} : { signal },
    );
  }

  #told(thrown: unknown): ModelError {
    if (thrown instanceof RefusedStatus) return statusError(thrown, this.#what, this.#hasToken);
    if (codeOf(thrown) === "BROKEN_BODY" || isTransient(thrown) || codeOf(thrown) === "ENOTFOUND")
      return unreachable(this.#what, thrown);
    return systemError(`${this.#what} cannot be fetched`, thrown, { code: "source_unreachable" });
  }
}

/** Does something that may fail for a moment. @throws as `Retries.afterFailure` */
export async function retried<T>(
  what: string,
  hasToken: boolean,
  patience: Patience | undefined,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  const retries = new Retries(what, hasToken, patience);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      await retries.afterFailure(error, signal);
    }
  }
}

function unreachable(what: string, cause: unknown): ModelError {
  const words = cause instanceof Error ? cause.message : String(cause);
  return new ModelError(
    "source_unreachable",
    `${what} cannot be fetched: ${words.replace(/\.$/, "")}. Check the network, HTTPS_PROXY and HF_ENDPOINT, and ask again: what has arrived is kept.`,
    { details: { reason: codeOf(cause) }, cause },
  );
}

function isTransient(thrown: unknown): boolean {
  return thrown instanceof RefusedStatus ? thrown.isTransient : transientCodes.has(codeOf(thrown) ?? "");
}

function codeOf(thrown: unknown): string | undefined {
  const { code } = (typeof thrown === "object" && thrown !== null ? thrown : {}) as { code?: unknown };
  return typeof code === "string" ? code : undefined;
}

/** A body that ended before its length: what arrived is kept, the rest is asked for again. */
export function brokenBody(received: number, expected: number): Error {
  const message = `the connection ended after ${received} of ${expected} bytes`;
  return Object.assign(new Error(message), { code: "BROKEN_BODY" });
}
