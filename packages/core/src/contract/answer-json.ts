import { toBase64 } from "./base64.ts";
import { type ErrorCode, isModelError, ModelError, textOf } from "./model-error.ts";

/**
 * JSON of an answer, on one line: bytes (a depth map's, say) become base64, as a task's schema says of them; other typed arrays
 * become lists, and integers of 64 bits numbers.
 * @param code of the error; default: that of an answer
 * @throws `model_output_invalid` for what JSON cannot say: an integer that no number holds, NaN in an array, what holds itself
 */
export function answerJson(answer: unknown, code: ErrorCode = "model_output_invalid"): string {
  try {
    return JSON.stringify(answer, function (this: Readonly<Record<string, unknown>>, key: string, value: unknown) {
      return inJson(key, this[key], value, code);
    });
  } catch (cause) {
    if (isModelError(cause)) throw cause;
    const words = textOf(cause).split("\n")[0];
    throw new ModelError(code, `What is to be sent cannot be said in JSON: ${words}.`, { cause });
  }
}

/** @param held what the holder has: a Buffer has turned itself into an object before `value` is handed over */
function inJson(key: string, held: unknown, value: unknown, code: ErrorCode): unknown {
  if (held instanceof Uint8Array) return toBase64(held);
  if (typeof value === "bigint") {
    if (Number.isSafeInteger(Number(value))) return Number(value);
    throw unsayable(key, `the integer ${value}, which no number of JSON's readers holds; give it as a text`, code);
  }
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return value;
  const items = Array.from(value as unknown as ArrayLike<number | bigint>);
  const wrong = items.find((item) => typeof item === "number" && !Number.isFinite(item));
  if (wrong !== undefined) throw unsayable(key, `an array with ${wrong} in it, which JSON has no word for`, code);
  return items;
}

function unsayable(key: string, words: string, code: ErrorCode): ModelError {
  return new ModelError(code, `"${key}" is ${words}.`, { details: { key } });
}
