import { latin } from "./latin.ts";

/** A stretch of a file under a name of four characters. */
export interface RiffChunk {
  readonly id: string;
  readonly start: number;
  /** In bytes, as written, which may be more than the file has. */
  readonly size: number;
}

/** So many are read; files have a dozen. */
const mostChunks = 10_000;

/** The chunks from a place on, as RIFF and AIFF have them: name, size in 32 bits, padded to an even length. */
export function riffChunks(view: DataView, bytes: Uint8Array, from: number, isLittleEndian: boolean): RiffChunk[] {
  const chunks: RiffChunk[] = [];
  for (let at = from; at + 8 <= bytes.length && chunks.length < mostChunks; ) {
    const chunk = { id: latin(bytes, at, at + 4), start: at + 8, size: view.getUint32(at + 4, isLittleEndian) };
    chunks.push(chunk);
    at = chunk.start + chunk.size + (chunk.size % 2);
  }
  return chunks;
}

/** The chunks of a Sony Wave64 file: names of 16 bytes that begin with RIFF's, sizes in 64 bits with their header. */
export function wave64Chunks(view: DataView, bytes: Uint8Array): RiffChunk[] {
  const chunks: RiffChunk[] = [];
  for (let at = 40; at + 24 <= bytes.length && chunks.length < mostChunks; ) {
    const size = Math.max(24, Number(view.getBigUint64(at + 16, true)));
    chunks.push({ id: latin(bytes, at, at + 4), start: at + 24, size: size - 24 });
    at += Math.ceil(size / 8) * 8;
  }
  return chunks;
}
