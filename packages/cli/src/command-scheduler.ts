import { readFile } from "node:fs/promises";
import { type Device, ModelError, systemError, toModelError } from "@menagerie/core";
import {
  explain,
  type JournalRecord,
  journalText,
  parseJournal,
  perfettoTrace,
  replay,
  type Tally,
  tallyOf,
  whatIf,
} from "@menagerie/core/scheduler";
import type { Command } from "commander";
import type { GlobalFlags } from "./application.ts";
import { type Budgets, parseBudgets } from "./budget-flag.ts";
import { type RemoteFlags, remote } from "./command-remote.ts";
import { megabytes, print, printJson, table } from "./output.ts";
import { servedZoo } from "./served-zoo.ts";
import { writeOutput } from "./write-output.ts";

/** What the scheduler did, and would have done: all by the function that runs in a zoo. */
export function addSchedulerCommands(program: Command): void {
  remote(
    program
      .command("explain")
      .summary("say why a model of a running zoo is not loaded")
      .description("Says why a model of a running zoo is as it is, who evicted it, and what would have to happen.")
      .argument("<model>", "name or role of the model; with --journal its name")
      .option("--journal <file>", "read this journal instead of asking a running zoo"),
  ).action(async (model: string, _flags: unknown, self: Command) => explained(model, self.optsWithGlobals()));
  remote(
    program
      .command("journal")
      .summary("write down what a running zoo decided")
      .description("Writes the last events and decisions of a running zoo, for `zoo replay`, or as a Perfetto trace.")
      .option("--out <file>", "file to write (default: standard output)")
      .option("--perfetto", "as a trace for ui.perfetto.dev"),
  ).action(async (_flags: unknown, self: Command) => journal(self.optsWithGlobals()));
  program
    .command("replay")
    .summary("play a journal again, under another budget if you like")
    .description("Plays a journal again, and tells what another budget would have changed.")
    .argument("<journal>", "file written by zoo journal")
    .option("--budget <list>", "memory by device, like cpu=4GB,cuda:0=24GB", parseBudgets)
    .addHelpText("after", "\nExamples:\n  zoo journal --out day.ndjson\n  zoo replay day.ndjson --budget 4GB")
    .action(async (file: string, _flags: unknown, self: Command) => replayed(file, self.optsWithGlobals()));
}

interface BudgetFlags extends GlobalFlags {
  readonly budget?: Budgets;
}

async function explained(asked: string, flags: RemoteFlags & { readonly journal?: string }): Promise<void> {
  const model = flags.journal === undefined ? await nameOf(asked, flags) : asked;
  const record = flags.journal === undefined ? await fetched(flags) : await read(flags.journal);
  const told = record === undefined ? undefined : explain(replay(record).state, model, record);
  if (flags.json) {
    printJson(told ?? { unit: model, phase: "cold", reason: "it has not been asked for" });
    return;
  }
  if (told === undefined) {
    print(
      `${model} has not been asked for, so that nothing was decided about it. \`zoo plan ${model}\` says whether it fits.`,
    );
    return;
  }
  const shared = told.unit === model ? "" : `${model} shares a runner as ${told.unit}. `;
  print(`${shared}${told.unit} is ${told.phase}: ${told.reason}.`);
  if (told.left !== undefined) print(`It last left because ${told.left.reason}, which freed ${told.left.freed}.`);
  if (told.remedy !== undefined) print(`What would have to happen: ${told.remedy}.`);
}

/** The name of a model of the running zoo. @throws `model_not_found` for a name or role that it does not know */
async function nameOf(asked: string, flags: RemoteFlags): Promise<string> {
  await using zoo = servedZoo(flags.url, flags);
  return (await zoo.find(asked)).model_name;
}

async function journal(flags: RemoteFlags & { readonly out?: string; readonly perfetto?: boolean }): Promise<void> {
  const record = await fetched(flags);
  if (record === undefined) throw new ModelError("input_invalid", "Nothing has happened in this zoo yet.");
  const text = flags.perfetto ? `${JSON.stringify(perfettoTrace(record))}\n` : journalText(record);
  if (flags.out === undefined) process.stdout.write(text);
  else await writeOutput("The journal", flags.out, text);
}

async function replayed(file: string, flags: BudgetFlags): Promise<void> {
  const record = await read(file);
  const { differs } = replay(record);
  const was = tallyOf(record);
  const would =
    flags.budget === undefined ? undefined : whatIf(record, flags.budget as Partial<Record<Device, number>>);
  if (flags.json) {
    printJson({ events: record.entries.length, differs, was, would });
    return;
  }
  print(
    `${record.entries.length} events, ${differs === undefined ? "the same decisions again" : `other decisions from event ${differs + 1} on`}.`,
  );
  const rows = [tallyRow("as it was", was), ...(would === undefined ? [] : [tallyRow("with that budget", would)])];
  print(
    table(["", "REQUESTS", "REFUSED", "LOADS", "MOVED", "P50", "P99"], rows, [
      "REQUESTS",
      "REFUSED",
      "LOADS",
      "MOVED",
      "P50",
      "P99",
    ]),
  );
}

function tallyRow(name: string, { requests, refused, loads, bytes, p50, p99 }: Tally): readonly string[] {
  const waits = [p50, p99].map((ms) => `${Math.round(ms)} ms`);
  return [name, String(requests), String(refused), String(loads), megabytes(bytes), ...waits];
}

async function fetched(flags: RemoteFlags): Promise<JournalRecord | undefined> {
  await using zoo = servedZoo(flags.url, flags);
  const text = await zoo.journal();
  return text === "" ? undefined : parseJournal(text);
}

async function read(file: string): Promise<JournalRecord> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw systemError(`The journal ${file} cannot be read`, cause, { code: "input_invalid" });
  });
  try {
    return parseJournal(text);
  } catch (cause) {
    const { code, message } = toModelError(cause);
    throw new ModelError(code, `${file}: ${message}`, {
      cause,
    });
  }
}
