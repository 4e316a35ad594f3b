import type { TaskField, Zoo } from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import type { Command } from "commander";
import { stringify } from "yaml";
import { type GlobalFlags, openZoo } from "./application.ts";
import { paint, print, printJson, table } from "./output.ts";
import { type ServedFlags, servedZoo, tokenOption, urlOption } from "./served-zoo.ts";

export function addTasksCommand(program: Command): void {
  program
    .command("tasks")
    .summary("list what models can be asked")
    .description("Lists the tasks of core and of all plugins, with the models that answer them; or shows one as data.")
    .argument("[task]", "name of a task, whose document is shown")
    .addOption(urlOption("tasks of the zoo that is served there, and not of this application's own"))
    .addOption(tokenOption())
    .action(async (name: string | undefined, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<GlobalFlags & ServedFlags>();
      await using zoo: Zoo = flags.url === undefined ? await openZoo(flags) : servedZoo(flags.url, flags);
      const registry = await zoo.tasks;
      if (name !== undefined) {
        const { document } = registry.named(name);
        if (flags.json) printJson(document);
        else print(stringify(document, { lineWidth: 120, aliasDuplicateObjects: false }).trimEnd());
        return;
      }
      const specs = await zoo.models;
      // A served zoo reports its problems where it is served.
      const problems = "problems" in zoo ? (zoo as LocalZoo).problems : [];
      const tasks = [...registry].map((task) => ({
        name: task.name,
        summary: task.summary,
        takes: task.fields.map(taken),
        models: specs.filter((spec) => spec.tasks.includes(task.name)).map((spec) => spec.model_name),
      }));
      if (flags.json) printJson({ tasks, problems: problems.map((problem) => problem.toJSON()) });
      else {
        const rows = tasks.map(({ name: task, summary, models }) => [task, models.join(",") || "-", summary]);
        print(table(["TASK", "MODELS", "WHAT IT SAYS"], rows));
        for (const { code, message } of problems) print(`${paint("yellow", "problem")} ${code}: ${message}`);
      }
    });
}

function taken({ name, kind, list, required }: TaskField): Pick<TaskField, "name" | "kind" | "list" | "required"> {
  return { name, kind, list, required };
}
