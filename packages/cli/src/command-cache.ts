import { ModelError } from "@menagerie/core";
import { cleanForms, defaultCacheDir, engineVersions, listForms } from "@menagerie/core/host";
import type { Command } from "commander";
import { applicationDir, type GlobalFlags } from "./application.ts";
import { megabytes, print, printJson, table } from "./output.ts";

interface CleanFlags extends GlobalFlags {
  readonly all?: boolean;
}

/** Days without a load after which a form counts as unused. */
const unusedDays = 30;
const dayMs = 86_400_000;

export function addCacheCommand(program: Command): void {
  const cache = program
    .command("cache")
    .summary("list or empty the cache of prepared models")
    .description(
      "Lists or empties the folder of prepared models: MENAGERIE_CACHE, else the user's cache folder. It is only a cache.",
    )
    .addHelpText("after", "\nExamples:\n  zoo cache ls\n  zoo cache clean\n  zoo cache clean --all --json");
  cache
    .command("ls")
    .alias("list")
    .summary("list prepared models with their sizes and last use")
    .description("Lists prepared models with their sizes and last use, and what unfinished preparations have left.")
    .addHelpText("after", "\nExamples:\n  zoo cache ls\n  zoo cache ls --json")
    .action(async (_flags: unknown, self: Command) => list(self.optsWithGlobals()));
  cache
    .command("clean")
    .summary("remove what no load here would use")
    .description(
      `Removes what ended processes have left, forms of another engine version, and forms unused for ${unusedDays} days.`,
    )
    .option("--all", "remove everything; models are prepared again when they are next loaded")
    .addHelpText("after", "\nExamples:\n  zoo cache clean\n  zoo cache clean --all")
    .action(async (_flags: unknown, self: Command) => clean(self.optsWithGlobals()));
}

async function list(flags: GlobalFlags): Promise<void> {
  const listing = await usable(listForms(defaultCacheDir()));
  if (flags.json) {
    printJson(listing);
    return;
  }
  const { cache_dir, forms, leftovers, total_bytes } = listing;
  if (forms.length > 0) {
    const rows = forms.map((form) => [
      form.model,
      form.model_version,
      form.graph,
      `${form.engine} ${form.engine_version}`,
      megabytes(form.bytes),
      form.last_use.slice(0, 16).replace("T", " "),
    ]);
    print(table(["MODEL", "VERSION", "GRAPH", "ENGINE", "SIZE", "LAST USE (UTC)"], rows, ["SIZE"]));
  }
  const rest = leftovers.length === 0 ? "" : `, ${leftovers.length} unfinished or unknown`;
  print(`${cache_dir}: ${forms.length} prepared${rest}, ${megabytes(total_bytes)} in all.`);
}

async function clean(flags: CleanFlags): Promise<void> {
  const engines = await engineVersions(applicationDir(flags.app));
  const cleaned = await usable(
    cleanForms(defaultCacheDir(), { engines, unusedMs: unusedDays * dayMs, all: flags.all ?? false }),
  );
  if (flags.json) {
    printJson(cleaned);
    return;
  }
  for (const form of cleaned.removed)
    print(
      `removed ${form.model}, graph ${form.graph} (${form.engine} ${form.engine_version}), ${megabytes(form.bytes)}`,
    );
  for (const path of cleaned.removed_leftovers) print(`removed ${path}`);
  print(`${megabytes(cleaned.freed_bytes)} freed in ${cleaned.cache_dir}.`);
}

/** @throws `input_invalid` for a folder that cannot be read or written */
async function usable<T>(work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw new ModelError(
      "input_invalid",
      `The cache folder ${defaultCacheDir()} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}. ` +
        "Check its permissions, or name another with MENAGERIE_CACHE.",
      { cause },
    );
  });
}
