import { existsSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { ModelError, type ModelSpec, parseModelSpec, type TaskRegistry } from "@menagerie/core";
import { type AdoptChoices, type AdoptedCheckpoint, adoptedSpec, shellCommand } from "@menagerie/core/adopt";
import { checkpointPlace, type LocalZoo } from "@menagerie/core/host";
import { type Command, Option } from "commander";
import { stringify } from "yaml";
import { adoptChoices, arithmetics, type ChoiceFlags, sizeFlag } from "./adopt-choices.ts";
import { adoptedIdentity, type IdentityFlags, requireRole } from "./adopted-identity.ts";
import { type GlobalFlags, openZoo, standardLog } from "./application.ts";
import { type AskedQuestion, askedWords, askModel, noteDoubts } from "./ask-model.ts";
import { recordGolden } from "./golden-question.ts";
import { type MeasuredMemory, measuredMemory, memoryWords, withMemory } from "./measured-memory.ts";
import { megabytes, paint, print, printJson } from "./output.ts";
import { showProgress } from "./progress.ts";
import { fittingWords, otherFamilies, proposals } from "./propose-models.ts";
import { writeOutput } from "./write-output.ts";

interface AdoptFlags extends GlobalFlags, ChoiceFlags, IdentityFlags {
  readonly like?: string;
  readonly name?: string;
  readonly precision?: string;
  readonly output?: string;
  readonly golden?: string;
  readonly force?: boolean;
  readonly ask: boolean;
}

export function addAdoptCommand(program: Command): void {
  program
    .command("adopt")
    .summary("write the spec of your own checkpoint")
    .description(
      [
        "Reads a checkpoint folder in the layout of the public conversions, writes its ModelSpec with digests, loads it,",
        "and asks it two made questions of each of its tasks. Without --like it says which of the known models' families",
        "the folder fits. Nothing is fetched: the files must be on this machine.",
      ].join(" "),
    )
    .argument("<dir>", "folder with config.json, preprocessor_config.json, tokenizer.json and the graphs")
    .option("--like <model>", "a model of the same family that the zoo knows (default: propose some)")
    .option("--precision <precision>", "precision of the graphs (default: the most exact in the folder)")
    .option("--file <graph>", "the graph, where the folder has several or one of an unusual name: best.onnx")
    .option("--labels <file>", "names of the outputs, one a line or as JSON, where the folder names none or others")
    .option("--size <pixels>", "size of pictures, 224 or 320x240 (width x height), where no file says it", sizeFlag)
    .addOption(
      new Option(
        "--activation <activation>",
        "what makes scores of a classifier's numbers, none where they are scores (default: as its graph says)",
      ).choices(["softmax", "sigmoid", "none"]),
    )
    .option("--task <name...>", "what the model is to answer, of all that it can: embed-image (default: all)")
    .addOption(
      new Option(
        "--arithmetic <name>",
        "whose resizing your pictures went through, where it was not the processor's own",
      ).choices(arithmetics),
    )
    .option("--name <name>", "name of the new model (default: the folder's name)")
    .option("--role <role>", "what it is for in a pipeline (default: after its first task, image_classification)")
    .option(
      "--licence <id>",
      "SPDX identifier of the weights' licence (default: what its README.md states, else NOASSERTION)",
    )
    .option("-o, --output <file>", "spec to write (default: standard output)")
    .option("--golden <file>", "ask the model about this picture or recording, and hold every later load to the answer")
    .option("--no-ask", "load the model, but put no made questions to it")
    .option("--force", "overwrite the spec if it is there")
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  zoo adopt ./my-clip                                        which families does it fit?",
        "  zoo adopt ./my-clip --like clip-vit-b32 -o my-clip.yaml",
        "  zoo adopt ./my-clip --like clip-vit-b32 --precision fp16 --name my-clip-fp16 -o my-clip-fp16.yaml",
        "  zoo adopt ./runs/train/weights --file best.onnx --like vehicle-damage-detection --name damage -o damage.yaml",
        "  zoo adopt ./vans --like vehicle-segment-classification --labels vans.txt --size 256 -o vans.yaml",
        '  zoo run my-clip photo.jpg --spec my-clip.yaml --labels "a cat,a dog"',
      ].join("\n"),
    )
    .action(async (dir: string, _flags: unknown, self: Command) => adopt(dir, self.optsWithGlobals()));
}

