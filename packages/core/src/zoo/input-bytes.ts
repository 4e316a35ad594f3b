/** Bytes of main memory that an input holds while it waits, about: its arrays and texts, wherever they are nested. */
export function inputBytes(input: unknown): number {
  if (typeof input === "string") return input.length * 2;
  if (typeof input !== "object" || input === null) return 8;
  if (ArrayBuffer.isView(input)) return input.byteLength;
  let bytes = 0;
  for (const item of Array.isArray(input) ? input : Object.values(input)) bytes += inputBytes(item);
  return bytes;
}
