import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { ModelError, type ModelSpec, toModelError } from "@menagerie/core";
import {
  changesOf,
  changeZooLock,
  HashingThreads,
  isFrozenBy,
  type LocalZoo,
  type LockedSet,
  lockedSet,
  readZooLock,
  withLockedSets,
} from "@menagerie/core/host";
import { noteUserOfPresent, Store } from "@menagerie/pull";
import type { Command } from "commander";
import { openZoo } from "./application.ts";
import { BytesProgress } from "./bytes-progress.ts";
import { paint, print, printJson, showError, table } from "./output.ts";
import { sizeWords } from "./pull-progress.ts";
import { rootOf, type ZooFlags, zooOf } from "./zoo-flag.ts";

interface LockFlags extends ZooFlags {
  readonly update?: boolean;
}

export function addLockCommand(program: Command): void {
  program
    .command("lock")
    .summary("pin the files that are there in zoo.lock")
    .description(
      [
        "Reads the files of models as they lie there, and writes their digests and sizes into zoo.lock beside the zoo spec,",
        "with the packages that run them. Nothing is fetched or loaded. Without names: every model whose files are all there.",
      ].join(" "),
    )
    .argument("[models...]", "names or roles of the models")
    .option("--zoo <file>", "zoo spec (default: ./zoo.yaml where there is one)")
    .option("--models-root <dir>", "folder of the artifacts")
    .option("--update", "replace what is locked of a model whose files or packages are others now")
    .addHelpText("after", "\nExamples:\n  zoo lock\n  zoo lock clip-vit-b32\n  zoo lock clip-vit-b32 --update --json")
    .action(async (models: string[], _flags: unknown, self: Command) => lock(models, self.optsWithGlobals()));
}

async function lock(named: readonly string[], flags: LockFlags): Promise<void> {
  const { options, lockFile } = zooOf(flags);
  if (isFrozenBy(process.env))
    throw new ModelError(
      "outside_lock",
      `MENAGERIE_FROZEN is set, so ${lockFile} is not written. Write it where it is not set, and look at what changed.`,
      { details: { lock: lockFile } },
    );
  await using zoo = await openZoo(flags, { ...options, ignoreLock: true });
  const specs = named.length === 0 ? zoo.models : named.map((name) => zoo.find(name));
  const there = await Promise.all(specs.map(async (spec) => ({ spec, bytes: await bytesOf(zoo, spec) })));
  const meant = there.filter(({ bytes }) => named.length > 0 || bytes !== undefined);
  const before = await readZooLock(lockFile);
  const sets: LockedSet[] = [];
  const changes = new Map<string, readonly string[]>();
  const isJson = flags.json === true;
  await using threads = new HashingThreads(availableParallelism());
  using progress = new BytesProgress("hashing", sum(meant), !isJson);
  for (const { spec } of meant) {
    const { model_name: model } = spec;
    try {
      const set = await lockedSet(zoo, model, { digest: threads.digest, onBytes: (bytes) => progress.add(bytes) });
      const changed = changesOf(before, set);
      if (changed.length > 0 && flags.update !== true) throw otherThanLocked(model, lockFile, changed);
      const added = before.models.some((each) => each.model === model)
        ? set.plugins.filter(({ plugin }) => !before.plugins.some((each) => each.plugin === plugin))
        : [];
      changes.set(model, [
        ...changed,
        ...added.map(({ plugin, version }) => `${plugin} ${version} was not locked yet`),
      ]);
      sets.push(set);
    } catch (error) {
      progress[Symbol.dispose]();
      showError(toModelError(error), isJson, { index: meant.findIndex((each) => each.spec === spec), input: model });
    }
  }
  if (sets.length > 0) await changeZooLock(lockFile, (now) => withLockedSets(now, sets));
  const roots = new Set(sets.map(({ model: { model } }) => zoo.artifactsRoot(model)));
  for (const root of roots) await noteUserOfPresent(new Store(root), lockFile);
  const absent = there.filter((each) => !meant.includes(each)).map(({ spec }) => spec.model_name);
  report({ lockFile, sets, changes, absent, known: new Set(before.models.map(({ model }) => model)) }, isJson);
}

interface Report {
  readonly lockFile: string;
  readonly sets: readonly LockedSet[];
  readonly changes: ReadonlyMap<string, readonly string[]>;
  /** Models whose files are not there. */
  readonly absent: readonly string[];
  /** Models that the lock had before. */
  readonly known: ReadonlySet<string>;
}

function report({ lockFile, sets, changes, absent, known }: Report, isJson: boolean): void {
  const stateOf = (model: string): string =>
    (changes.get(model) ?? []).length > 0 ? "updated" : known.has(model) ? "unchanged" : "new";
  if (isJson) {
    const locked = sets.map(({ model, plugins }) => ({
      ...{ ...model, state: stateOf(model.model), changes: changes.get(model.model) ?? [], plugins },
    }));
    printJson({ file: lockFile, locked, absent });
    return;
  }
  if (sets.length > 0) {
    const rows = sets.map(({ model: { model, artifacts, licence }, plugins }) => [
      ...[model, stateOf(model), String(artifacts.length)],
      sizeWords(artifacts.reduce((all, { size_bytes }) => all + size_bytes, 0)),
      ...[licence ?? "", plugins.map(({ plugin, version }) => `${plugin} ${version}`).join(", ")],
    ]);
    print(table(["MODEL", "STATE", "FILES", "SIZE", "LICENCE", "RUN BY"], rows, ["FILES", "SIZE"]));
    for (const [model, changed] of changes) for (const change of changed) print(`  ${model}: ${change}`);
    print(`${paint("green", "written")} ${lockFile}`);
  }
  if (absent.length > 0)
    print(`${absent.length} models whose files are not there are not locked. Get one: zoo pull ${absent[0]}`);
  else if (sets.length === 0 && process.exitCode === undefined) print("There are no models to lock.");
}

/** Size of a model's files; undefined where one of them is not there. A folder counts as nothing until it is read. */
async function bytesOf(zoo: LocalZoo, spec: ModelSpec): Promise<number | undefined> {
  const root = rootOf(zoo, spec);
  if (root === undefined) return undefined;
  const sizes = await Promise.all(
    spec.local_artifacts.map(({ path }) =>
      stat(join(root, path)).then(
        (info) => (info.isFile() ? info.size : 0),
        () => undefined,
      ),
    ),
  );
  return sizes.reduce((all, size) => (all === undefined || size === undefined ? undefined : all + size), 0);
}

function sum(models: readonly { readonly bytes: number | undefined }[]): number {
  return models.reduce((all, { bytes = 0 }) => all + bytes, 0);
}

function otherThanLocked(model: string, file: string, changes: readonly string[]): ModelError {
  return new ModelError(
    "weights_digest_mismatch",
    `${model}: what is there is not what ${file} has: ${changes.join("; ")}. If the change is meant: \`zoo lock ${model} --update\`.`,
    { model, details: { lock: file, changes } },
  );
}
