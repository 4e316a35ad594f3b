import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import {
  type Answer,
  type ModelSpec,
  type RegisteredTask,
  TaskRegistry,
  unsupportedTask,
  type Zoo,
} from "@menagerie/core";
import { type LocalZoo, readModelSpec, zooManifest } from "@menagerie/core/host";
import { type Command, InvalidArgumentError, Option } from "commander";
import { applicationTasks, type GlobalFlags, openZoo } from "./application.ts";
import { askQuestions } from "./ask-questions.ts";
import { manifestText } from "./command-manifest.ts";
import { drawingObstacle } from "./drawing.ts";
import { jsonValue } from "./field-value.ts";
import { deadlineRange, type NumberRange, numberFlag } from "./number-flag.ts";
import { filesObstacle } from "./output-files.ts";
import { rawFormats, rawPcmObstacle } from "./raw-pcm.ts";
import type { RunFlags } from "./run-flags.ts";
import { type ServedFlags, servedZoo, tokenOption, urlOption } from "./served-zoo.ts";
import { subtitlesObstacle } from "./subtitles.ts";
import { defaultTask, flagsTaken, TaskFlags } from "./task-flags.ts";
import { writeOutput } from "./write-output.ts";

/** What a WAV header can say. */
const rateRange = { least: 1, most: 2 ** 32 - 1, isWhole: true } as const;
const channelsRange = { least: 1, most: 2 ** 16 - 1, isWhole: true } as const;
const cueRange: NumberRange = { least: 1, most: 1000, isWhole: true };

export function addRunCommand(program: Command): void {
  const command = program
    .command("run")
    .summary("ask a model")
    .description("Asks a model: pictures and recordings by file name (- for standard input), texts in words.")
    .argument("<model>", "name or role of the model")
    .argument("[input...]", "files, texts, or JSON where the task takes that")
    .option("-t, --task <name>", "what to ask, as `zoo tasks` lists it; may be left out where only one fits")
    .option("--input <json|@file>", "fields of the question as JSON, or a file of it; flags go before them")
    .option(
      "-o, --output <place>",
      "write the answer's pictures, recordings, tensors and texts: a file, or a folder (stems/)",
    )
    .option("--spec <file>", "a ModelSpec that is on no plugin's list, as `zoo adopt` writes it")
    .option("--models-root <dir>", "folder of the artifacts")
    .option("--manifest <file>", "write down what gave the answers (models_used), as `zoo manifest` does")
    .option("--frozen", "refuse what is outside of zoo.lock (as MENAGERIE_FROZEN=1 does)")
    .addOption(urlOption("ask a zoo that is served there, and not this application's own"))
    .addOption(tokenOption())
    .option("--deadline-ms <n>", "deadline in milliseconds; a late answer is dropped", numberFlag(deadlineRange))
    .option("--stream", "with --json: a line for each part of the answer as soon as it is known, before the answer")
    .option("--subtitles <file>", "write what is heard as subtitles (.srt, .vtt) or as .tsv, .txt, .json")
    .option("--highlight-words", "with --subtitles and --word-timestamps: underline each word while it is spoken")
    .option(
      "--max-line-width <n>",
      "with --subtitles and --word-timestamps: most characters of a line",
      numberFlag(cueRange),
    )
    .option("--max-line-count <n>", "with --max-line-width: most lines of a subtitle", numberFlag(cueRange))
    .option("--max-words-per-line <n>", "with --subtitles and --word-timestamps: most words", numberFlag(cueRange))
    .option("--draw <file>", "draw the answer on the picture: .png, .jpg or .webp (needs @menagerie/vision)")
    .option("--rate <hz>", "the recording is raw samples of that rate, without a header", numberFlag(rateRange))
    .option(
      "--channels <n>",
      "with --rate: channels whose samples come by turns (default: 1)",
      numberFlag(channelsRange),
    )
    .addOption(
      new Option("--format <name>", "with --rate: how a sample is written (default: s16le)").choices(rawFormats),
    )
    .addOption(new Option("--priority <class>", "scheduling priority").choices(["critical", "high", "medium", "low"]))
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  zoo run emoji-clip pizza.png",
        '  zoo run emoji-clip *.png --labels "a slice of pizza"       the pictures that fit best first',
        "  zoo run demo-brisque photo.jpg --json",
        "  zoo run whisper-tiny talk.flac --language en               what is said, and when",
        "  zoo run whisper-tiny talk.flac --subtitles talk.srt",
        "  zoo run my-whisper talk.flac --subtitles talk.vtt --word-timestamps --max-line-width 42 --max-line-count 2",
        "  zoo run whisper-tiny talk.flac --temperature 0,0.2,0.4,0.6,0.8,1   as openai/whisper falls back",
        "  zoo run whisper-tiny talk.flac --json --stream             each segment as soon as it is heard",
        "  arecord -t raw -f S16_LE -r 16000 -d 9 | zoo run whisper-tiny - --rate 16000",
        "  zoo run demo-brisque photo.jpg --draw judged.png           the picture with the answer on it",
        "  zoo run my-upscaler photo.jpg -o large.png                 the picture of the answer",
        "  zoo run my-chat --messages @chat.json                      a field of any shape, from a file",
        '  zoo run my-clip photo.jpg --spec my-clip.yaml --labels "a cat,a dog"',
        "  zoo run emoji-clip pizza.png --url http://127.0.0.1:8000   a zoo that is served",
      ].join("\n"),
    );
  const taken = flagsTaken(program, command);
  let taskFlags: TaskFlags | undefined;
  // Which flags there are is known once it is known whose plugins are meant.
  program.hook("preSubcommand", async (_program, subcommand) => {
    if (subcommand !== command) return;
    const { tasks, helped } = await tasksMeant(program);
    taskFlags = new TaskFlags(tasks, taken);
    taskFlags.addTo(command, helped);
  });
  command.action(async (model: string, inputs: string[], _flags: unknown, self: Command) =>
    run(model, inputs, { ...self.optsWithGlobals<RunFlags>() }, self, taskFlags ?? new TaskFlags(new TaskRegistry())),
  );
}

