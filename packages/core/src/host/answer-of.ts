import { type AskedTask, nameOfTask, type TaskNameOf, type TaskOutput } from "../tasks/vocabulary.ts";
import type { Answer } from "../zoo/answer.ts";
import type { ManagedResult } from "./manager/managed-result.ts";

/** The answer to a question, signed with what the runner that gave it had loaded. @param totalMs from question to answer */
export function answerOf<Asked extends AskedTask>(task: Asked, result: ManagedResult, totalMs: number): Answer<Asked> {
  const { modelsUsedEntry, modelSignature } = result.model.resolved;
  return {
    model: modelsUsedEntry.model_name,
    task: nameOfTask(task) as TaskNameOf<Asked>,
    output: result.output as TaskOutput<Asked>,
    models_used: [modelsUsedEntry],
    model_signature: modelSignature,
    timing_ms: {
      load: round(result.loadMs),
      queue: round(Math.max(0, result.queueMs - result.loadMs)),
      run: round(result.runMs),
      total: round(totalMs),
    },
  };
}

/** Microseconds are as fine as the clock is worth. */
function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
