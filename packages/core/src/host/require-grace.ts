import { ModelError } from "../contract/model-error.ts";

/** @throws `input_invalid` for a grace that is no number of milliseconds */
export function requireGrace(graceMs: unknown): void {
  if (graceMs === undefined || (typeof graceMs === "number" && graceMs >= 0)) return;
  throw new ModelError("input_invalid", `graceMs is a number of milliseconds, 0 or more; it is ${String(graceMs)}.`);
}
