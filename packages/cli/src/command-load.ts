import type { LoadOutcome, LoadProgress } from "@menagerie/core";
import type { Command } from "commander";
import { type RemoteFlags, remote } from "./command-remote.ts";
import { numberFlag } from "./number-flag.ts";
import { paint, print, printJson } from "./output.ts";
import { servedZoo } from "./served-zoo.ts";

interface LoadFlags extends RemoteFlags {
  readonly all?: boolean;
  readonly workers?: number;
}

export function addLoadCommand(program: Command): void {
  remote(
    program
      .command("load")
      .summary("load models of a running zoo")
      .description(
        "Loads models in a running zoo and keeps them. One that fails harms no other; then the command ends with 1.",
      )
      .argument("[models...]", "names or roles of the models")
      .option("--all", "every model of the zoo, in order of startup")
      .option("--workers <n>", "loads asked for at the same time (default: as the zoo has it)", wholeNumber)
      .addHelpText(
        "after",
        "\nExamples:\n  zoo load clip-vit-l\n  zoo load clip-vit-l yolo-world-s\n  zoo load --all --workers 2",
      ),
  ).action(async (models: string[], _flags: unknown, self: Command) => {
    const flags = self.optsWithGlobals<LoadFlags>();
    if ((flags.all === true) === models.length > 0)
      self.error(
        `error: ${flags.all ? "--all loads every model: name none beside it" : "name the models to load, or give --all"}`,
        { exitCode: 2 },
      );
    const [model] = models;
    if (model !== undefined && models.length === 1) await loadOne(model, flags);
    else await loadSeveral(flags.all === true ? undefined : models, flags);
  });
}

const wholeNumber = numberFlag({ least: 1, isWhole: true });

async function loadOne(model: string, flags: LoadFlags): Promise<void> {
  await using zoo = servedZoo(flags.url, flags);
  const { modelsUsedEntry: used, modelSignature } = await zoo.load(model);
  if (flags.json) printJson({ model: used.model_name, models_used: [used], model_signature: modelSignature });
  else print(`${model} is loaded and stays until it is unloaded.`);
}

async function loadSeveral(models: readonly string[] | undefined, flags: LoadFlags): Promise<void> {
  await using zoo = servedZoo(flags.url, flags);
  const onProgress = ({ outcome, models: all }: LoadProgress): void => {
    if (outcome !== undefined) show(outcome, Math.max(...all.map(({ length }) => length)), flags.json === true);
  };
  const outcomes = await zoo.loadAll({ models, maxWorkers: flags.workers, onProgress });
  const loaded = outcomes.filter(({ ok }) => ok).length;
  if (!flags.json) print(`${loaded} of ${outcomes.length} loaded; they stay until they are unloaded.`);
  if (loaded < outcomes.length) process.exitCode = 1;
}

function show({ model, ms, error }: LoadOutcome, width: number, isJson: boolean): void {
  if (isJson) {
    printJson({
      model,
      ok: error === undefined,
      ms: Math.round(ms),
      ...(error === undefined ? {} : { error: error.toJSON() }),
    });
    return;
  }
  const what =
    error === undefined ? `ready in ${(ms / 1000).toFixed(1)} s` : `${paint("red", error.code)}: ${error.message}`;
  print(`${model.padEnd(width)}  ${what}`);
}
