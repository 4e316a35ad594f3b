import { readFile } from "node:fs/promises";
import { ModelError, systemError } from "@menagerie/core";
import type { AdoptChoices } from "@menagerie/core/adopt";
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

/** One label a line, a JSON list, or JSON's `{"0": "cat", …}` as config.json has it. */
async function readLabels(file: string): Promise<readonly string[]> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw systemError(`${file} cannot be read`, cause, { code: "input_invalid", details: { file } });
  });
  const plain = text.replace(/^\uFEFF/, "");
  const labels = /^\s*[[{]/.test(plain) ? listOf(file, plain) : linesOf(plain);
  if (labels.length > 0) return labels;
  throw refusal(file, "names no label; one a line was expected, or a JSON list");
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function listOf(file: string, text: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refusal(file, "begins like JSON and is none");
  }
  const named = value as Readonly<Record<string, unknown>>;
  const labels: unknown[] = Array.isArray(value) ? value : Object.keys(named).map((_, i) => named[String(i)]);
  const wrong = labels.findIndex((label) => typeof label !== "string");
  if (wrong >= 0)
    throw refusal(file, `has no text as label ${wrong}: a list of texts was expected, or texts by number from 0 on`);
  return labels as string[];
}

function refusal(file: string, problem: string): ModelError {
  return new ModelError("input_invalid", `${file} ${problem}.`, { details: { file } });
}
