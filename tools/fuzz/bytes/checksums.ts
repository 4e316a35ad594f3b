import { crc32 } from "node:zlib";
import { filePartsOf } from "./file-parts.ts";

/** The file with the checksums of its chunks (PNG) or pages (Ogg) made right, so that readers get past them. */
export function withRightChecksums(bytes: Uint8Array): Uint8Array {
  const head = Buffer.from(bytes.subarray(0, 4)).toString("latin1");
  const mend = head === "\x89PNG" ? mendChunk : head === "OggS" ? mendPage : undefined;
  return mend === undefined ? bytes : new Uint8Array(Buffer.concat(filePartsOf(bytes).map(mend)));
}

function mendChunk(chunk: Uint8Array): Uint8Array {
  if (chunk.length < 12) return chunk;
  const mended = Buffer.from(chunk);
  mended.writeUInt32BE(crc32(mended.subarray(4, -4)), mended.length - 4);
  return mended;
}

function mendPage(page: Uint8Array): Uint8Array {
  if (page.length < 27) return page;
  const mended = Buffer.from(page);
  mended.writeUInt32LE(0, 22);
  mended.writeUInt32LE(oggChecksum(mended), 22);
  return mended;
}

/** CRC-32 with the polynomial 0x04c11db7, highest bit first, begun at 0 (RFC 3533). */
function oggChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (sum << 8) ^ (table[(sum >>> 24) ^ byte] as number);
  return sum >>> 0;
}

const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value;
});
