import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { ModelError, type ModelSpec } from "@menagerie/core";
import { shellCommand } from "@menagerie/core/adopt";
import {
  changeZooLock,
  type LocalZoo,
  lockFileOf,
  readZooLock,
  withLockedModel,
  withLockedSets,
  type ZooLock,
} from "@menagerie/core/host";
import {
  carryOut,
  completeModel,
  noteUser,
  noteUserOfPresent,
  originAddress,
  type PulledModel,
  type PullPlan,
  planPull,
  requireAgreement,
  requireSpace,
  type SourceContext,
  type SourceRepository,
  Sources,
  Store,
} from "@menagerie/pull";
import { type Command, Option } from "commander";
import { applicationDir, type GlobalFlags, openZoo } from "./application.ts";
import { broughtSources } from "./brought-sources.ts";
import { exampleCommand } from "./example-question.ts";
import { paint, print, printJson, table } from "./output.ts";
import { checkpointSpec } from "./pull-like.ts";
import { PullDisplay, sizeWords } from "./pull-progress.ts";
import { meantSpecs, pullTargets } from "./pull-targets.ts";

interface PullFlags extends GlobalFlags {
  readonly zoo?: string;
  readonly modelsRoot?: string;
  readonly precision?: string;
  readonly from?: string;
  readonly like?: string;
  readonly acceptLicence?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

export function addPullCommand(program: Command): void {
  program
    .command("pull")
    .summary("fetch the files of models")
    .description(
      [
        "Fetches the files that models need, verifies them, and writes into zoo.lock what they are and where they came from. The one command",
        "that reaches out: nothing is fetched while a zoo runs. A pull that breaks off goes on where it was; HF_TOKEN, HF_ENDPOINT, HF_HOME,",
        "HTTPS_PROXY and NO_PROXY are heeded, HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE forbid it.",
      ].join(" "),
    )
    .argument(
      "[what...]",
      "models, a zoo spec (default: ./zoo.yaml), or a checkpoint: hf:OWNER/NAME@REV, https:, file:",
    )
    .option("--precision <precision>", "precision of the files (default: the model's own)")
    .option("--from <address>", "take the model's files from there: hf:OWNER/NAME@REV, https://…/, file:///…")
    .option("--like <model>", "the checkpoint is of this model's family: fetch it for `zoo adopt`")
    .option("--accept-licence", "agree to licences that forbid something or are not stated")
    .option("--dry-run", "say what would be fetched, with sizes, and fetch nothing")
    .option("--force", "replace files that are there with other bytes")
    .addOption(new Option("--zoo <file>", "zoo spec whose lock is written (default: ./zoo.yaml where there is one)"))
    .option("--models-root <dir>", "folder of the artifacts")
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  zoo pull clip-vit-b32",
        "  zoo pull clip-vit-b32 whisper-tiny --precision fp16 --dry-run",
        "  zoo pull zoo.yaml --accept-licence                   all models of a zoo",
        "  zoo pull hf:acme/our-clip@v2 --like clip-vit-b32     a checkpoint of your own",
        "  zoo pull clip-vit-b32 --from file:///mnt/stick/clip  without a network",
      ].join("\n"),
    )
    .action(async (words: string[], _flags: unknown, self: Command) => pull(words, self.optsWithGlobals()));
}