async function adopt(dir: string, flags: AdoptFlags): Promise<void> {
  const folder = await checkpointPlace(dir);
  const choices = await adoptChoices(flags);
  const { like } = flags;
  const doubts: string[] = [];
  await using zoo = await openZoo(flags, { log: noteDoubts(standardLog(flags), doubts) });
  if (like === undefined) return await propose(zoo, dir, flags, choices);
  const name = flags.name ?? nameOf(folder);
  if (flags.name !== undefined && !/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(flags.name))
    throw new ModelError(
      "input_invalid",
      `--name must be lower-case words joined by - . or _, not "${flags.name}": ${nameOf(flags.name) || "my-model"}, say.`,
      { details: { name: flags.name } },
    );
  const file = resolve(flags.output ?? join(process.cwd(), `${name}.yaml`));
  if (flags.output !== undefined && flags.force !== true && existsSync(file)) {
    throw new ModelError(
      "input_invalid",
      `${flags.output} is there already. Name another file, or overwrite it with --force.`,
      { details: { file } },
    );
  }
  const stop = showProgress(zoo, !flags.json);
  try {
    const known = zoo.find(like);
    requireRole(flags.role);
    const read = await zoo
      .adopt(folder, like, choices)
      .catch(async (error: unknown) => Promise.reject(await otherFamilies(zoo, dir, error, choices)));
    // The spec finds its weights from where it lies, so that it works wherever both are moved together.
    const root = (relative(dirname(file), folder) || ".").split(sep).join("/");
    const { assumptions, findings, ...identity } = await adoptedIdentity(flags, folder, read.spec.tasks ?? known.tasks);
    const adopted = {
      ...read,
      findings: [...read.findings, ...findings],
      assumptions: [...(read.assumptions ?? []), ...assumptions],
    };
    const drafted = parseModelSpec({ ...adoptedSpec(adopted, known, name), ...identity, artifacts_root: root }, file);
    zoo.add(drafted, file);
    const { modelSignature } = await zoo.load(name);
    const asked = flags.ask ? await askModel(zoo, drafted, doubts) : [];
    const memory = await measuredMemory(zoo, name);
    const spec = withMemory(drafted, memory);
    const golden = flags.golden === undefined ? [] : [await recordGolden(zoo, spec, folder, resolve(flags.golden))];
    stop();
    const text = stringify(inOrder({ ...spec, golden }), { lineWidth: 120, flowCollectionPadding: true });
    if (flags.output !== undefined) await writeOutput("The spec", file, text);
    const report: Report = { adopted, spec: { ...spec, golden }, asked, memory };
    if (flags.json) printJson(forMachines(report, flags.output === undefined ? undefined : file, modelSignature));
    else {
      if (flags.output === undefined) process.stdout.write(text);
      showReport(report, zoo.tasks, dir, flags.output);
    }
  } finally {
    stop();
  }
}

function nameOf(folder: string): string {
  return basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}

async function propose(zoo: LocalZoo, dir: string, flags: AdoptFlags, choices: AdoptChoices): Promise<void> {
  const fitting = await proposals(zoo, dir, choices);
  const words = fittingWords(dir, fitting);
  if (flags.output !== undefined)
    throw new ModelError("input_invalid", `Which family is meant is for you to say, with --like. ${words}`, {
      details: { fitting: fitting.map(({ like }) => like) },
    });
  if (flags.json) printJson({ folder: resolve(dir), fitting });
  else print(words);
}

interface Report {
  readonly adopted: AdoptedCheckpoint;
  readonly spec: ModelSpec;
  readonly asked: readonly AskedQuestion[];
  readonly memory: MeasuredMemory;
}

/** Where the weights lie comes last, as people look for it. */
function inOrder({ artifacts_root, ...rest }: ModelSpec): object {
  return { ...rest, artifacts_root };
}

function forMachines({ adopted, spec, asked, memory }: Report, file: string | undefined, signature: string): object {
  return {
    name: spec.model_name,
    file,
    findings: adopted.findings,
    assumptions: adopted.assumptions ?? [],
    tasks: spec.tasks,
    asked: asked.map((question) => ({ ...question, task: question.task.name })),
    measured_bytes: memory.loaded_bytes,
    peak_bytes: memory.peak_bytes,
    declared_bytes: memory.declared_bytes,
    load_ms: memory.load_ms,
    model_signature: signature,
    spec,
  };
}

function showReport(
  { adopted, spec, asked, memory }: Report,
  tasks: TaskRegistry,
  dir: string,
  output: string | undefined,
): void {
  const { model_name: name, golden } = spec;
  const lines = [
    ...adopted.findings,
    ...(adopted.assumptions ?? []).map((line) => `${paint("yellow", "assumed:")} ${line}`),
    ...golden.map((test) => `each load is held to ${join(dir, test.output)}`),
    `it loads in ${Math.round(memory.load_ms)} ms (prepared once) and takes ${megabytes(memory.loaded_bytes)}`,
    ...askedWords(asked),
    ...(asked.length === 0 ? [`it was not asked, and says that it answers ${spec.tasks.join(", ")}`] : []),
    ...memoryWords(spec, memory),
  ];
  process.stderr.write(`${lines.map((line) => `  ${line}`).join("\n")}\n`);
  if (output === undefined) return;
  const [task = "embed-image"] = spec.tasks;
  const command = shellCommand("zoo", "run", name, exampleInput(spec, tasks), "--spec", output, "--task", task);
  process.stderr.write(`${paint("green", "written")} ${output}. Try: ${command}\n`);
}

/** What could be asked of the model's first task. */
function exampleInput({ tasks: [task = "embed-image"] }: ModelSpec, tasks: TaskRegistry): string {
  const kind = tasks.named(task).positional?.kind;
  return kind === "audio" ? "talk.wav" : kind === "text" ? "a text" : "photo.jpg";
}
