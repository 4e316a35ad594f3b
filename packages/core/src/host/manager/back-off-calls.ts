import { backOffError } from "./refusal-error.ts";
import type { Resident } from "./resident.ts";

/** Milliseconds that calls wait for a model that is loaded anew; where it takes longer they are told. */
const shortBackOffMs = 3000;

/** Calls whose runner ended wait for the next one; for how long is theirs to say, unless that is long. */
export function backOff({ calls, error, entry }: Resident, ms: number): void {
  if (ms >= shortBackOffMs) calls.fail(backOffError(entry.spec.model_name, ms, error));
}