async function pull(words: readonly string[], flags: PullFlags): Promise<void> {
  const standing = resolve(applicationDir(flags.app), "zoo.yaml");
  const targets = pullTargets(words, standing, flags.like);
  const specFile = targets.zooSpec ?? (flags.zoo === undefined ? undefined : resolve(flags.zoo));
  await using zoo = await openZoo(flags, {
    ...(specFile === undefined ? {} : { specFile }),
    ...(flags.modelsRoot === undefined ? {} : { modelsRoot: resolve(flags.modelsRoot) }),
  });
  const signal = stopSignal();
  using sources = new Sources(await broughtSources(flags, words, flags.from));
  const context: SourceContext = { env: process.env, signal };
  const lockFile = lockFileOf(specFile ?? standing);
  if (targets.address !== undefined) return await pullCheckpoint(zoo, targets.address, sources, context, flags);
  const specs = meantSpecs(zoo, targets.zooSpec === undefined ? targets.models : names(zoo), flags.precision);
  const done: Done[] = [];
  const planned: Planned[] = [];
  for (const spec of specs) {
    const store = new Store(zoo.artifactsRoot(spec.model_name));
    const complete = flags.from === undefined ? await completeModel(spec, store) : undefined;
    if (complete !== undefined) done.push({ spec, pulled: complete });
    else {
      const repository = await sources.open(flags.from ?? originAddress(spec), context);
      planned.push({ spec, store, plan: await planPull(spec, repository, store, signal) });
    }
  }
  if (flags.dryRun) return showPlans(planned, done, flags);
  const accepted = new Map((await readZooLock(lockFile)).models.map(({ model, licence }) => [model, licence]));
  for (const { plan } of planned)
    await requireAgreement(plan, () => accepted.get(plan.model) === plan.licence || agrees(plan, flags));
  for (const [store, plans] of byStore(planned)) await requireSpace(plans, store);
  for (const { spec } of done) await noteUserOfPresent(new Store(zoo.artifactsRoot(spec.model_name)), lockFile);
  for (const { spec, store, plan } of planned) {
    const pulled = await fetched(plan, store, flags, signal);
    await changeZooLock(lockFile, (lock) => pinned(lock, lockedOf(pulled), flags));
    await noteUser(store, lockFile);
    done.push({ spec, pulled });
  }
  report(zoo, done, lockFile, flags);
}

/** The lock with what was pulled. Another place that has the very files (`--from`) is not where they are from: that stays. */
function pinned(lock: ZooLock, model: PulledModel, { from }: PullFlags): ZooLock {
  const before = lock.models.find((locked) => locked.model === model.model);
  const isPlaceKnown = from !== undefined && before?.origin !== undefined;
  return isPlaceKnown ? withLockedSets(lock, [{ model, plugins: [] }]) : withLockedModel(lock, model);
}

interface Planned {
  readonly spec: ModelSpec;
  readonly store: Store;
  readonly plan: PullPlan;
}

interface Done {
  readonly spec: ModelSpec;
  readonly pulled: PulledModel;
}

/** The models of a zoo spec that come from somewhere. */
function names(zoo: LocalZoo): string[] {
  return zoo.models.filter(({ origin }) => origin !== undefined).map(({ model_name }) => model_name);
}

function byStore(planned: readonly Planned[]): ReadonlyMap<Store, readonly PullPlan[]> {
  const roots = new Map<string, { readonly store: Store; readonly plans: PullPlan[] }>();
  for (const { store, plan } of planned) {
    const known = roots.get(store.root) ?? { store, plans: [] };
    known.plans.push(plan);
    roots.set(store.root, known);
  }
  return new Map([...roots.values()].map(({ store, plans }) => [store, plans]));
}

async function fetched(plan: PullPlan, store: Store, flags: PullFlags, signal: AbortSignal): Promise<PulledModel> {
  if (!flags.json)
    process.stderr.write(`${paint("bold", plan.model)} from ${sourceWords(plan.repository)}, ${licenceWords(plan)}\n`);
  using display = new PullDisplay(flags.json !== true);
  return await carryOut(plan, store, {
    env: process.env,
    signal,
    isReplaced: flags.force === true,
    onProgress: (progress) => display.show(progress),
  });
}

async function pullCheckpoint(
  zoo: LocalZoo,
  address: string,
  sources: Sources,
  context: SourceContext,
  flags: PullFlags,
): Promise<void> {
  const [like] = meantSpecs(zoo, [flags.like ?? ""], flags.precision);
  if (like === undefined) throw new ModelError("input_invalid", "--like names no model.");
  const repository = await sources.open(address, context);
  const { spec, folder } = await checkpointSpec(repository, address, like);
  const store = new Store(zoo.artifactsRoot(like.model_name));
  const plan = await planPull(spec, repository, store, context.signal, like.model_name);
  if (flags.dryRun) return showPlans([{ spec, store, plan }], [], flags);
  await requireAgreement(plan, () => agrees(plan, flags));
  await requireSpace([plan], store);
  const pulled = await fetched(plan, store, flags, context.signal ?? new AbortController().signal);
  const place = resolve(store.root, folder);
  const next = shellCommand("zoo", "adopt", place, "--like", like.model_name, "-o", `${spec.model_name}.yaml`);
  if (flags.json) printJson({ folder: place, ...lockedOf(pulled), next });
  else print(`${paint("green", "fetched")} ${place}. Now adopt it:\n  ${next}`);
}

