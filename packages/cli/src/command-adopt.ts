import { existsSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import {
  adoptedSpec,
  ModelError,
  type ModelSpec,
  type Precision,
  parseModelSpec,
  precisionSchema,
} from "@menagerie/core";
import { type Command, Option } from "commander";
import { stringify } from "yaml";
import { type GlobalFlags, openZoo } from "./application.ts";
import { recordGolden } from "./golden-question.ts";
import { megabytes, paint, printJson } from "./output.ts";
import { showProgress } from "./progress.ts";
import { positionalField } from "./task-flags.ts";
import { writeOutput } from "./write-output.ts";

interface AdoptFlags extends GlobalFlags {
  readonly like: string;
  readonly name?: string;
  readonly precision?: Precision;
  readonly output?: string;
  readonly golden?: string;
  readonly force?: boolean;
}

export function addAdoptCommand(program: Command): void {
  program
    .command("adopt")
    .summary("write the spec of your own checkpoint")
    .description(
      "Reads a checkpoint folder in the layout of the public conversions, writes its ModelSpec with digests, and loads it once.",
    )
    .argument("<dir>", "folder with config.json, preprocessor_config.json, tokenizer.json and the graphs")
    .requiredOption("--like <model>", "a model of the same family that the zoo knows")
    .addOption(
      new Option("--precision <precision>", "precision of the graphs (default: the most exact in the folder)").choices(
        precisionSchema.options,
      ),
    )
    .option("--name <name>", "name of the new model (default: the folder's name)")
    .option("-o, --output <file>", "spec to write (default: standard output)")
    .option("--golden <file>", "ask the model about this picture or recording, and hold every later load to the answer")
    .option("--force", "overwrite the spec if it is there")
    .addHelpText(
      "after",
      '\nExamples:\n  zoo adopt ./my-clip --like clip-vit-b32 -o my-clip.yaml\n  zoo adopt ./my-clip --like clip-vit-b32 --precision fp16 --name my-clip-fp16 -o my-clip-fp16.yaml\n  zoo run my-clip photo.jpg --spec my-clip.yaml --labels "a cat,a dog"',
    )
    .action(async (dir: string, _flags: unknown, self: Command) => adopt(dir, self.optsWithGlobals()));
}

async function adopt(dir: string, flags: AdoptFlags): Promise<void> {
  const folder = resolve(dir);
  const name =
    flags.name ??
    basename(folder)
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "");
  const file = resolve(flags.output ?? join(process.cwd(), `${name}.yaml`));
  if (flags.output !== undefined && flags.force !== true && existsSync(file)) {
    throw new ModelError(
      "input_invalid",
      `${flags.output} is there already. Name another file, or overwrite it with --force.`,
      { details: { file } },
    );
  }
  await using zoo = await openZoo(flags);
  const stop = showProgress(zoo, !flags.json);
  const like = zoo.find(flags.like);
  const adopted = await zoo.adopt(folder, flags.like, flags.precision);
  // The spec finds its weights from where it lies, so that it works wherever both are moved together.
  const root = (relative(dirname(file), folder) || ".").split(sep).join("/");
  const spec = parseModelSpec({ ...adoptedSpec(adopted, like, name), artifacts_root: root }, file);
  zoo.add(spec, file);
  const { modelSignature } = await zoo.load(name);
  const golden = flags.golden === undefined ? [] : [await recordGolden(zoo, spec, folder, resolve(flags.golden))];
  const { measured_bytes, last_load_ms } = zoo.status().models.find((model) => model.model === name) ?? {};
  stop();
  const { artifacts_root, ...rest } = spec;
  const text = stringify({ ...rest, golden, artifacts_root }, { lineWidth: 120, flowCollectionPadding: true });
  if (flags.output !== undefined) await writeOutput("The spec", file, text);
  const found = {
    name,
    file: flags.output === undefined ? undefined : file,
    findings: adopted.findings,
    tasks: spec.tasks,
    measured_bytes,
    load_ms: last_load_ms,
    model_signature: modelSignature,
  };
  if (flags.json) {
    printJson({ ...found, spec: { ...spec, golden } });
    return;
  }
  if (flags.output === undefined) process.stdout.write(text);
  const lines = [
    ...adopted.findings,
    ...golden.map(({ output }) => `each load is held to ${join(dir, output)}`),
    `it loads in ${Math.round(last_load_ms ?? 0)} ms (prepared once), takes ${megabytes(measured_bytes)}, and answers ${spec.tasks.join(", ")}`,
  ];
  process.stderr.write(`${lines.map((line) => `  ${line}`).join("\n")}\n`);
  if (flags.output !== undefined)
    process.stderr.write(
      `${paint("green", "written")} ${flags.output}. Try: zoo run ${name} ${exampleFile(spec)} --spec ${flags.output} --task ${spec.tasks[0] ?? ""}\n`,
    );
}

/** What could be asked of the model's first task. */
function exampleFile({ tasks: [task = "embed-image"] }: ModelSpec): string {
  const { kind } = positionalField(task);
  return kind === "audio" ? "talk.wav" : kind === "text" ? '"a text"' : "photo.jpg";
}
