import { resolve } from "node:path";
import { answerJson } from "@menagerie/core";
import { mlBom, type ZooManifest, zooManifest } from "@menagerie/core/host";
import { type Command, Option } from "commander";
import { openZoo } from "./application.ts";
import { print } from "./output.ts";
import { showProgress } from "./progress.ts";
import { writeOutput } from "./write-output.ts";
import { type ZooFlags, zooOf } from "./zoo-flag.ts";

export const manifestFormats = ["json", "cyclonedx"] as const;
type ManifestFormat = (typeof manifestFormats)[number];

interface ManifestFlags extends ZooFlags {
  readonly format: ManifestFormat;
  readonly output?: string;
  readonly load?: boolean;
  readonly frozen?: boolean;
}

export function addManifestCommand(program: Command): void {
  program
    .command("manifest")
    .summary("write down which bytes each model and role means")
    .description(
      [
        "Writes what the zoo means by its models before a run: by role and by name the version, digests, precision, device, licence, origin",
        "and packages. Loads nothing; with --load each model is loaded for the signature that its answers carry.",
      ].join(" "),
    )
    .argument("[models...]", "names or roles of the models (default: all)")
    .addOption(
      new Option("--format <format>", "the zoo's own JSON, or a CycloneDX 1.6 ML-BOM")
        .choices(manifestFormats)
        .default("json"),
    )
    .option("-o, --output <file>", "file to write (default: standard output)")
    .option("--load", "load each model, for its model_signature")
    .option("--frozen", "refuse what is outside of zoo.lock (as MENAGERIE_FROZEN=1 does)")
    .option("--zoo <file>", "zoo spec (default: ./zoo.yaml where there is one)")
    .option("--models-root <dir>", "folder of the artifacts")
    .addHelpText(
      "after",
      [
        "\nExamples:",
        "  zoo manifest -o manifest.json",
        "  zoo manifest clip-vit-b32 --load",
        "  zoo manifest --format cyclonedx -o bom.json",
        "  zoo run clip-vit-b32 photo.jpg --manifest used.json       what gave the answers of a run",
      ].join("\n"),
    )
    .action(async (models: string[], _flags: unknown, self: Command) => manifest(models, self.optsWithGlobals()));
}

async function manifest(named: readonly string[], flags: ManifestFlags): Promise<void> {
  const { format, output, load = false, frozen } = flags;
  const { options } = zooOf(flags);
  await using zoo = await openZoo(flags, { ...options, ...(frozen === undefined ? {} : { frozen }) });
  const stop = showProgress(zoo, load);
  const found = await zooManifest(zoo, { load, ...(named.length === 0 ? {} : { models: named }) }).finally(stop);
  const text = manifestText(found, format);
  if (output === undefined) print(text);
  else await writeOutput("The manifest", resolve(output), `${text}\n`);
}

export function manifestText(manifest: ZooManifest, format: ManifestFormat): string {
  return JSON.stringify(JSON.parse(answerJson(format === "json" ? manifest : mlBom(manifest))), undefined, 2);
}
