import {
  type Answer,
  type AskOptions,
  type GetOptions,
  holdsBytes,
  type JsonSchema,
  ModelError,
  mapInOrder,
  type RegisteredTask,
  type TaskField,
  type TranscribeAudioOutput,
  toModelError,
  type Zoo,
} from "@menagerie/core";
import { InvalidArgumentError } from "commander";
import { inSpiteOfReader } from "./closed-output.ts";
import { prepareDrawing } from "./drawing.ts";
import { aboutFile } from "./error-about-file.ts";
import { print, printJson, showError } from "./output.ts";
import { writerOf } from "./output-files.ts";
import { type PartPrinter, partsForMachines, partsForPeople } from "./part-printer.ts";
import { showProgress } from "./progress.ts";
import { type RawPcm, rawPcmOf } from "./raw-pcm.ts";
import { readInput } from "./read-input.ts";
import type { RunFlags } from "./run-flags.ts";
import { showAnswer, showProof } from "./show-answer.ts";
import { writeSubtitles } from "./subtitles.ts";

/** What is asked: about all inputs together where the task takes a list of them, else about each. */
export interface Asked {
  readonly model: string;
  readonly task: RegisteredTask;
  readonly inputs: readonly string[];
  /** The fields that no plain argument fills. */
  readonly besides: Readonly<Record<string, unknown>>;
  /** Hears each answer. */
  readonly onAnswer?: ((answer: Answer) => unknown) | undefined;
}

/**
 * Asks and prints. Of several questions each has its answer or its error; one that failed makes the command fail. Files that the
 * flags name are written whether or not somebody reads what is printed.
 */
export async function askQuestions(zoo: Zoo, asked: Asked, flags: RunFlags): Promise<void> {
  const writes = flags.draw !== undefined || flags.output !== undefined || flags.subtitles !== undefined;
  await (writes ? inSpiteOfReader(() => askEach(zoo, asked, flags)) : askEach(zoo, asked, flags));
}

async function askEach(zoo: Zoo, asked: Asked, flags: RunFlags): Promise<void> {
  const { model, task, inputs } = asked;
  const draw = flags.draw === undefined ? undefined : await prepareDrawing(flags.draw, task);
  const groups = groupsOf(asked);
  const write = flags.output === undefined ? undefined : await writerOf(flags.output, task, groups.length);
  const stop = showProgress(zoo, !flags.json);
  try {
    const [first = [], another] = groups;
    // What one question lacks is said before a model is loaded for it.
    const sole = another === undefined ? await questionOf(asked, first, flags) : undefined;
    await using lease = sole === undefined ? await zoo.get(model, getOptions(flags)) : undefined;
    const asking = async (names: readonly string[], signal: AbortSignal): Promise<Answered> => {
      const input = sole ?? (await questionOf(asked, names, flags));
      const parts = partPrinter(task, names, flags);
      const { priority: _, ...options } = askOptions(flags, parts, signal);
      const answer = await (lease === undefined
        ? zoo.run(model, task, input, askOptions(flags, parts, signal))
        : lease.run(task, input, options)
      ).finally(stop);
      // Parts are pieces of a text: what else an answer holds is still to be shown.
      const isShown = (parts?.end() ?? false) && "text" in (answer.output as object);
      return { answer, input, isShown };
    };
    // Parts of two answers must not come between each other.
    const concurrency = task.part === undefined ? undefined : 1;
    for await (const { index, answer: given, error } of mapInOrder(groups, asking, { concurrency })) {
      const names = groups[index] ?? [];
      if (given === undefined) {
        const named = aboutFile(error, holdsFiles(task) ? names : []);
        if (another === undefined) throw named;
        const refused =
          named instanceof InvalidArgumentError ? new ModelError("input_invalid", named.message) : toModelError(named);
        showError(refused, flags.json === true, { index, input: names[0] ?? "" });
        continue;
      }
      const { answer, input, isShown } = given;
      asked.onAnswer?.(answer);
      await draw?.(answer.output, pictureOf(task, input));
      const written = (await write?.(answer.output, names[0] ?? "answer", index)) ?? [];
      if (flags.subtitles !== undefined)
        await writeSubtitles(flags.subtitles, answer.output as TranscribeAudioOutput, flags);
      if (flags.json) printJson(another === undefined ? answer : { index, ...answer });
      else print(isShown ? showProof(answer) : showAnswer(answer, names.length > 0 ? names : inputs, task));
      for (const file of flags.json ? [] : written) print(`  written ${file}`);
    }
  } finally {
    stop();
  }
}

interface Answered {
  readonly answer: Answer;
  readonly input: Readonly<Record<string, unknown>>;
  /** Its parts were printed as they came. */
  readonly isShown: boolean;
}

function holdsFiles({ positional }: RegisteredTask): boolean {
  return positional !== undefined && holdsBytes(positional);
}

function groupsOf({ task: { positional }, inputs }: Asked): (readonly string[])[] {
  if (positional?.single !== true || inputs.length === 0) return [inputs];
  return inputs.map((input) => [input]);
}

async function questionOf(
  { task, besides }: Asked,
  names: readonly string[],
  flags: RunFlags,
): Promise<Readonly<Record<string, unknown>>> {
  const field = task.positional;
  if (field === undefined || names.length === 0) return besides;
  const raw = rawPcmOf(flags);
  const values = await Promise.all(names.map((name) => readNamed(field, name, task.document.input, raw)));
  // A list of numbers or objects may be written as a whole.
  const value = field.single ? values[0] : values.flat();
  return { ...besides, [field.name]: value };
}

/** @throws InvalidArgumentError that names the field, and what `readInput` throws */
async function readNamed(field: TaskField, name: string, root: JsonSchema, raw: RawPcm | undefined): Promise<unknown> {
  try {
    return await readInput(field, name, root, raw);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    const shown = name.length > 100 ? `${name.slice(0, 100)}…` : name;
    throw new InvalidArgumentError(`the argument '${shown}' is invalid as "${field.name}". ${error.message}`);
  }
}

function getOptions({ deadlineMs, priority }: RunFlags): GetOptions {
  return {
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(priority === undefined ? {} : { priority }),
  };
}

function askOptions(flags: RunFlags, parts: PartPrinter | undefined, signal: AbortSignal): AskOptions {
  const listener = parts === undefined ? {} : { onPart: parts.onPart, onRestart: parts.onRestart };
  return { ...getOptions(flags), signal, ...listener };
}

/** Answers that take long are printed as they come. */
function partPrinter(task: RegisteredTask, [name = ""]: readonly string[], flags: RunFlags): PartPrinter | undefined {
  if (task.part === undefined) return undefined;
  if (flags.json) return flags.stream ? partsForMachines() : undefined;
  return partsForPeople(name === "" ? task.name : name);
}

/** The picture that was asked about; the first where there are several. */
function pictureOf({ positional }: RegisteredTask, input: Readonly<Record<string, unknown>>): Uint8Array {
  return [input[positional?.name ?? ""]].flat()[0] as Uint8Array;
}
