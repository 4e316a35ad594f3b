import type { Digest } from "../contract/canonical-json.ts";
import type { ModelsUsedEntry } from "../contract/resolved-model.ts";
import type { TaskValue } from "../tasks/task.ts";
import type { AskedTask, TaskNameOf, TaskOutput, TaskPart } from "../tasks/vocabulary.ts";

/** What every question gets back, with the proof of what gave it. */
export type Answer<Asked extends AskedTask = TaskValue> = SignedAnswer<TaskNameOf<Asked>, TaskOutput<Asked>>;

/** Keys are those of the JSON body. */
export interface SignedAnswer<Name extends string, Output> {
  readonly model: string;
  readonly task: Name;
  readonly output: Output;
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

/**
 * An answer on its way: a sequence of its parts, in order, each once, which ends when the answer is whole. Whoever leaves
 * the sequence early withdraws the request; whoever takes parts slowly makes the model wait.
 */
export type AnswerStream<Asked extends AskedTask = TaskValue> = AsyncIterable<TaskPart<Asked>> & {
  /** The whole. It fails with what the sequence fails with. */
  readonly answer: Promise<Answer<Asked>>;
};
