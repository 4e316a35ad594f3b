import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type GoldenTest, holdsBytes, ModelError, type ModelSpec, type RegisteredTask } from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import { readInput } from "./read-input.ts";

/** Largest difference that other processors and engine versions may make: pixels of a box, points of a score. */
const tolerance = 0.01;

/**
 * Asks a model about a file and writes both beside the artifacts, so that each later load is held to the answer.
 * @param folder of the artifacts
 * @throws `input_invalid` for a model whose tasks take no file, or need more than one
 */
export async function recordGolden(zoo: LocalZoo, spec: ModelSpec, folder: string, file: string): Promise<GoldenTest> {
  const task = spec.tasks.map((name) => zoo.tasks.named(name)).find(isAskedOfFile);
  const field = task?.positional;
  if (task === undefined || field === undefined) {
    const message = `${spec.model_name} answers ${spec.tasks.join(", ")}, none of which is asked of a file: it has no golden question.`;
    throw new ModelError("input_invalid", message, { model: spec.model_name });
  }
  const bytes = await readInput(field, file, task.document.input);
  const input = { [field.name]: field.single ? bytes : [bytes] };
  const { output } = await zoo.run(spec.model_name, task, input);
  const question = `golden/${basename(file)}`;
  const answer = `golden/${basename(file)}.${task.name}.json`;
  await mkdir(dirname(join(folder, question)), { recursive: true });
  await copyFile(file, join(folder, question));
  await writeFile(join(folder, answer), `${JSON.stringify(withoutBytes(output))}\n`);
  return { task: task.name, input: { [field.name]: field.single ? question : [question] }, output: answer, tolerance };
}

/** A file is all that it needs. */
export function isAskedOfFile({ fields, positional }: RegisteredTask): boolean {
  const needed = fields.filter((field) => field.required || field === positional);
  return positional !== undefined && holdsBytes(positional) && needed.length === 1;
}

/** Maps and masks are left out: their numbers are told by what stands beside them, and their bytes by nobody exactly. */
function withoutBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutBytes);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => !(item instanceof Uint8Array));
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutBytes(item)]));
}