/**
 * Those of the zoo that will be asked. What stands in the line is not parsed yet, for want of them.
 * @returns helped: the tasks of the model whose help is asked for, where it is known
 */
async function tasksMeant(program: Command): Promise<{ tasks: TaskRegistry; helped?: readonly string[] | undefined }> {
  const { url, token = process.env.ZOO_TOKEN } = servedFlagsIn(program.args);
  const asksForHelp = ownWords(program.args).some((word) => word === "--help" || word === "-h");
  const named = asksForHelp ? ownWords(program.args.slice(1)).filter((word) => !word.startsWith("-")) : [];
  if (url === undefined && named.length === 0) return { tasks: await applicationTasks(program.opts<GlobalFlags>()) };
  await using zoo: Zoo = url === undefined ? await openZoo(program.opts<GlobalFlags>()) : servedZoo(url, { token });
  for (const word of named) {
    const spec = await (async () => zoo.find(word))().catch(() => undefined);
    if (spec !== undefined) return { tasks: await zoo.tasks, helped: spec.tasks };
  }
  return { tasks: await zoo.tasks };
}

function servedFlagsIn(line: readonly string[]): ServedFlags {
  const words = ownWords(line);
  const said = (flag: string): string | undefined => {
    const at = words.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
    return words[at] === flag ? words[at + 1] : words[at]?.slice(flag.length + 1);
  };
  return { url: said("--url"), token: said("--token") };
}

/** Those before `--`, which may be flags. */
function ownWords(line: readonly string[]): readonly string[] {
  return line.includes("--") ? line.slice(0, line.indexOf("--")) : line;
}

async function run(
  model: string,
  plain: readonly string[],
  flags: RunFlags,
  command: Command,
  taskFlags: TaskFlags,
): Promise<void> {
  const usage = (problem: string): never => command.error(`error: ${problem}`, { exitCode: 2 });
  const local =
    flags.spec !== undefined
      ? "--spec"
      : flags.modelsRoot !== undefined
        ? "--models-root"
        : flags.frozen !== undefined
          ? "--frozen"
          : flags.profile !== undefined
            ? "--profile"
            : flags.manifest !== undefined
              ? "--manifest"
              : undefined;
  if (flags.url !== undefined && local !== undefined)
    usage(`${local} is about this machine; a zoo that is served (--url) has its own`);
  await using zoo = await zooMeant(model, flags);
  const spec = await zoo.find(model);
  const given = flags as unknown as Readonly<Record<string, unknown>>;
  const task = await chooseTask(spec, await zoo.tasks, plain, flags, taskFlags, command);
  const foreign = taskFlags.foreign(task, given);
  if (foreign.length > 0) usage(`${task.name} has no --${foreign.join(", --")}`);
  const flagged = taskFlags.plain(task, given);
  if (flagged.length > 0 && plain.length > 0)
    usage(`--${taskFlags.plainFlag(task)} says what "${plain[0]}" says already: give one of them`);
  const inputs = flagged.length > 0 ? flagged : plain;
  try {
    const stated = flags.input === undefined ? {} : await jsonValue(flags.input, task.document.input);
    const besides = { ...(stated as object), ...(await taskFlags.input(task, given)) };
    const obstacle = await obstacleTo(task, inputs, flags, besides);
    if (obstacle !== undefined) usage(obstacle);
    const answers: Answer[] = [];
    const asked = { model: spec.model_name, task, inputs, besides, onAnswer: (answer: Answer) => answers.push(answer) };
    await askQuestions(zoo, asked, flags);
    if (flags.manifest !== undefined) await writeManifest(zoo as LocalZoo, spec.model_name, answers, flags.manifest);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError) || error.code !== "commander.invalidArgument") throw error;
    usage(error.message);
  }
}

