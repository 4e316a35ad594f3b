import { ModelError } from "../../contract/model-error.ts";
import type { Resident } from "./resident.ts";

/** Milliseconds that calls wait for a model that is loaded anew; where it takes longer they are told. */
const shortBackOffMs = 3000;

/** Calls whose runner ended wait for the next one; for how long is theirs to say, unless that is long. */
export function backOff({ calls, error, entry }: Resident, ms: number): void {
  if (ms < shortBackOffMs) return;
  const model = entry.spec.model_name;
  const when = Number.isFinite(ms) ? `loaded anew in ${(ms / 1000).toFixed(1)} s` : "not loaded anew by itself";
  const message = `${model} ended under the request, again and again; it is ${when}.`;
  const details = Number.isFinite(ms) ? { retry_after_ms: Math.round(ms) } : {};
  calls.fail(new ModelError("runner_crashed", message, { model, details, cause: error }));
}