function lockedOf({ artifacts, ...pulled }: PulledModel): PulledModel {
  return {
    ...pulled,
    artifacts: artifacts.map(({ from: _, ...artifact }) => artifact as PulledModel["artifacts"][number]),
  };
}

function report(zoo: LocalZoo, done: readonly Done[], lockFile: string, flags: PullFlags): void {
  const root = flags.modelsRoot === undefined ? [] : ["--models-root", flags.modelsRoot];
  for (const { spec, pulled } of done) {
    const run = exampleCommand(spec, zoo.tasks, root);
    if (flags.json) printJson({ ...lockedOf(pulled), files: pulled.artifacts, lock: lockFile, run });
    else {
      const isFetched = pulled.artifacts.some(({ from }) => from !== "present");
      print(`${paint("green", isFetched ? "fetched" : "present")} ${spec.model_name}. Ask it:\n  ${run}`);
    }
  }
  if (done.length === 0 && !flags.json) print("No model here has an origin to pull from.");
}

function showPlans(planned: readonly Planned[], done: readonly Done[], flags: PullFlags): void {
  const files = planned.flatMap(({ plan }) => plan.files.map((file) => ({ plan, file })));
  const missing = files.reduce((sum, { file }) => sum + file.missingBytes, 0);
  if (flags.json) {
    for (const { plan } of planned)
      printJson({
        model: plan.model,
        repository: plan.repository.repository,
        revision: plan.repository.revision,
        licence: plan.licence,
        doubts: plan.doubts,
        missing_bytes: plan.files.reduce((sum, file) => sum + file.missingBytes, 0),
        files: plan.files.map(({ name, path, remote, state, missingBytes }) => ({
          ...{ name, path, state, repository_path: remote.path },
          ...{ size_bytes: remote.sizeBytes, missing_bytes: missingBytes, digest: remote.digest },
        })),
      });
    for (const { pulled } of done) printJson({ model: pulled.model, missing_bytes: 0, files: pulled.artifacts });
    return;
  }
  for (const { plan } of planned) {
    print(`${paint("bold", plan.model)} from ${sourceWords(plan.repository)}, ${licenceWords(plan)}`);
    for (const doubt of plan.doubts) print(`  ${paint("yellow", "asked first:")} ${doubt}`);
  }
  const rows = files.map(({ plan, file }) => [
    plan.model,
    file.path,
    sizeWords(file.remote.sizeBytes),
    file.state === "fetch" ? sizeWords(file.missingBytes) : file.state,
  ]);
  const here = done.flatMap(({ pulled }) =>
    pulled.artifacts.map((file) => [pulled.model, file.path, sizeWords(file.size_bytes), "present"]),
  );
  print(table(["MODEL", "FILE", "SIZE", "TO FETCH"], [...rows, ...here], ["SIZE", "TO FETCH"]));
  print(`${sizeWords(missing)} would be fetched. Nothing was.`);
}

function sourceWords({ repository, revision }: SourceRepository): string {
  return revision === undefined ? repository : `${repository}@${revision.slice(0, 7)}`;
}

function licenceWords({ licence, repository }: PullPlan): string {
  const stated = repository.licence;
  const other =
    stated !== undefined && stated.toLowerCase() !== licence.toLowerCase() ? ` (its source says ${stated})` : "";
  return `licence ${licence}${other}`;
}

/** Asks on the terminal; without one nobody has agreed. */
async function agrees(plan: PullPlan, flags: PullFlags): Promise<boolean> {
  if (flags.acceptLicence === true) return true;
  if (flags.json === true || process.stdin.isTTY !== true || process.stderr.isTTY !== true) return false;
  const page = plan.repository.page === undefined ? "" : ` (${plan.repository.page})`;
  process.stderr.write(`${paint("bold", plan.model)}${page}\n${plan.doubts.map((doubt) => `  ${doubt}`).join("\n")}\n`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question("Fetch it under these terms? [y/N] ")).trim());
  } finally {
    terminal.close();
  }
}

/** Fires when the process is asked to end: what has arrived is on disk then, and nobody waits for a dead pull. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const [name, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)
    process.once(name, () => {
      process.once("exit", () => {
        process.exitCode = code;
      });
      controller.abort(
        new ModelError(
          "cancelled",
          "The pull was called off. What has arrived is kept: the same command goes on from there.",
        ),
      );
    });
  return controller.signal;
}