/** @param zoo one of this process: `--manifest` is refused for others */
async function writeManifest(zoo: LocalZoo, model: string, answers: readonly Answer[], file: string): Promise<void> {
  const manifest = await zooManifest(zoo, { models: [model], answers });
  await writeOutput("The manifest", resolve(file), `${manifestText(manifest, "json")}\n`);
}

/** The application's own zoo, with the spec that the flags name, or one that is served. */
async function zooMeant(model: string, flags: RunFlags): Promise<Zoo> {
  if (flags.url !== undefined) return servedZoo(flags.url, flags);
  const root = flags.modelsRoot === undefined ? {} : { modelsRoot: resolve(flags.modelsRoot) };
  const zoo = await openZoo(flags, { ...root, ...(flags.frozen === undefined ? {} : { frozen: flags.frozen }) });
  if (flags.spec === undefined) return zoo;
  try {
    zoo.add(await readModelSpec(resolve(flags.spec), model), resolve(flags.spec));
    return zoo;
  } catch (error) {
    await zoo.close();
    throw error;
  }
}

/** Why what the flags say cannot be done; undefined where it can. */
async function obstacleTo(
  task: RegisteredTask,
  inputs: readonly string[],
  flags: RunFlags,
  besides: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  const field = task.positional;
  if (field === undefined && inputs.length > 0)
    return `${task.name} takes nothing but its flags; "${inputs[0]}" is none of them`;
  if (field?.required === true && inputs.length === 0 && besides[field.name] === undefined)
    return "missing required argument 'input'";
  const count = field?.single === true ? inputs.length : 1;
  return (
    rawPcmObstacle(flags, field) ??
    (flags.draw === undefined ? undefined : drawingObstacle(flags.draw, task, inputs)) ??
    (flags.output === undefined ? undefined : await filesObstacle(flags.output, task, count)) ??
    (flags.subtitles === undefined
      ? undefined
      : subtitlesObstacle(flags.subtitles, task.name, inputs, flags.timestamps)) ??
    cueObstacle(flags)
  );
}

/** Why cues cannot be laid out as the flags say; undefined where they can. */
function cueObstacle(flags: RunFlags): string | undefined {
  const named = [
    ["highlight-words", flags.highlightWords],
    ["max-line-width", flags.maxLineWidth],
    ["max-line-count", flags.maxLineCount],
    ["max-words-per-line", flags.maxWordsPerLine],
  ] as const;
  const flag = named.find(([, value]) => value !== undefined)?.[0];
  if (flag === undefined) return undefined;
  if (flags.maxLineCount !== undefined && flags.maxLineWidth === undefined)
    return "--max-line-count counts lines that --max-line-width makes: give both";
  if (flags.subtitles !== undefined && flags.wordTimestamps) return undefined;
  return `--${flag} is about the words of subtitles: it needs --subtitles and --word-timestamps`;
}

async function chooseTask(
  spec: ModelSpec,
  tasks: TaskRegistry,
  inputs: readonly string[],
  flags: RunFlags,
  taskFlags: TaskFlags,
  command: Command,
): Promise<RegisteredTask> {
  if (flags.task !== undefined) {
    const named = tasks.named(flags.task);
    if (spec.tasks.includes(named.name)) return named;
    throw unsupportedTask(spec.model_name, named.name, spec.tasks);
  }
  const given = flags as unknown as Readonly<Record<string, unknown>>;
  const areFiles = (await Promise.all(inputs.map(isFile))).every(Boolean);
  const task = defaultTask(
    spec,
    tasks,
    { count: inputs.length, areFiles },
    (candidate) => taskFlags.foreign(candidate, given).length > 0,
    given.labels !== undefined,
    (candidate) => taskFlags.plain(candidate, given).length > 0,
  );
  if (task !== undefined) return task;
  if (spec.tasks.length === 0) throw unsupportedTask(spec.model_name, "any task", spec.tasks);
  if (inputs.length === 0) return command.error("error: missing required argument 'input'", { exitCode: 2 });
  return command.error(
    `error: ${spec.model_name} answers several tasks; say which with --task: ${spec.tasks.join(", ")}`,
    { exitCode: 2 },
  );
}

/** A name that looks like a picture or a recording counts as one even where it is missing, so that the error is about the file. */
async function isFile(name: string): Promise<boolean> {
  return (
    name === "-" ||
    /\.(jpe?g|png|webp|gif|tiff?|avif|bmp|wav|w64|aiff?|aifc|au|caf|flac|mp3|ogg|oga|opus|m4a|mp4|mov|webm|mka|mkv)$/i.test(
      name,
    ) ||
    stat(name).then(
      (info) => info.isFile(),
      () => false,
    )
  );
}
