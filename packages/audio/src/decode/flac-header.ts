import { damaged } from "./decode-failure.ts";
import { latin } from "./latin.ts";

/** What a FLAC file's STREAMINFO block says (RFC 9639, section 8.2). */
export interface FlacHeader {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bits: number;
  /** Samples of one channel; 0 where the writer did not know. */
  readonly frames: number;
}

/** Reads the block that follows the marker `fLaC` at `marker`. @throws ModelError `audio_undecodable` if it is not there. */
export function flacHeader(bytes: Uint8Array, marker: number): FlacHeader {
  const start = marker + 8;
  const block = (bytes[marker + 4] ?? 0xff) & 0x7f;
  if (block !== 0 || start + 34 > bytes.length) throw damaged("FLAC", "does not begin with its STREAMINFO block");
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, 34);
  // 20 bits of rate, 3 of channels less one, 5 of bits less one, 36 of samples.
  const packed = view.getUint32(10);
  return {
    sampleRate: packed >>> 12,
    channels: ((packed >>> 9) & 7) + 1,
    bits: ((packed >>> 4) & 31) + 1,
    frames: (packed & 15) * 2 ** 32 + view.getUint32(14),
  };
}

/** Whether a file begins at a place: the marker, and the header of a STREAMINFO block of 34 bytes. */
export function isFlacStart(bytes: Uint8Array, at: number): boolean {
  return (
    latin(bytes, at, at + 4) === "fLaC" &&
    ((bytes[at + 4] ?? 1) & 0x7f) === 0 &&
    latin(bytes, at + 5, at + 8) === "\0\0\x22"
  );
}
