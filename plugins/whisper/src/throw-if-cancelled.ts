import { ModelError } from "@menagerie/core";

/** @throws `cancelled` where the caller no longer wants the transcript */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new ModelError("cancelled", "The transcript was no longer wanted; what there was of it is lost.");
}
