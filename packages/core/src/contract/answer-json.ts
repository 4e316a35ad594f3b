import { toBase64 } from "./base64.ts";

/** JSON of an answer, on one line: bytes (a depth map's, say) become base64, as a task's schema says of them. */
export function answerJson(answer: unknown): string {
  return JSON.stringify(answer, bytesAsBase64);
}

/** A Buffer has turned itself into an object before `value` is handed over; its holder still has the bytes. */
function bytesAsBase64(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const bytes = this[key];
  if (!(bytes instanceof Uint8Array)) return value;
  return toBase64(bytes);
}
