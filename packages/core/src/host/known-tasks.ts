import { ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import type { TaskRegistry } from "../tasks/task-registry.ts";

/** @throws `model_spec_invalid` for a task that the zoo does not know, with the nearest name. @param file where the spec lies */
export function requireKnownTasks(spec: ModelSpec, tasks: TaskRegistry, file: string): void {
  const golden = spec.golden.map(({ task }) => task);
  const problems = [...tasks.problemsOf(spec.tasks, "tasks"), ...tasks.problemsOf(golden, "golden")];
  if (problems.length === 0) return;
  throw new ModelError("model_spec_invalid", `${file} is not a valid ModelSpec: ${problems.join("; ")}`, {
    model: spec.model_name,
    details: { file, problems },
  });
}
