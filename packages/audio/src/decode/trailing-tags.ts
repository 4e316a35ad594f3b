import { latin } from "./latin.ts";

/** The bytes without the ID3v1 (128 bytes) and APEv2 (its size in its last 32 bytes) tags that they end with. */
export function withoutTrailingTags(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  for (;;) {
    const size = id3v1Bytes(bytes, end) || apeBytes(bytes, end);
    if (size === 0 || size > end) return bytes.subarray(0, end);
    end -= size;
  }
}

function id3v1Bytes(bytes: Uint8Array, end: number): number {
  return latin(bytes, end - 128, end - 125) === "TAG" && end >= 128 ? 128 : 0;
}

function apeBytes(bytes: Uint8Array, end: number): number {
  if (end < 32 || latin(bytes, end - 32, end - 24) !== "APETAGEX") return 0;
  const footer = new DataView(bytes.buffer, bytes.byteOffset + end - 32, 32);
  // The size counts the footer and not the header, of which the highest flag tells.
  return footer.getUint32(12, true) + (footer.getUint8(23) >= 0x80 ? 32 : 0);
}
