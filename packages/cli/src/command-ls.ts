import { stat } from "node:fs/promises";
import { isAbsent, type ModelSpec, preprocessSignature, weightsDigest } from "@menagerie/core";
import { type LocalZoo, needsInWords, pinWords } from "@menagerie/core/host";
import { ArtifactStore } from "@menagerie/core/loader";
import type { Command } from "commander";
import { stringify } from "yaml";
import { type GlobalFlags, openZoo } from "./application.ts";
import { megabytes, paint, print, printJson, table } from "./output.ts";
import { rootOf } from "./zoo-flag.ts";

export function addListCommands(program: Command): void {
  program
    .command("ls")
    .alias("list")
    .summary("list the models of all plugins")
    .description("Lists the models of all plugins, and what could not be read.")
    .option("--models-root <dir>", "folder of the artifacts")
    .option("-w, --wide", "with roles, aliases and metadata")
    .action(async (_flags: unknown, self: Command) => list(self.optsWithGlobals()));
  program
    .command("show")
    .summary("show everything about a model")
    .description("Shows a model's spec, its signatures, and whether its artifacts are there.")
    .argument("<model>", "name or role of the model")
    .option("--models-root <dir>", "folder of the artifacts")
    .action(async (model: string, _flags: unknown, self: Command) => show(model, self.optsWithGlobals()));
}

interface ListFlags extends GlobalFlags {
  readonly modelsRoot?: string;
  readonly wide?: boolean;
}

async function list(flags: ListFlags): Promise<void> {
  await using zoo = await openZoo(flags, flags.modelsRoot === undefined ? {} : { modelsRoot: flags.modelsRoot });
  const { models, problems, bindings } = zoo.status();
  const states = new Map(
    await Promise.all(zoo.models.map(async (spec) => [spec.model_name, worst(await artifacts(zoo, spec))] as const)),
  );
  if (flags.json) {
    printJson({
      models: models.map((model) => ({ ...model, artifacts_present: states.get(model.model) === "present" })),
      bindings,
      problems,
    });
    return;
  }
  if (models.length === 0 && problems.length > 0) print("No models: what would have them could not be read.");
  else if (models.length === 0) print(`No models. Install a plugin, for example: ${example}`);
  else {
    const isGrouped = models.some(({ group }) => group !== undefined);
    const rows = zoo.models.map((spec) => {
      const status = models.find((model) => model.model === spec.model_name);
      const state = states.get(spec.model_name);
      const weak = spec.local_artifacts.some((artifact) => /weak/.test(pinWords(artifact)));
      const there = state === "present" ? `yes${weak ? " (weak digest)" : ""}` : state;
      return [
        spec.model_name,
        ...(isGrouped ? [status?.group ?? "-"] : []),
        spec.role,
        spec.tasks.join(","),
        spec.precision,
        status?.device ?? spec.device_policy,
        megabytes(status?.declared_bytes),
        there ?? "",
        licences(spec),
        ...(flags.wide ? [namesOf(spec, bindings), metadataLine(spec)] : []),
      ];
    });
    const wide = flags.wide ? ["CALLED", "METADATA"] : [];
    const head = [
      "NAME",
      ...(isGrouped ? ["GROUP"] : []),
      "ROLE",
      "TASKS",
      "PRECISION",
      "DEVICE",
      "MEMORY",
      "ARTIFACTS",
      "LICENCE",
      ...wide,
    ];
    print(table(head, rows, ["MEMORY"]));
    const lacking = zoo.models.filter((spec) => spec.origin !== undefined && states.get(spec.model_name) === "missing");
    if (lacking.length > 0) {
      const count = lacking.length === 1 ? "One model lacks files" : `${lacking.length} models lack files`;
      const each = lacking.length === 1 ? "them" : "those of one";
      print(`${count}: \`zoo pull ${lacking[0]?.model_name}\` fetches ${each}.`);
    }
  }
  for (const problem of problems) print(`${paint("yellow", "problem")} ${problem.code}: ${problem.message}`);
}

