import { ModelError } from "../../contract/model-error.ts";
import type { RunnerEnd } from "../../runner/runner.ts";

/** The error of a call whose runner is gone. */
export function crashedError(model: string, end: RunnerEnd): ModelError {
  return new ModelError("runner_crashed", `The runner of ${model} ${end.reason} while it worked on the request.`, {
    model,
    details: { reason: end.reason },
  });
}

/** The error of an input that ended its runner twice. @param refusedForMs milliseconds for which it is refused */
export function deadlyError(model: string, task: string, refusedForMs: number, cause?: ModelError): ModelError {
  const seconds = Math.ceil(refusedForMs / 1000);
  const last = cause === undefined ? "" : ` ${cause.message}`;
  return new ModelError(
    "input_kills_runner",
    `This input of ${task} ended two runners of ${model}, one after the other, alone; it is refused for ${seconds} s. ` +
      `Other inputs are answered as before.${last}`,
    {
      model,
      details: { ...cause?.details, task, refused_for_s: seconds },
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

/** The error of an answer that broke off after some of its parts had been given. */
export function partsLostError(model: string, parts: number, cause: ModelError): ModelError {
  return new ModelError(
    "runner_crashed",
    `The runner of ${model} ended after ${parts} ${parts === 1 ? "part" : "parts"} of the answer had been given: ${cause.message} Ask again for the whole.`,
    { model, details: { ...cause.details, parts }, cause },
  );
}
