import { stat } from "node:fs/promises";
import { ArtifactStore, type ModelSpec, preprocessSignature, weightsDigest } from "@menagerie/core";
import type { Zoo } from "@menagerie/core/host";
import type { Command } from "commander";
import { stringify } from "yaml";
import { type GlobalFlags, openZoo } from "./application.ts";
import { megabytes, paint, print, printJson, table } from "./output.ts";

export function addListCommands(program: Command): void {
  program
    .command("ls")
    .alias("list")
    .summary("list the models of all plugins")
    .description("Lists the models of all plugins, and what could not be read.")
    .option("--models-root <dir>", "folder of the artifacts")
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
}

async function list(flags: ListFlags): Promise<void> {
  await using zoo = await openZoo(flags, flags.modelsRoot === undefined ? {} : { modelsRoot: flags.modelsRoot });
  const { models, problems } = zoo.status();
  const present = new Map(
    await Promise.all(
      zoo.models.map(
        async (spec) => [spec.model_name, (await artifacts(zoo, spec)).every((artifact) => artifact.present)] as const,
      ),
    ),
  );
  if (flags.json) {
    printJson({ models: models.map((model) => ({ ...model, artifacts_present: present.get(model.model) })), problems });
    return;
  }
  if (models.length === 0) print("No models. Install a plugin, for example: npm install @menagerie/plugin-clip");
  else {
    const rows = zoo.models.map((spec) => {
      const status = models.find((model) => model.model === spec.model_name);
      const there = present.get(spec.model_name) ? "yes" : "missing";
      return [
        spec.model_name,
        spec.role,
        spec.tasks.join(","),
        spec.precision,
        status?.device ?? spec.device_policy,
        megabytes(status?.declared_bytes),
        there,
        licences(spec),
      ];
    });
    print(table(["NAME", "ROLE", "TASKS", "PRECISION", "DEVICE", "MEMORY", "ARTIFACTS", "LICENCE"], rows, ["MEMORY"]));
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
  };
  if (flags.json) {
    printJson({ spec, ...facts, artifacts: files });
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
      ["ARTIFACT", "STATE", "SIZE", "PATH"],
      files.map((file) => [file.name, file.present ? "present" : "missing", megabytes(file.bytes), file.path]),
      ["SIZE"],
    ),
  );
  print("");
  for (const [key, value] of Object.entries(facts))
    print(`${key.padEnd(22)} ${key.endsWith("bytes") ? megabytes(Number(value)) : String(value)}`);
}

/** That of the weights, and behind it that of the data they were trained on. */
function licences({ licence: { id, training_data } }: ModelSpec): string {
  return training_data === undefined ? id : `${id} (data ${training_data.id})`;
}

interface ArtifactState {
  readonly name: string;
  readonly path: string;
  readonly present: boolean;
  readonly bytes: number | undefined;
}

async function artifacts(zoo: Zoo, spec: ModelSpec): Promise<ArtifactState[]> {
  const store = new ArtifactStore(spec, zoo.artifactsRoot(spec.model_name));
  return Promise.all(
    spec.local_artifacts.map(async (artifact) => {
      const path = store.resolve(artifact.path);
      const info = await stat(path).catch(() => undefined);
      return { name: artifact.name, path, present: info !== undefined, bytes: info?.size };
    }),
  );
}
