import type { TaskField } from "@menagerie/core";
import type { Command } from "commander";
import { stringify } from "yaml";
import { type GlobalFlags, openZoo } from "./application.ts";
import { paint, print, printJson, table } from "./output.ts";

export function addTasksCommand(program: Command): void {
  program
    .command("tasks")
    .summary("list what models can be asked")
    .description("Lists the tasks of core and of all plugins, with the models that answer them; or shows one as data.")
    .argument("[task]", "name of a task, whose document is shown")
    .action(async (name: string | undefined, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<GlobalFlags>();
      await using zoo = await openZoo(flags);
      if (name !== undefined) {
        const { document } = zoo.tasks.named(name);
        if (flags.json) printJson(document);
        else print(stringify(document, { lineWidth: 120, aliasDuplicateObjects: false }).trimEnd());
        return;
      }
      const tasks = [...zoo.tasks].map((task) => ({
        name: task.name,
        summary: task.summary,
        takes: task.fields.map(taken),
        models: zoo.models.filter((spec) => spec.tasks.includes(task.name)).map((spec) => spec.model_name),
      }));
      if (flags.json) printJson({ tasks, problems: zoo.problems.map((problem) => problem.toJSON()) });
      else {
        const rows = tasks.map(({ name: task, summary, models }) => [task, models.join(",") || "-", summary]);
        print(table(["TASK", "MODELS", "WHAT IT SAYS"], rows));
        for (const { code, message } of zoo.problems) print(`${paint("yellow", "problem")} ${code}: ${message}`);
      }
    });
}

function taken({ name, kind, list, required }: TaskField): Pick<TaskField, "name" | "kind" | "list" | "required"> {
  return { name, kind, list, required };
}
