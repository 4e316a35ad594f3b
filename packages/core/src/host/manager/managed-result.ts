import type { CallResult } from "../calls/model-calls-options.ts";
import type { LoadedModel } from "./resident.ts";

/** An answer, and the model that gave it. */
export interface ManagedResult extends CallResult {
  readonly model: LoadedModel;
  /** Milliseconds until the model was there. */
  readonly loadMs: number;
}
