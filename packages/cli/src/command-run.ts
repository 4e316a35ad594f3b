import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import {
  type Answer,
  type AskOptions,
  ModelError,
  nearest,
  type Priority,
  type TaskInput,
  type TaskName,
  type TranscribeAudioOutput,
  taskNames,
  vocabulary,
} from "@menagerie/core";
import { type LocalZoo, readModelSpec } from "@menagerie/core/host";
import { type Command, Option } from "commander";
import { type GlobalFlags, openZoo } from "./application.ts";
import { drawingObstacle, prepareDrawing } from "./drawing.ts";
import { deadlineRange, type NumberRange, numberFlag } from "./number-flag.ts";
import { print, printJson } from "./output.ts";
import { type PartPrinter, partsForMachines, partsForPeople } from "./part-printer.ts";
import { showProgress } from "./progress.ts";
import { type RawPcmFlags, rawFormats, rawPcmObstacle, rawPcmOf } from "./raw-pcm.ts";
import { readInput } from "./read-input.ts";
import { showAnswer, showProof } from "./show-answer.ts";
import { subtitlesObstacle, writeSubtitles } from "./subtitles.ts";
import { addTaskFlags, defaultTask, foreignFlags, positionalField, taskInput } from "./task-flags.ts";

/** What a WAV header can say. */
const rateRange = { least: 1, most: 2 ** 32 - 1, isWhole: true } as const;
const channelsRange = { least: 1, most: 2 ** 16 - 1, isWhole: true } as const;
const cueRange: NumberRange = { least: 1, most: 1000, isWhole: true };

interface RunFlags extends GlobalFlags, RawPcmFlags {
  readonly task?: string;
  readonly spec?: string;
  readonly modelsRoot?: string;
  readonly deadlineMs?: number;
  readonly priority?: Priority;
  readonly stream?: boolean;
  readonly subtitles?: string;
  readonly timestamps?: boolean;
  readonly wordTimestamps?: boolean;
  readonly highlightWords?: boolean;
  readonly maxLineWidth?: number;
  readonly maxLineCount?: number;
  readonly maxWordsPerLine?: number;
  readonly draw?: string;
}

export function addRunCommand(program: Command): void {
  const command = program
    .command("run")
    .summary("ask a model")
    .description("Asks a model: pictures and recordings by file name (- for standard input), texts in words.")
    .argument("<model>", "name or role of the model")
    .argument("<input...>", "files or texts")
    .option("-t, --task <name>", `what to ask: ${taskNames.join(", ")}; may be left out where only one fits`)
    .option("--spec <file>", "a ModelSpec that is on no plugin's list, as `zoo adopt` writes it")
    .option("--models-root <dir>", "folder of the artifacts")
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
        '  zoo run my-clip photo.jpg --spec my-clip.yaml --labels "a cat,a dog"',
      ].join("\n"),
    );
  addTaskFlags(command);
  command.action(async (model: string, inputs: string[], _flags: unknown, self: Command) =>
    run(model, inputs, self.optsWithGlobals<RunFlags>(), self),
  );
}

async function run(model: string, inputs: readonly string[], flags: RunFlags, command: Command): Promise<void> {
  await using zoo = await openZoo(
    flags,
    flags.modelsRoot === undefined ? {} : { modelsRoot: resolve(flags.modelsRoot) },
  );
  if (flags.spec !== undefined) await addSpec(zoo, model, flags.spec);
  const spec = zoo.find(model);
  const task = await chooseTask(zoo, model, inputs, flags, command);
  const foreign = foreignFlags(task, flags as Readonly<Record<string, unknown>>);
  if (foreign.length > 0) command.error(`error: ${task} has no --${foreign.join(", --")}`, { exitCode: 2 });
  const field = positionalField(task);
  const obstacle =
    rawPcmObstacle(flags, field) ??
    (flags.draw === undefined ? undefined : drawingObstacle(flags.draw, task, inputs)) ??
    (flags.subtitles === undefined ? undefined : subtitlesObstacle(flags.subtitles, task, inputs, flags.timestamps)) ??
    cueObstacle(flags);
  if (obstacle !== undefined) command.error(`error: ${obstacle}`, { exitCode: 2 });
  const draw = flags.draw === undefined ? undefined : await prepareDrawing(flags.draw);
  const stop = showProgress(zoo, !flags.json);
  try {
    for (const names of field.list ? [inputs] : inputs.map((input) => [input])) {
      const values = await Promise.all(names.map((name) => readInput(field, name, rawPcmOf(flags))));
      const parts = partPrinter(task, names, flags);
      const answer = await ask(zoo, spec.model_name, task, values, flags, parts).finally(stop);
      const isShown = parts?.end() ?? false;
      await draw?.(answer, values[0] as Uint8Array);
      if (flags.subtitles !== undefined)
        await writeSubtitles(flags.subtitles, answer.output as TranscribeAudioOutput, flags);
      if (flags.json) printJson(answer);
      else print(isShown ? showProof(answer) : showAnswer(answer, names));
    }
  } finally {
    stop();
  }
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
  if (flag === undefined || (flags.subtitles !== undefined && flags.wordTimestamps)) return undefined;
  return `--${flag} is about the words of subtitles: it needs --subtitles and --word-timestamps`;
}

/** Answers that take long are printed as they come. */
function partPrinter(task: TaskName, [name = ""]: readonly string[], flags: RunFlags): PartPrinter | undefined {
  if (vocabulary[task].part === undefined) return undefined;
  if (flags.json) return flags.stream ? partsForMachines() : undefined;
  return partsForPeople(name);
}

async function ask(
  zoo: LocalZoo,
  model: string,
  task: TaskName,
  values: readonly unknown[],
  flags: RunFlags,
  parts: PartPrinter | undefined,
): Promise<Answer> {
  const field = positionalField(task);
  const input = {
    ...taskInput(task, flags as Readonly<Record<string, unknown>>),
    [field.name]: field.list ? values : values[0],
  };
  const options: AskOptions = {
    ...(parts === undefined ? {} : { onPart: parts.onPart, onRestart: parts.onRestart }),
    ...(flags.deadlineMs === undefined ? {} : { deadlineMs: flags.deadlineMs }),
    ...(flags.priority === undefined ? {} : { priority: flags.priority }),
  };
  return zoo.run(model, task, input as unknown as TaskInput<TaskName>, options);
}

async function addSpec(zoo: LocalZoo, model: string, file: string): Promise<void> {
  zoo.add(await readModelSpec(resolve(file), model), resolve(file));
}

async function chooseTask(
  zoo: LocalZoo,
  model: string,
  inputs: readonly string[],
  flags: RunFlags,
  command: Command,
): Promise<TaskName> {
  const spec = zoo.find(model);
  if (flags.task !== undefined) {
    if (!taskNames.includes(flags.task as TaskName)) {
      const near = nearest(flags.task, taskNames);
      throw new ModelError(
        "task_unknown",
        `There is no task "${flags.task}". ${near === undefined ? `The tasks are: ${taskNames.join(", ")}.` : `Did you mean "${near}"?`}`,
        { details: { task: flags.task, known: taskNames } },
      );
    }
    return flags.task as TaskName;
  }
  const areFiles = (await Promise.all(inputs.map(isFile))).every(Boolean);
  const task = defaultTask(spec, areFiles, flags as Readonly<Record<string, unknown>>);
  if (task !== undefined) return task;
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
