/** A number of an answer, and where it stands: `matches[0].score`. */
export interface AnswerNumber {
  readonly path: string;
  readonly value: number;
}

/** Every number of an answer, in order; fields of bytes are read as float32, as maps of depth are written. */
export function* answerNumbers(value: unknown, path = ""): Generator<AnswerNumber> {
  if (typeof value === "number") yield { path, value };
  else if (value instanceof Uint8Array) yield* floatsOf(value, path);
  else if (ArrayBuffer.isView(value))
    for (const [i, item] of [...(value as Float32Array)].entries()) yield { path: `${path}[${i}]`, value: item };
  else if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* answerNumbers(item, `${path}[${i}]`);
  else if (typeof value === "object" && value !== null)
    for (const [key, item] of Object.entries(value)) yield* answerNumbers(item, path === "" ? key : `${path}.${key}`);
}

function* floatsOf(bytes: Uint8Array, path: string): Generator<AnswerNumber> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i + 4 <= bytes.byteLength; i += 4)
    yield { path: `${path}[${i / 4}]`, value: view.getFloat32(i, true) };
}

/** The first number of an answer that is none: NaN, or infinite. */
export function brokenNumber(answer: unknown): AnswerNumber | undefined {
  for (const number of answerNumbers(answer)) if (!Number.isFinite(number.value)) return number;
  return undefined;
}

/**
 * Whether two answers are alike to the last digit, so that what was asked cannot have mattered. Answers without a fraction
 * (no object found, an empty text, a score at the end of its scale) say nothing of that.
 */
export function areAlike(one: unknown, other: unknown): boolean {
  const [a, b] = [[...answerNumbers(one)], [...answerNumbers(other)]];
  if (a.length !== b.length || !a.some(({ value }) => !Number.isInteger(value))) return false;
  return a.every(({ path, value }, i) => path === b[i]?.path && value === b[i].value);
}
