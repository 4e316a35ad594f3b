import { ModelError } from "../contract/model-error.ts";

/**
 * Refuses what JavaScript's callers give in place of a file's bytes: its name, a promise of them, nothing.
 * @param by function that takes them, for the message
 * @throws ModelError with the code, saying what was given and what to write instead
 */
export function requireBytes(
  value: unknown,
  by: string,
  code: "image_undecodable" | "audio_undecodable",
): asserts value is Uint8Array {
  if (value instanceof Uint8Array) return;
  throw new ModelError(code, `${by} takes the bytes of a file (a Uint8Array) and was given ${described(value, by)}`, {
    details: { given: value === null ? "null" : typeof value },
  });
}

function described(value: unknown, by: string): string {
  if (typeof value === "string") {
    const text = JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
    return `the text ${text}. Read the file first: ${by}(await readFile(${text})), with readFile of node:fs/promises.`;
  }
  if (value instanceof ArrayBuffer) return `an ArrayBuffer. Write ${by}(new Uint8Array(buffer)).`;
  if (value instanceof Promise) return `a promise of them. Write await before it.`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}, which holds numbers that are no bytes of a file.`;
  if (Array.isArray(value)) return "a list. Write Uint8Array.from(list) where it holds bytes.";
  return `${value === null ? "null" : typeof value === "object" ? "an object" : String(value)}.`;
}
