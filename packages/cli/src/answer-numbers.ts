import { answerFiles, mapBytes, placesIn, type RegisteredTask, tensorOf } from "@menagerie/core";

/** A number of an answer, and where it stands: `matches[0].score`. */
export interface AnswerNumber {
  readonly path: string;
  readonly value: number;
}

/** Every number of an answer, in order; tensors of float32 are read as such, other bytes are left out. */
export function answerNumbers(task: RegisteredTask, answer: unknown): Generator<AnswerNumber> {
  const { output } = task.document;
  const floats = new Map<string, Float32Array>();
  for (const { schema, value, path, holders } of placesIn(output, answer)) {
    const tensor = tensorOf(schema, value, holders.at(-1));
    if (typeof tensor !== "object" || tensor.dtype !== "float32") continue;
    floats.set(JSON.stringify(value instanceof Uint8Array ? path : [...path, "data"]), float32Of(tensor.data));
  }
  return numbersIn(
    mapBytes(output, answer, (_, path) => floats.get(JSON.stringify(path))),
    "",
  );
}

function* numbersIn(value: unknown, path: string): Generator<AnswerNumber> {
  if (typeof value === "number") yield { path, value };
  else if (ArrayBuffer.isView(value))
    for (const [i, item] of [...(value as Float32Array)].entries()) yield { path: `${path}[${i}]`, value: item };
  else if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* numbersIn(item, `${path}[${i}]`);
  else if (typeof value === "object" && value !== null)
    for (const [key, item] of Object.entries(value)) yield* numbersIn(item, path === "" ? key : `${path}.${key}`);
}

function float32Of(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.byteLength >> 2 }, (_, i) => view.getFloat32(i * 4, true));
}

/** The first number of an answer that is none: NaN, or infinite. */
export function brokenNumber(task: RegisteredTask, answer: unknown): AnswerNumber | undefined {
  for (const number of answerNumbers(task, answer)) if (!Number.isFinite(number.value)) return number;
  return undefined;
}

/**
 * Whether two answers are alike to the last digit, so that what was asked cannot have mattered. Answers without a fraction
 * (no object found, an empty text, a score at the end of its scale) and without a picture or sound say nothing of that.
 */
export function areAlike(task: RegisteredTask, one: unknown, other: unknown): boolean {
  const [a, b] = [[...answerNumbers(task, one)], [...answerNumbers(task, other)]];
  const [files, others] = [answerFiles(task, one), answerFiles(task, other)];
  if (a.length !== b.length || files.length !== others.length) return false;
  if (files.length === 0 && !a.some(({ value }) => !Number.isInteger(value))) return false;
  if (!files.every(({ bytes }, i) => Buffer.compare(bytes, others[i]?.bytes ?? new Uint8Array()) === 0)) return false;
  return a.every(({ path, value }, i) => path === b[i]?.path && value === b[i].value);
}
