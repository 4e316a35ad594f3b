import { mkdir, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import {
  type AnswerFile,
  answerFiles,
  holdsFiles,
  ModelError,
  type RegisteredTask,
  systemError,
} from "@menagerie/core";
import { writeOutput } from "./write-output.ts";

/** Writes the files that an answer holds. @returns their names */
export type WriteFiles = (output: unknown, input: string, index: number) => Promise<readonly string[]>;

/** Why files of answers cannot be written there; undefined where they can. @param count of questions */
export async function filesObstacle(place: string, task: RegisteredTask, count: number): Promise<string | undefined> {
  if (!holdsFiles(task))
    return `an answer to ${task.name} holds no picture, recording, tensor or text that could be written; --json prints it`;
  if (count > 1 && !(await isFolder(place)))
    return `--output must name a folder for the answers to ${count} inputs: ${place}/`;
  return undefined;
}

/** Writes into a file, or into a folder (a name that ends with / or is one): a file for each picture, recording, tensor and text. */
export async function writerOf(place: string, task: RegisteredTask, count: number): Promise<WriteFiles> {
  if (!(await isFolder(place)))
    return async (output) => {
      const file = soleFile(place, answerFiles(task, output));
      await writeOutput(`The ${file.kind} of the answer`, place, file.bytes);
      return [place];
    };
  await mkdir(place, { recursive: true }).catch((cause: unknown) => {
    throw systemError(`The folder ${place} cannot be made`, cause, { code: "input_invalid", details: { place } });
  });
  const taken = new Set<string>();
  return async (output, input, index) => {
    const names: string[] = [];
    for (const { path, extension, bytes, kind } of answerFiles(task, output)) {
      const own = `${inLetters(path)}${extension}`;
      const name = unique(count > 1 ? `${stemOf(input)}.${own}` : own, index, taken);
      await writeOutput(`The ${kind} of the answer`, join(place, name), bytes);
      names.push(join(place, name));
    }
    return names;
  };
}

/** Letters and digits of every script are kept, and no name leads out of the folder. */
function inLetters(path: string): string {
  return path.normalize("NFC").replaceAll(/[^\p{L}\p{M}\p{N}_.-]+/gu, "_");
}

/** An input is the name of a file, or a text of any length. */
function stemOf(input: string): string {
  return [...basename(input, extname(input)).replaceAll(/\p{C}/gu, "_")].slice(0, 50).join("");
}

/**
 * Two inputs may have one name in different folders, two files of an answer names that differ in what a file's name cannot
 * hold, and some file systems hold "A" and "a" for one.
 */
function unique(name: string, index: number, taken: Set<string>): string {
  let own = name;
  for (let number = Math.max(1, index); taken.has(own.toLowerCase()); number++) own = `${number}.${name}`;
  taken.add(own.toLowerCase());
  return own;
}

/** @throws `input_invalid` where the answer does not hold exactly one file of that kind */
function soleFile(place: string, files: readonly AnswerFile[]): AnswerFile {
  const wanted = endingOf(place);
  const [only, another] = wanted === "" ? files : files.filter(({ extension }) => endingOf(extension) === wanted);
  if (only !== undefined && another === undefined) return only;
  const there = files.map(({ path, extension, mediaType }) => `${path}${extension} (${mediaType})`).join(", ");
  throw new ModelError(
    "input_invalid",
    `The answer cannot be written as ${place}: it holds ${there === "" ? "no file" : there}. ` +
      `Name a file of such a kind, or a folder for all of them: ${place.replace(/\.\w+$/, "")}/`,
    { details: { file: place, files: files.map(({ path, mediaType }) => ({ path, media_type: mediaType })) } },
  );
}

const synonyms: Readonly<Record<string, string>> = { ".jpeg": ".jpg", ".tif": ".tiff" };

function endingOf(name: string): string {
  const ending = (name.startsWith(".") ? name : extname(name)).toLowerCase();
  return synonyms[ending] ?? ending;
}

async function isFolder(place: string): Promise<boolean> {
  if (/[\\/]$/.test(place)) return true;
  return stat(place).then(
    (info) => info.isDirectory(),
    () => false,
  );
}
