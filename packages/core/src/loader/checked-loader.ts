import type { RegisteredTask } from "../tasks/registered-task.ts";
import { parseTaskInput, TaskRegistry } from "../tasks/task-registry.ts";
import { type AskedTask, nameOfTask } from "../tasks/vocabulary.ts";
import type { ModelLoader } from "./model-loader-base.ts";

/**
 * A loader for callers who have no zoo: what the task's schema refuses is refused here as a zoo refuses it. The defaults are the loader's
 * own: nothing is filled in.
 */
export function checkedLoader(loader: ModelLoader): ModelLoader {
  return {
    modelName: loader.modelName,
    vramMb: loader.vramMb,
    taskNames: loader.taskNames,
    load: (device) => loader.load(device),
    unload: () => loader.unload(),
    run: async (asked, input, call) => {
      requireInput(asked, input);
      return loader.run(asked, input, call);
    },
  };
}

/** @throws `input_invalid` naming each field that is wrong */
function requireInput(asked: AskedTask, input: unknown): void {
  const known = new TaskRegistry();
  const name = nameOfTask(asked);
  // A task of a package's own carries its schema where it was written in zod.
  if (known.has(name)) parseTaskInput(known.named(name), input);
  else if (typeof asked === "object" && "input" in asked) parseTaskInput(asked as RegisteredTask, input);
}
