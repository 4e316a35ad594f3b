import type { Digest } from "../canonical-json.ts";
import type { ModelsUsedEntry } from "../resolved-model.ts";
import type { TaskName, TaskOutput } from "../tasks/vocabulary.ts";

/** What every question gets back, with the proof of what gave it. Keys are those of the JSON body. */
export interface Answer<Name extends TaskName = TaskName> {
  readonly model: string;
  readonly task: Name;
  readonly output: TaskOutput<Name>;
  readonly models_used: readonly ModelsUsedEntry[];
  readonly model_signature: Digest;
  readonly timing_ms: Timing;
}

/** Milliseconds. `total` is from question to answer; `load` is 0 when the model was warm. */
export interface Timing {
  readonly load: number;
  readonly queue: number;
  readonly run: number;
  readonly total: number;
}
