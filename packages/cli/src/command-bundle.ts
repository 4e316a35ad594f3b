import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { exportBundle, importBundle } from "@menagerie/bundle";
import { isAbsent, ModelError } from "@menagerie/core";
import { defaultModelsRoot, type LocalZoo, lockFileOf, readZooLock, type ZooLock } from "@menagerie/core/host";
import { type Command, Option } from "commander";
import { applicationDir, type GlobalFlags, openZoo } from "./application.ts";
import { paint, print, printJson } from "./output.ts";
import { PullDisplay, sizeWords } from "./pull-progress.ts";

interface BundleFlags extends GlobalFlags {
  readonly zoo?: string;
  readonly modelsRoot?: string;
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
  const { specFile, standing } = specFileOf(flags);
  await using zoo = await openZoo(flags, {
    ...(specFile === undefined ? {} : { specFile }),
    ...(flags.modelsRoot === undefined ? {} : { modelsRoot: resolve(flags.modelsRoot) }),
  });
  const lockFile = lockFileOf(standing);
  const all = await readZooLock(lockFile);
  const models = names.length === 0 ? all.models : names.map((name) => lockedModel(zoo, all, name, lockFile));
  if (models.length === 0)
    throw new ModelError(
      "input_invalid",
      `${lockFile} locks no model. Write it with \`zoo pull MODEL\` or \`zoo lock\`.`,
    );
  const known = new Set(models.map(({ model }) => model));
  const lock: ZooLock = { ...all, models, memory: all.memory.filter(({ model }) => known.has(model)) };
  const modelsRoot = rootOf(
    zoo,
    models.map(({ model }) => model),
    flags,
  );
  const file = resolve(flags.out ?? "");
  using meter = new Meter(
    flags,
    file,
    models.flatMap(({ artifacts }) => artifacts).reduce((sum, each) => sum + each.size_bytes, 0),
  );
  const spec = await textOf(standing);
  const exported = await exportBundle({ file, lock, spec, modelsRoot, onBytes: (bytes) => meter.add(bytes) });
  if (flags.json) return printJson({ file, models: [...known], ...exported });
  print(
    `${paint("green", "written")} ${file}: ${known.size === 1 ? "1 model" : `${known.size} models`}, ${sizeWords(exported.bytes)}, sha256 ${exported.sha256}`,
  );
  print(`On the other machine: zoo bundle import ${relative(".", file) || file}`);
}

async function unpack(archive: string, flags: BundleFlags): Promise<void> {
  const { standing } = specFileOf(flags);
  const modelsRoot = flags.modelsRoot === undefined ? defaultModelsRoot() : resolve(flags.modelsRoot);
  if (modelsRoot === undefined)
    throw new ModelError(
      "system_error",
      "The folder of models is not known. Name it with --models-root or DP_MODELS_ROOT.",
    );
  const file = resolve(archive);
  const lockFile = lockFileOf(standing);
  using meter = new Meter(flags, file, undefined);
  const imported = await importBundle({
    ...{ file, modelsRoot, lockFile, specFile: standing, isReplaced: flags.force === true },
    onBytes: (bytes) => meter.add(bytes),
  });
  if (flags.json) return printJson({ ...imported, file, models_root: modelsRoot, lock: lockFile });
  const { models, written, files, spec } = imported;
  print(
    `${paint("green", "imported")} ${models.map(({ model }) => model).join(", ")} into ${modelsRoot}: ${written} of ${files} files were new.`,
  );
  if (spec === "written") print(`${standing} is the bundle's.`);
  if (spec === "kept") print(`${standing} was there already and is as it was.`);
}

/** Where the zoo spec stands, or would; `specFile` is undefined where there is none. */
function specFileOf(flags: BundleFlags): { readonly specFile: string | undefined; readonly standing: string } {
  const named = flags.zoo === undefined ? undefined : resolve(flags.zoo);
  return { specFile: named, standing: named ?? resolve(applicationDir(flags.app), "zoo.yaml") };
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
function rootOf(zoo: LocalZoo, models: readonly string[], flags: BundleFlags): string {
  const roots = new Set(models.map((model) => zoo.artifactsRoot(model)));
  const [root = defaultModelsRoot() ?? resolve(flags.modelsRoot ?? "."), ...others] = roots;
  if (others.length === 0) return root;
  throw new ModelError(
    "input_invalid",
    `These models lie in ${roots.size} folders (${[...roots].join(", ")}), and a bundle is of one: export them apart.`,
  );
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
}

/** Shows how much of an archive is done. */
class Meter implements Disposable {
  readonly #display: PullDisplay;
  readonly #path: string;
  readonly #total: number | undefined;
  #done = 0;

  constructor(flags: GlobalFlags, path: string, total: number | undefined) {
    this.#display = new PullDisplay(flags.json !== true && process.stderr.isTTY === true);
    this.#path = path;
    this.#total = total;
  }

  add(bytes: number): void {
    this.#done += bytes;
    const sizeBytes = this.#total ?? this.#done;
    this.#display.show({ model: "", path: this.#path, sizeBytes, receivedBytes: this.#done, state: "fetching" });
  }

  [Symbol.dispose](): void {
    this.#display[Symbol.dispose]();
  }
}
