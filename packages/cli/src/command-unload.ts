import type { ServedZoo } from "@menagerie/client";
import type { UnloadAllOptions } from "@menagerie/core";
import { type Command, InvalidArgumentError } from "commander";
import { type RemoteFlags, remote } from "./command-remote.ts";
import { numberFlag } from "./number-flag.ts";
import { megabytes, paint, print, printJson } from "./output.ts";
import { servedZoo } from "./served-zoo.ts";

interface UnloadFlags extends RemoteFlags {
  readonly all?: boolean;
  readonly plugin?: string;
  readonly over?: number;
  readonly idle?: number;
  readonly count?: number;
}

const NOTHING_MEANT = "name the models to unload, or give --all, --plugin, --over, --idle or --count";
const ALL_AND_MORE = "--all unloads every model: leave it out, or name no model and give no other choice beside it";

export function addUnloadCommand(program: Command): void {
  remote(
    program
      .command("unload")
      .summary("unload models of a running zoo")
      .description(
        "Unloads models of a running zoo; ends when their memory is back. Models that are named, by plugin or --all too, leave once they are not in use; those that are chosen by --over, --idle or --count are idle ones, the least urgent and least recently used first, and no kept ones.",
      )
      .argument("[models...]", "names or roles of the models")
      .option("--all", "every model that is loaded")
      .option("--plugin <name>", "every model of that plugin")
      .option("--over <share>", "idle models until no more than this of the memory is reserved, like 80%", share)
      .option("--idle <time>", "models not used for so long, like 90s, 10m or 1h", duration)
      .option("--count <n>", "at most so many idle models", numberFlag({ least: 0, isWhole: true }))
      .addHelpText(
        "after",
        "\nExamples:\n  zoo unload clip-vit-l\n  zoo unload --plugin @menagerie/plugin-clip\n  zoo unload --over 80%\n  zoo unload --idle 10m --count 2",
      ),
  ).action(async (models: string[], _flags: unknown, self: Command) => {
    const flags = self.optsWithGlobals<UnloadFlags>();
    const { all, plugin, over, idle, count } = flags;
    const isSelected = models.length > 0 || [plugin, over, idle, count].some((flag) => flag !== undefined);
    if ((all === true) === isSelected) self.error(`error: ${all ? ALL_AND_MORE : NOTHING_MEANT}`, { exitCode: 2 });
    await unload({ ...(models.length > 0 ? { models } : {}), plugin, over, idleMs: idle, count }, flags);
  });
}

/** @param text like 80% or 0.8 */
export function share(text: string): number {
  const [, number, percent] = /^(\d+(?:\.\d*)?|\.\d+)(%)?$/.exec(text) ?? [];
  const value = Number(number) / (percent === undefined ? 1 : 100);
  if (value <= 1) return value;
  throw new InvalidArgumentError("It must be a share like 80% or 0.8.");
}

/** @param text seconds, or a number with s, m or h @returns milliseconds */
function duration(text: string): number {
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)([smh])?$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError("It must be a time like 90s, 10m or 1h.");
  return Number(number) * { s: 1000, m: 60_000, h: 3_600_000 }[unit as "s" | "m" | "h"];
}

async function unload(selection: UnloadAllOptions, flags: UnloadFlags): Promise<void> {
  await using zoo = servedZoo(flags.url, flags);
  const [only] = selection.models ?? [];
  // Of one model it is also said where it was not loaded.
  if (
    only !== undefined &&
    selection.models?.length === 1 &&
    Object.values(selection).filter((said) => said !== undefined).length === 1
  ) {
    const wish = await wishedWords(zoo, only);
    await zoo.unload(only);
    if (flags.json) printJson({ model: (await zoo.find(only)).model_name, state: "cold" });
    else print(`${only} is unloaded.${wish}`);
    return;
  }
  const outcomes = await zoo.unloadAll(selection);
  for (const { model, ok, ms, freed_bytes, error } of outcomes) {
    if (error !== undefined) process.exitCode = 1;
    if (flags.json)
      printJson({
        model,
        ok,
        ms: Math.round(ms),
        freed_bytes,
        ...(error === undefined ? {} : { error: error.toJSON() }),
      });
    else if (error === undefined) print(`${model} is unloaded: ${megabytes(freed_bytes)} are free again.`);
    else print(`${model} ${paint("red", error.code)}: ${error.message}`);
  }
  if (outcomes.length === 0 && !flags.json) print("No loaded model is meant: nothing was unloaded.");
}

/** That it is wanted there, where it was kept. */
async function wishedWords(zoo: ServedZoo, name: string): Promise<string> {
  const { model_name: model } = await zoo.find(name);
  const status = (await zoo.status()).models.find((each) => each.model === model);
  if (status?.keep_warm !== true) return "";
  return ` It was ${status.required ? "required and " : ""}kept: the next request loads it, and so does \`zoo load ${model}\`.`;
}
