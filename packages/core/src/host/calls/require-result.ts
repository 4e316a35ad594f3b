import { ModelError } from "../../contract/model-error.ts";
import type { RunResult } from "../../runner/runner.ts";

/** A pool of an application may give anything. */
export function requireResult(result: RunResult, model: string): RunResult {
  if (typeof result === "object" && result !== null && "output" in result) return result;
  throw new ModelError(
    "internal",
    `The pool of runners gave no answer for ${model}: \`run\` must give { output, runMs }.`,
    {
      model,
    },
  );
}
