import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { ModelSpec } from "@menagerie/core";
import {
  type CheckedArtifact,
  checkArtifact,
  checkPackages,
  HashingThreads,
  type LocalZoo,
  readZooLock,
} from "@menagerie/core/host";
import type { Command } from "commander";
import { openZoo } from "./application.ts";
import { BytesProgress } from "./bytes-progress.ts";
import { paint, print, printJson, table } from "./output.ts";
import { sizeWords } from "./pull-progress.ts";
import { addTrustOptions } from "./trust-flags.ts";
import { type SignatureFlags, verifySigned } from "./verify-signed.ts";
import { rootOf, type ZooFlags, zooOf } from "./zoo-flag.ts";

interface VerifyFlags extends ZooFlags, SignatureFlags {
  readonly all?: boolean;
}

export function addVerifyCommand(program: Command): void {
  const command = program
    .command("verify")
    .summary("hash the files of models anew")
    .description(
      [
        "Reads the files of models anew, several at once, and holds them to the digests of their specs and of zoo.lock, and the packages that run locked models to the lock.",
        "Without names: every model of which a file is there that it does not merely share with another. Ends with 1 where a file is not what it must be.",
        "With --signature: checks that a trusted key, certificate or identity signed a model's files, or all those of a folder.",
      ].join(" "),
    )
    .argument("[models...]", "names or roles of the models")
    .option("--signature <file>", "a Sigstore bundle over the model's files, such as model.sig of its repository")
    .option("--ignore <path...>", "files of a folder to leave out, with --signature")
    .option("--all", "every model of the zoo: one that is not there counts as wrong")
    .option("--zoo <file>", "zoo spec (default: ./zoo.yaml where there is one)")
    .option("--models-root <dir>", "folder of the artifacts")
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  zoo verify",
        "  zoo verify clip-vit-b32",
        "  zoo verify --all --json",
        "  zoo verify clip-vit-b32 --signature /srv/models/clip-vit-base-patch32/model.sig --key signing.pub",
      ].join("\n"),
    )
    .action(async (models: string[], _flags: unknown, self: Command) => verify(models, self.optsWithGlobals(), self));
  addTrustOptions(command);
}

/** A file to be read. */
interface Task {
  readonly spec: ModelSpec;
  readonly artifact: ModelSpec["local_artifacts"][number];
  readonly root: string;
  /** Undefined where it is not there. */
  readonly bytes: number | undefined;
}

async function verify(named: readonly string[], flags: VerifyFlags, command: Command): Promise<void> {
  if (named.length > 0 && flags.all === true)
    command.error("error: name the models to verify, or give --all", { exitCode: 2 });
  if (flags.signature === undefined && needsSignature(flags))
    command.error("error: --key and the like say whom a signature is believed: name it with --signature", {
      exitCode: 2,
    });
  const { options, lockFile } = zooOf(flags);
  await using zoo = await openZoo(flags, options);
  if (flags.signature !== undefined) return verifySigned(zoo, named, flags);
  const specs = named.length === 0 ? zoo.models : named.map((name) => zoo.find(name));
  const groups = await Promise.all(specs.map((spec) => tasksOf(zoo, spec, named.length > 0)));
  const isStrict = named.length > 0 || flags.all === true;
  // What spec and lock pin differently is among no models, and must not go unsaid.
  const contested = named.length > 0 ? [] : zoo.problems.filter(({ code }) => code === "weights_digest_mismatch");
  const lock = await readZooLock(lockFile);
  const meant = isStrict ? groups : present(groups, new Set(lock?.models.map(({ model }) => model)));
  const tasks = meant.flat();
  const threads = availableParallelism();
  const started = performance.now();
  const checked = await checkAll(tasks, threads, flags.json !== true);
  const ms = performance.now() - started;
  const wrong = checked.filter(({ state }) => state !== "ok" && (isStrict || state !== "unpinned"));
  const verified = meant.flatMap(([task]) => task?.spec.model_name ?? []);
  const packages = await checkPackages(zoo, lock, verified);
  const changed = packages.filter(({ state }) => state === "changed");
  const isOk = wrong.length + contested.length + changed.length === 0;
  if (!isOk) process.exitCode = 1;
  const bytes = tasks.reduce((all, task) => all + (task.bytes ?? 0), 0);
  const absent = groups.filter((tasks) => tasks.length > 0 && !meant.includes(tasks)).length;
  if (flags.json) {
    const problems = contested.map((problem) => problem.toJSON());
    printJson({ ok: isOk, artifacts: checked, packages, problems, bytes, ms: Math.round(ms), models_absent: absent });
    return;
  }
  show(checked);
  for (const { plugin, version, locked_version } of changed)
    print(
      `${paint("red", "changed")} ${plugin}: ${version === locked_version ? `${version} has other files than those that were locked` : `${version} is installed, locked is ${locked_version}`}.`,
    );
  for (const { code, message } of contested) print(`${paint("red", code)} ${message}`);
  const rate = `${sizeWords(bytes)} in ${(ms / 1000).toFixed(1)} s (${sizeWords(bytes / (ms / 1000))}/s)`;
  const others = absent === 0 ? "" : `; ${absent} models are not there`;
  if (checked.length === 0) print(`No files of models are there to verify${others}.`);
  else if (isOk) print(`${paint("green", "ok")} ${checked.length} files, ${rate}${others}`);
  else print(`${paint("red", "not ok")} ${wrong.length} of ${checked.length} files, ${rate}${others}`);
}

