import { resolve } from "node:path";
import { ModelError } from "@menagerie/core";
import { changeZooLock, defaultModelsRoot, type LocalZoo, lockFileOf, readZooLock } from "@menagerie/core/host";
import {
  prunable,
  prune,
  removeName,
  removeUnnamed,
  Store,
  type StoreContents,
  type StoredFile,
  storeContents,
  usersOf,
} from "@menagerie/pull";
import type { Command } from "commander";
import { applicationDir, type GlobalFlags, openZoo } from "./application.ts";
import { paint, print, printJson, table } from "./output.ts";
import { sizeWords } from "./pull-progress.ts";

interface StoreFlags extends GlobalFlags {
  readonly zoo?: string;
  readonly modelsRoot?: string;
  readonly dryRun?: boolean;
}

export function addStoreCommands(program: Command): void {
  stored(
    program
      .command("rm")
      .summary("remove the files of models that were pulled")
      .description(
        "Removes the files that `zoo pull` has brought for models, and what the lock has of them. Files that another locked model shares stay, and so do files that somebody put there by hand.",
      )
      .argument("<models...>", "names or roles of the models")
      .option("--dry-run", "say what would be removed, and remove nothing")
      .addHelpText("after", "\nExamples:\n  zoo rm clip-vit-b32\n  zoo rm clip-vit-b32-fp16 --dry-run"),
  ).action(async (models: string[], _flags: unknown, self: Command) => remove(models, self.optsWithGlobals()));
  stored(
    program
      .command("prune")
      .summary("remove pulled files that nobody names")
      .description(
        "Removes pulled files that no spec of this application names and no lock of any zoo that pulls into the same folder of models, and what pulls have left that were given up a week ago. Files that somebody put there by hand stay.",
      )
      .option("--dry-run", "say what would be removed, and remove nothing")
      .addHelpText("after", "\nExamples:\n  zoo prune --dry-run\n  zoo prune"),
  ).action(async (_flags: unknown, self: Command) => pruneStore(self.optsWithGlobals()));
  stored(
    program
      .command("du")
      .summary("show what models take on disk")
      .description("Shows what the files of models take on disk, and what of the folder of models is of no model.")
      .addHelpText("after", "\nExamples:\n  zoo du\n  zoo du --models-root /srv/models --json"),
  ).action(async (_flags: unknown, self: Command) => usage(self.optsWithGlobals()));
}

function stored(command: Command): Command {
  return command
    .option("--zoo <file>", "zoo spec whose models and lock are meant (default: all models, and ./zoo.lock)")
    .option("--models-root <dir>", "folder of the artifacts");
}

interface Place {
  readonly zoo: LocalZoo;
  readonly store: Store;
  readonly lockFile: string;
}

/** @throws `system_error` where nothing says in which folder the models are */
async function openPlace(flags: StoreFlags): Promise<Place> {
  const specFile = flags.zoo === undefined ? undefined : resolve(flags.zoo);
  const zoo = await openZoo(flags, {
    ...(specFile === undefined ? {} : { specFile }),
    ...(flags.modelsRoot === undefined ? {} : { modelsRoot: resolve(flags.modelsRoot) }),
  });
  const lockFile = lockFileOf(specFile ?? resolve(applicationDir(flags.app), "zoo.yaml"));
  const plain = zoo.models.find(({ artifacts_root, local_artifacts }) => !artifacts_root && local_artifacts.length > 0);
  const root = plain === undefined ? (flags.modelsRoot ?? defaultModelsRoot()) : zoo.artifactsRoot(plain.model_name);
  if (root !== undefined) return { zoo, store: new Store(root), lockFile };
  await zoo.close();
  throw new ModelError(
    "system_error",
    "The folder of models is not known. Name it with --models-root or DP_MODELS_ROOT.",
  );
}

async function remove(names: readonly string[], flags: StoreFlags): Promise<void> {
  const { zoo, store, lockFile } = await openPlace(flags);
  await using _ = zoo;
  const specs = names.map((name) => zoo.find(name));
  const meant = new Set(specs.map(({ model_name }) => model_name));
  const others = await lockedPaths(
    await allLocks(store, lockFile),
    (model, lock) => lock === lockFile && meant.has(model),
  );
  for (const spec of specs) {
    // A spec that names a folder of its own keeps a store of its own there.
    const own = new Store(zoo.artifactsRoot(spec.model_name));
    const { files } = await storeContents(own);
    const removed: StoredFile[] = [];
    const kept: { readonly path: string; readonly why: string }[] = [];
    let freed = 0;
    for (const { path } of spec.local_artifacts) {
      const file = files.find((one) => one.names.includes(path));
      if (file === undefined) kept.push({ path, why: "no pull has brought it" });
      else if (own.root === store.root && others.has(path)) kept.push({ path, why: "another locked model has it too" });
      else {
        removed.push(file);
        if (flags.dryRun === true) continue;
        await removeName(own, path);
        freed += await removeUnnamed(own, file.sha256);
      }
    }
    if (flags.dryRun !== true && (await readZooLock(lockFile)).models.some(({ model }) => model === spec.model_name))
      await changeZooLock(lockFile, (lock) => ({
        ...lock,
        models: lock.models.filter(({ model }) => model !== spec.model_name),
      }));
    const size = removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    if (flags.json)
      printJson({
        ...{ model: spec.model_name, dry_run: flags.dryRun === true, files: removed.length },
        ...{ bytes: size, freed_bytes: freed, kept },
      });
    else {
      const verb = flags.dryRun === true ? "would be removed" : "removed";
      print(
        `${spec.model_name}: ${removed.length} files, ${sizeWords(size)} ${verb}${flags.dryRun ? "" : `; ${sizeWords(freed)} are free again`}`,
      );
      for (const { path, why } of kept) print(`  ${paint("dim", "left")} ${path}: ${why}`);
    }
  }
}

