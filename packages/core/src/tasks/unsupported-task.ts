import { ModelError } from "../contract/model-error.ts";

/** For a task that a model does not answer. @param supported names of those that it does */
export function unsupportedTask(model: string, task: string, supported: readonly string[]): ModelError {
  const answers =
    supported.length === 0 ? "It answers no task: it is used through a lease" : `It answers: ${supported.join(", ")}`;
  return new ModelError("task_unsupported", `${model} does not answer ${task}. ${answers}.`, {
    model,
    details: { task, supported },
  });
}
