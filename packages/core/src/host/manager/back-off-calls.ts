import { backOffError } from "./refusal-error.ts";
import type { ResidentUnit } from "./resident.ts";

/** Milliseconds that calls wait for a model that is loaded anew; where it takes longer they are told. */
const shortBackOffMs = 3000;

/** Calls whose runner ended wait for the next one, or have others; for how long is theirs to say, unless that is long. */
export function backOff({ isReplica, members }: ResidentUnit, ms: number): void {
  if (isReplica || ms < shortBackOffMs) return;
  for (const { calls, error, entry } of members) calls.fail(backOffError(entry.spec.model_name, ms, error));
}