/** Whether there are flags that say nothing without a signature: whoever gives them believes that one is checked. */
function needsSignature({ key, certificateChain, identity, issuer, trustedRoot, ignore }: VerifyFlags): boolean {
  return [key, certificateChain, identity, issuer, trustedRoot, ignore].some((flag) => flag !== undefined);
}

/**
 * Models of which a file is there: those that are locked or whole, and of others those with a file that none of these has. A variant
 * that shares a tokenizer with a model that was pulled is not half there.
 */
function present(groups: readonly (readonly Task[])[], locked: ReadonlySet<string>): readonly (readonly Task[])[] {
  const isThere = ({ bytes }: Task): boolean => bytes !== undefined;
  const isKnown = ([task]: readonly Task[]): boolean => task !== undefined && locked.has(task.spec.model_name);
  const kept = groups.filter((tasks) => tasks.some(isThere) && (isKnown(tasks) || tasks.every(isThere)));
  const theirs = new Set(kept.flat().map(placeOf));
  return groups.filter(
    (tasks) => kept.includes(tasks) || tasks.some((task) => isThere(task) && !theirs.has(placeOf(task))),
  );
}

function placeOf({ root, artifact }: Task): string {
  return join(root, artifact.path);
}

async function tasksOf(zoo: LocalZoo, spec: ModelSpec, isNamed: boolean): Promise<readonly Task[]> {
  if (spec.local_artifacts.length === 0) return [];
  const root = isNamed ? zoo.artifactsRoot(spec.model_name) : rootOf(zoo, spec);
  if (root === undefined) return [];
  return Promise.all(
    spec.local_artifacts.map(async (artifact) => {
      const info = await stat(join(root, artifact.path)).catch(() => undefined);
      const bytes = info === undefined ? undefined : info.isFile() ? info.size : (artifact.size_bytes ?? 0);
      return { spec, artifact, root, bytes };
    }),
  );
}

/** As many at once as there are threads; the largest first, so that none of them is left alone at the end. */
async function checkAll(
  tasks: readonly Task[],
  threads: number,
  isShown: boolean,
): Promise<readonly CheckedArtifact[]> {
  await using hashing = new HashingThreads(threads);
  const total = tasks.reduce((all, { bytes = 0 }) => all + bytes, 0);
  using progress = new BytesProgress("verifying", total, isShown);
  const reading = { digest: hashing.digest, onBytes: (bytes: number) => progress.add(bytes) };
  const waiting = tasks.map((task, i) => ({ task, i })).sort((a, b) => (a.task.bytes ?? 0) - (b.task.bytes ?? 0));
  const checked = new Map<number, CheckedArtifact>();
  const work = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { spec, artifact, root } = next.task;
      checked.set(next.i, await checkArtifact(spec, artifact, root, reading));
    }
  };
  await Promise.all(Array.from({ length: threads }, work));
  return tasks.flatMap((_, i) => checked.get(i) ?? []);
}

function show(checked: readonly CheckedArtifact[]): void {
  if (checked.length === 0) return;
  const rows = checked.map(({ model, artifact, state, pinned_by, bytes, path }) => [
    ...[model, artifact, state, pinned_by, bytes === undefined ? "-" : sizeWords(bytes), path],
  ]);
  print(table(["MODEL", "ARTIFACT", "STATE", "PINNED BY", "SIZE", "PATH"], rows, ["SIZE"]));
  for (const { state, error } of checked)
    if (state !== "ok") print(`${paint(state === "unpinned" ? "yellow" : "red", state)} ${error?.message ?? ""}`);
}
