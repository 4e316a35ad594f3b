import { createHash, type Hash } from "node:crypto";

/** Hexadecimal sha256 of a task and its input, pictures and nested values included; equal inputs have equal digests. */
export function inputDigest(task: string, input: unknown): string {
  const hash = createHash("sha256");
  feed(hash, task);
  feed(hash, input);
  return hash.digest("hex");
}

function feed(hash: Hash, value: unknown): void {
  if (ArrayBuffer.isView(value)) {
    hash.update(`bytes ${value.byteLength}:`);
    hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  } else if (Array.isArray(value)) {
    hash.update(`list ${value.length}:`);
    for (const item of value) feed(hash, item);
  } else if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    hash.update(`object ${entries.length}:`);
    for (const [key, item] of entries) {
      feed(hash, key);
      feed(hash, item);
    }
  } else {
    const text = JSON.stringify(value) ?? "undefined";
    hash.update(`${typeof value} ${text.length}:${text}`);
  }
}