async function pruneStore(flags: StoreFlags): Promise<void> {
  const { zoo, store, lockFile } = await openPlace(flags);
  await using _ = zoo;
  const kept = new Set(await lockedPaths(await allLocks(store, lockFile)));
  for (const spec of zoo.models)
    if (zoo.artifactsRoot(spec.model_name) === store.root) for (const { path } of spec.local_artifacts) kept.add(path);
  const contents = await storeContents(store);
  const found = prunable(contents, kept);
  if (flags.dryRun !== true) await prune(store, found);
  if (flags.json) {
    const { freedBytes, ...removed } = found;
    printJson({ ...removed, freed_bytes: freedBytes, dry_run: flags.dryRun === true, models_root: store.root });
    return;
  }
  for (const name of found.names) print(`  ${name}`);
  const counted = `${found.names.length} names, ${found.files.length} files and ${found.incoming.length} leftovers of pulls`;
  print(`${counted}, ${sizeWords(found.freedBytes)}${flags.dryRun ? " would be removed. Nothing was." : " removed."}`);
}

async function usage(flags: StoreFlags): Promise<void> {
  const { zoo, store } = await openPlace(flags);
  await using _ = zoo;
  const contents = await storeContents(store);
  const sizes = new Map([
    ...contents.files.flatMap((file) => file.names.map((name) => [name, file.sizeBytes] as const)),
    ...contents.others.map(({ path, sizeBytes }) => [path, sizeBytes] as const),
  ]);
  const models = zoo.models.flatMap((spec) => {
    const paths = spec.local_artifacts.map(({ path }) => path).filter((path) => sizes.has(path));
    if (paths.length === 0 || zoo.artifactsRoot(spec.model_name) !== store.root) return [];
    const bytes = paths.reduce((sum, path) => sum + (sizes.get(path) ?? 0), 0);
    return [{ model: spec.model_name, files: paths.length, of: spec.local_artifacts.length, bytes }];
  });
  const named = new Set(zoo.models.flatMap(({ local_artifacts }) => local_artifacts.map(({ path }) => path)));
  const totals = totalsOf(contents, named);
  if (flags.json) {
    printJson({ models_root: store.root, models, ...totals });
    return;
  }
  const rows = models.map(({ model, files, of, bytes }) => [model, `${files} of ${of}`, sizeWords(bytes)]);
  print(table(["MODEL", "FILES", "SIZE"], rows, ["SIZE"]));
  print("");
  print(
    `${store.root}: ${sizeWords(totals.pulled_bytes)} pulled, ${sizeWords(totals.placed_bytes)} put there by hand.`,
  );
  if (totals.unnamed_bytes > 0)
    print(
      `${sizeWords(totals.unnamed_bytes)} of what was pulled is of no model here: \`zoo prune --dry-run\` says what may go.`,
    );
  if (totals.incoming_bytes > 0) print(`${sizeWords(totals.incoming_bytes)} are of pulls that have not ended.`);
}

function totalsOf({ files, others, incoming }: StoreContents, named: ReadonlySet<string>): Totals {
  const bytes = (items: readonly { readonly sizeBytes: number }[]): number =>
    items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return {
    pulled_bytes: bytes(files),
    unnamed_bytes: bytes(files.filter((file) => !file.names.some((name) => named.has(name)))),
    placed_bytes: bytes(others),
    incoming_bytes: bytes(incoming),
  };
}

interface Totals {
  readonly pulled_bytes: number;
  readonly unnamed_bytes: number;
  readonly placed_bytes: number;
  readonly incoming_bytes: number;
}

/** The lock that is meant, and those of all zoos that pull into the store. */
async function allLocks(store: Store, lockFile: string): Promise<readonly string[]> {
  return [...new Set([lockFile, ...(await usersOf(store))])];
}

/** @throws `zoo_spec_invalid` for a lock that cannot be read: what it names is not known, so nothing may go */
async function lockedPaths(
  locks: readonly string[],
  isLeftOut: (model: string, lock: string) => boolean = () => false,
): Promise<Set<string>> {
  const paths = await Promise.all(
    locks.map(async (file) => {
      const { models } = await readZooLock(file);
      return models
        .filter(({ model }) => !isLeftOut(model, file))
        .flatMap(({ artifacts }) => artifacts.map(({ path }) => path));
    }),
  );
  return new Set(paths.flat());
}
