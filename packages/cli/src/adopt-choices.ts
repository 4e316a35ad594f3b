import { readFile } from "node:fs/promises";
import { ModelError, systemError } from "@menagerie/core";
import { type AdoptChoices, decodedText, labelList } from "@menagerie/core/adopt";
import { InvalidArgumentError } from "commander";

/** The flags of `zoo adopt` that decide what a folder leaves open. */
export interface ChoiceFlags {
  readonly precision?: string;
  readonly file?: string;
  readonly labels?: string;
  readonly size?: readonly [width: number, height: number];
  readonly activation?: "softmax" | "sigmoid" | "none";
  readonly task?: readonly string[];
  readonly arithmetic?: (typeof arithmetics)[number];
}

/** Whose resizing may be chosen. */
export const arithmetics = ["pillow-12", "pillow-13", "torchvision"] as const;

/** @throws `input_invalid` for labels that cannot be read */
export async function adoptChoices(flags: ChoiceFlags): Promise<AdoptChoices> {
  const { precision, file, labels, size, activation, task, arithmetic } = flags;
  return {
    ...(task === undefined ? {} : { tasks: task.flatMap((names) => names.split(",")) }),
    ...(arithmetic === undefined ? {} : { arithmetic }),
    ...(precision === undefined ? {} : { precision }),
    ...(file === undefined ? {} : { graph: file.replace(/^\.\//, "") }),
    ...(labels === undefined ? {} : { labels: await readLabels(labels) }),
    ...(size === undefined ? {} : { size }),
    ...(activation === undefined ? {} : { activation }),
  };
}

/** `224`, or `320x240`. @throws InvalidArgumentError, as flags do */
export function sizeFlag(text: string): readonly [width: number, height: number] {
  const [, width, height = width] = /^(\d{1,5})(?:[x×](\d{1,5}))?$/.exec(text) ?? [];
  const sides = [Number(width), Number(height)] as const;
  if (sides.every((side) => side > 0)) return sides;
  throw new InvalidArgumentError("A size must be one number of pixels, or width x height: 224 or 320x240.");
}

/** @throws `input_invalid` for what is no text, and no list of labels */
async function readLabels(file: string): Promise<readonly string[]> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw systemError(`${file} cannot be read`, cause, { code: "input_invalid", details: { file } });
  });
  try {
    return labelList(decodedText(bytes));
  } catch (cause) {
    throw new ModelError("input_invalid", `${file} ${(cause as Error).message}.`, { details: { file }, cause });
  }
}
