import { ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import type { TaskRegistry } from "../tasks/task-registry.ts";

/**
 * @param file where the spec lies. @param plugin whose tasks the model answers, most likely
 * @throws `model_spec_invalid` for a task that the zoo does not know, with the nearest name; what is wrong with the task's
 * own document where that is why
 */
export function requireKnownTasks(spec: ModelSpec, tasks: TaskRegistry, file: string, plugin: string): void {
  const golden = spec.golden.map(({ task }) => task);
  for (const name of new Set([...spec.tasks, ...golden])) {
    const unread = tasks.unreadOf(name, plugin);
    if (unread === undefined) continue;
    const what = unread.details.task === name ? "which cannot be read" : `and a task of ${plugin} cannot be read`;
    throw new ModelError(unread.code, `${spec.model_name} answers ${name}, ${what}: ${unread.message}`, {
      model: spec.model_name,
      details: { ...unread.details, spec: file },
      cause: unread,
    });
  }
  const problems = [...tasks.problemsOf(spec.tasks, "tasks"), ...tasks.problemsOf(golden, "golden")];
  if (problems.length === 0) return;
  throw new ModelError("model_spec_invalid", `${file} is not a valid ModelSpec: ${problems.join("; ")}`, {
    model: spec.model_name,
    details: { file, problems },
  });
}
