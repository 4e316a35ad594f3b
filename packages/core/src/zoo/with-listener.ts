import { toModelError } from "../contract/model-error.ts";
import { abortable } from "../time/abortable.ts";
import { type PartStream, restarted } from "./part-stream.ts";
import type { RequestLimits } from "./request-limits.ts";

/** Who takes the parts of an answer. */
export interface PartListener {
  readonly onPart?: ((part: never) => unknown) | undefined;
  readonly onRestart?: (() => unknown) | undefined;
}

/**
 * Asks, and gives the parts of the answer to a listener, one after the other. Resolves when the last has been taken; what
 * the listener throws ends the request.
 * @param ask puts the question; without a listener it gets no stream
 */
export async function withListener<T>(
  { onPart, onRestart }: PartListener,
  limits: RequestLimits,
  ask: (parts: PartStream | undefined) => Promise<T>,
): Promise<T> {
  if (onPart === undefined) return ask(undefined);
  const parts = limits.partStream(onRestart !== undefined);
  const taken = (async () => {
    for await (const part of parts) await (part === restarted ? onRestart?.() : onPart(part as never));
  })();
  taken.catch((error: unknown) => limits.end(toModelError(error)));
  try {
    const answer = await ask(parts);
    parts.end();
    await abortable(taken, limits.signal);
    return answer;
  } catch (error) {
    parts.end(error);
    throw toModelError(error);
  }
}
