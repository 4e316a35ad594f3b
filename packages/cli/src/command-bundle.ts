import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { exportBundle, importBundle } from "@menagerie/bundle";
import { isAbsent, ModelError, systemError } from "@menagerie/core";
import { shellCommand } from "@menagerie/core/adopt";
import { defaultModelsRoot, type LocalZoo, readZooLock, readZooSpec, type ZooLock } from "@menagerie/core/host";
import { type Command, Option } from "commander";
import { applicationDir, openZoo } from "./application.ts";
import { BytesProgress } from "./bytes-progress.ts";
import { paint, print, printJson } from "./output.ts";
import { sizeWords } from "./pull-progress.ts";
import { type ZooFlags, zooOf } from "./zoo-flag.ts";

interface BundleFlags extends ZooFlags {
  readonly out?: string;
  readonly force?: boolean;
}

export function addBundleCommand(program: Command): void {
  const bundle = program
    .command("bundle")
    .summary("carry models to a machine without network")
    .description("Packs models with their lock into one file, and brings such a file's models into another folder.")
    .addHelpText("after", "\nExamples:\n  zoo bundle export --out models.tar\n  zoo bundle import models.tar");
  const zooOption = (): Option =>
    new Option("--zoo <file>", "zoo spec whose lock is meant (default: ./zoo.yaml where there is one)");
  bundle
    .command("export")
    .summary("pack models and their lock into one file")
    .description(
      "Packs models with their lock, and the zoo spec where there is one, into a tar archive. Each file is compared with the lock as it is read; the same models make the same archive.",
    )
    .argument("[models...]", "models to pack (default: all that the lock has)")
    .requiredOption("--out <file>", "the archive to write")
    .addOption(zooOption())
    .option("--models-root <dir>", "folder of the artifacts")
    .addHelpText(
      "after",
      "\nExamples:\n  zoo bundle export --out models.tar\n  zoo bundle export clip-vit-b32 --out clip.tar",
    )
    .action(async (models: string[], _flags: unknown, self: Command) => pack(models, self.optsWithGlobals()));
  bundle
    .command("import")
    .summary("bring a bundle's models into the folder of models")
    .description(
      "Reads a bundle whole and compares every file with its lock before any is written; then writes the files, and into zoo.lock what they are. The bundle's zoo spec is written where there is none yet.",
    )
    .argument("<file>", "the archive")
    .addOption(zooOption())
    .option("--models-root <dir>", "folder of the artifacts")
    .option("--force", "replace files and locked models that differ")
    .addHelpText(
      "after",
      "\nExamples:\n  zoo bundle import models.tar\n  zoo bundle import models.tar --models-root /srv/models",
    )
    .action(async (file: string, _flags: unknown, self: Command) => unpack(file, self.optsWithGlobals()));
}

async function pack(names: readonly string[], flags: BundleFlags): Promise<void> {
  const { options, lockFile } = zooOf(flags);
  await using zoo = await openZoo(flags, options);
  const all = await readZooLock(lockFile);
  const models = names.length === 0 ? all.models : names.map((name) => lockedModel(zoo, all, name, lockFile));
  if (models.length === 0)
    throw new ModelError(
      "input_invalid",
      `${lockFile} locks no model. Write it with \`zoo pull MODEL\` or \`zoo lock\`.`,
    );
  const known = models.map(({ model }) => model);
  const lock: ZooLock = { ...all, models, memory: all.memory.filter(({ model }) => known.includes(model)) };
  const file = resolve(flags.out ?? "");
  const total = models.flatMap(({ artifacts }) => artifacts).reduce((sum, { size_bytes }) => sum + size_bytes, 0);
  using progress = new BytesProgress("packing", total, flags.json !== true);
  const exported = await exportBundle({
    ...{ file, lock, modelsRoot: rootOf(zoo, known) },
    spec: await textOf(specFileOf(flags)),
    onBytes: (bytes) => progress.add(bytes),
  });
  if (flags.json) return printJson({ file, models: known, ...exported });
  print(
    `${paint("green", "written")} ${file}: ${known.join(", ")}; ${sizeWords(exported.bytes)}, sha256 ${exported.sha256}`,
  );
  print(`On the other machine: ${shellCommand("zoo", "bundle", "import", basename(file))}`);
}

async function unpack(archive: string, flags: BundleFlags): Promise<void> {
  const { lockFile } = zooOf(flags);
  const specFile = specFileOf(flags);
  const file = resolve(archive);
  const { size } = await stat(file).catch((error: unknown) => {
    throw systemError(`The bundle ${file} cannot be read`, error, { code: "input_invalid" });
  });
  using progress = new BytesProgress("checking", size, flags.json !== true);
  const imported = await importBundle({
    ...{ file, lockFile, specFile, isReplaced: flags.force === true },
    modelsRoot: await importRoot(specFile, flags),
    onBytes: (bytes) => progress.add(bytes),
  });
  progress[Symbol.dispose]();
  const { models, written, files, spec, modelsRoot } = imported;
  if (flags.json) return printJson({ models, written, files, spec, models_root: modelsRoot, file, lock: lockFile });
  const names = models.map(({ model }) => model).join(", ");
  print(`${paint("green", "imported")} ${names} into ${modelsRoot}: ${written} of ${files} files were new.`);
  if (spec === "written")
    print(`${specFile} is the bundle's. If it names a models_root, that must lead to ${modelsRoot}.`);
  if (spec === "kept") print(`${specFile} was there already, and is as it was.`);
}

/** Where the zoo spec stands, or would. */
function specFileOf(flags: BundleFlags): string {
  return flags.zoo === undefined ? resolve(applicationDir(flags.app), "zoo.yaml") : resolve(flags.zoo);
}

/** The folder of models that this zoo has. */
async function importRoot(specFile: string, flags: BundleFlags): Promise<string> {
  if (flags.modelsRoot !== undefined) return resolve(flags.modelsRoot);
  const own = existsSync(specFile) ? (await readZooSpec(specFile)).models_root : undefined;
  const root = own === undefined ? defaultModelsRoot() : resolve(dirname(specFile), own);
  if (root !== undefined) return root;
  throw new ModelError(
    "system_error",
    "The folder of models is not known. Name it with --models-root or DP_MODELS_ROOT.",
  );
}

function lockedModel(zoo: LocalZoo, lock: ZooLock, name: string, file: string): ZooLock["models"][number] {
  const model = zoo.find(name).model_name;
  const locked = lock.models.find((each) => each.model === model);
  if (locked !== undefined) return locked;
  throw new ModelError(
    "input_invalid",
    `${file} does not lock ${model}. Write it with \`zoo pull ${model}\` or \`zoo lock ${model}\`.`,
    {
      model,
      details: { file },
    },
  );
}

/** @throws `input_invalid` for models that lie in folders of their own, which no other machine has */
function rootOf(zoo: LocalZoo, models: readonly string[]): string {
  const roots = [...new Set(models.map((model) => zoo.artifactsRoot(model)))];
  const [root] = roots;
  if (root !== undefined && roots.length === 1) return root;
  throw new ModelError(
    "input_invalid",
    `These models lie in ${roots.length} folders (${roots.join(", ")}), and a bundle is of one: export them apart.`,
  );
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
}