async function show(name: string, flags: ListFlags): Promise<void> {
  await using zoo = await openZoo(flags, flags.modelsRoot === undefined ? {} : { modelsRoot: flags.modelsRoot });
  const spec = zoo.find(name);
  const status = zoo.status().models.find((model) => model.model === spec.model_name);
  const files = await artifacts(zoo, spec);
  const facts = {
    weights_digest: weightsDigest(spec),
    preprocess_signature: preprocessSignature(spec),
    device: status?.device,
    declared_bytes: status?.declared_bytes,
    group: status?.group,
    called: namesOf(spec, zoo.status().bindings) || undefined,
    granted: needsInWords(status?.granted) || undefined,
  };
  if (flags.json) {
    printJson({ spec, ...facts, granted: status?.granted, artifacts: files });
    return;
  }
  const { labels, ...rest } = spec;
  print(
    stringify(
      {
        ...rest,
        ...(labels === undefined
          ? {}
          : { labels: labels.length > 12 ? [...labels.slice(0, 12), `… ${labels.length} in all`] : labels }),
      },
      { lineWidth: 120 },
    ).trimEnd(),
  );
  print("");
  print(
    table(
      ["ARTIFACT", "STATE", "PINNED BY", "SIZE", "PATH"],
      files.map((file) => [file.name, file.state, file.pinned_by, megabytes(file.bytes), file.path ?? "-"]),
      ["SIZE"],
    ),
  );
  print("");
  for (const [key, value] of Object.entries(facts).filter(([, fact]) => fact !== undefined))
    print(`${key.padEnd(22)} ${key.endsWith("bytes") ? megabytes(Number(value)) : String(value)}`);
}

/** The roles and aliases that are bound to a model. */
function namesOf({ model_name }: ModelSpec, bindings: Readonly<Record<string, string>>): string {
  const names = Object.entries(bindings).filter(([, model]) => model === model_name);
  return names.map(([name]) => name).join(", ");
}

function metadataLine({ metadata = {} }: ModelSpec): string {
  const words = (value: unknown): string =>
    Array.isArray(value)
      ? value.map(words).join(",")
      : typeof value === "object"
        ? JSON.stringify(value)
        : String(value);
  return Object.entries(metadata)
    .map(([key, value]) => `${key}: ${words(value)}`)
    .join("; ");
}

/** That of the weights, and behind it that of the data they were trained on. */
function licences({ licence: { id, training_data } }: ModelSpec): string {
  return training_data === undefined ? id : `${id} (data ${training_data.id})`;
}

interface ArtifactState {
  readonly name: string;
  readonly path: string | undefined;
  readonly present: boolean;
  /** "present", "missing", or why that cannot be told: "unreadable (EACCES)". */
  readonly state: string;
  readonly bytes: number | undefined;
  /** "sha256", "md5 (weak)", "none". */
  readonly pinned_by: string;
}

/** What is to be said of all of them together. */
function worst(files: readonly ArtifactState[]): string {
  const absent = files.filter((file) => !file.present).map(({ state }) => state);
  return absent.find((state) => state !== "missing") ?? absent[0] ?? "present";
}

async function artifacts(zoo: LocalZoo, spec: ModelSpec): Promise<ArtifactState[]> {
  const root = rootOf(zoo, spec);
  const store = root === undefined ? undefined : new ArtifactStore(spec, root);
  return Promise.all(
    spec.local_artifacts.map(async (artifact): Promise<ArtifactState> => {
      const { name, path: place } = artifact;
      const pinned_by = pinWords(artifact);
      if (store === undefined)
        return { name, path: undefined, present: false, state: "no models root", bytes: undefined, pinned_by };
      const path = store.resolve(place);
      const found = await stat(path).then(
        ({ size }) => ({ present: true, state: "present", bytes: size }),
        (error: unknown) => ({
          present: false,
          state: isAbsent(error) ? "missing" : `unreadable (${(error as NodeJS.ErrnoException).code})`,
          bytes: undefined,
        }),
      );
      return { name, path, ...found, pinned_by };
    }),
  );
}

/** Without the variable ONNX Runtime's install script fetches CUDA libraries from outside the npm registry, and fails where nothing else is reached. */
const example = "ONNXRUNTIME_NODE_INSTALL=skip npm install @menagerie/plugin-clip";
