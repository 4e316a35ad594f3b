import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ModelError, toModelError, withDetails } from "../contract/model-error.ts";
import { systemError } from "../contract/system-error.ts";
import type { Task } from "../tasks/task.ts";
import { type TaskDocument, taskDocument } from "../tasks/task-document.ts";
import { TaskRegistry } from "../tasks/task-registry.ts";
import type { PluginPackage } from "./discovery.ts";
import type { GivenPlugin } from "./given-plugins.ts";
import { readYaml } from "./read-yaml.ts";

/**
 * Core's tasks and those of these plugins; a document that cannot be read is a problem, not a failure.
 * @param given plugins that the application itself gave. @throws what is wrong with those
 */
export async function pluginTasks(
  plugins: readonly PluginPackage[],
  given: readonly GivenPlugin[] = [],
): Promise<{ tasks: TaskRegistry; problems: ModelError[] }> {
  const tasks = new TaskRegistry();
  const problems: ModelError[] = [];
  for (const { plugin } of given)
    for (const task of plugin.inCode.tasks ?? []) tasks.add(documentOf(task), `the plugin ${plugin.name}`);
  for (const plugin of plugins) problems.push(...(await addPluginTasks(tasks, plugin)));
  return { tasks, problems };
}

/** Takes the tasks of a plugin in. @returns what is wrong with those that cannot be taken */
export async function addPluginTasks(tasks: TaskRegistry, plugin: PluginPackage): Promise<ModelError[]> {
  const problems: ModelError[] = [];
  for (const file of await documents(plugin, problems)) {
    try {
      tasks.add(await readYaml(file, "plugin_invalid"), file);
    } catch (error) {
      const task = await declaredName(file);
      const details = { plugin: plugin.name, file, ...(task === undefined ? {} : { task }) };
      problems.push(withDetails(toModelError(error, "plugin_invalid"), details));
    }
  }
  for (const problem of problems) tasks.noteUnread(problem);
  return problems;
}

/** The name that a file gives its task, which may be all that can be read of it. */
async function declaredName(file: string): Promise<string | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  return /^[\s{]*["']?name["']?\s*:\s*["']?([\w.-]+)/m.exec(text)?.[1];
}

/** A task that is written in zod has checks where a document has schemas. */
function documentOf(task: TaskDocument | Task): TaskDocument {
  return "safeParse" in task.input ? taskDocument(task as Task) : (task as TaskDocument);
}

async function documents({ name, dir, manifest }: PluginPackage, problems: ModelError[]): Promise<string[]> {
  if (manifest.tasks === undefined) return [];
  const folder = join(dir, manifest.tasks);
  try {
    const files = await readdir(folder);
    return files
      .filter((file) => /\.(ya?ml|json)$/.test(file))
      .sort()
      .map((file) => join(folder, file));
  } catch (cause) {
    problems.push(
      systemError(`${name} says that its tasks are in ${folder}, which cannot be read`, cause, {
        code: "plugin_invalid",
        details: { plugin: name, folder },
      }),
    );
    return [];
  }
}
