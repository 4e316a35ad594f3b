import { latin } from "./latin.ts";

/** What the first page's packet of an Ogg file says (RFC 3533 for pages), and where the last page says that it ends. */
export interface OggHeader {
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples of one channel up to the end, as the last page counts them; 0 where it does not. */
  readonly frames: number;
}

/** Of an Ogg file with Vorbis (Vorbis I, 4.2.2) or Opus (RFC 7845, 5.1) in it; nothing if its first packet is cut. */
export function oggHeader(bytes: Uint8Array, format: "ogg-vorbis" | "ogg-opus"): OggHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packet = 27 + (bytes[26] ?? 0);
  if (packet + 19 > bytes.length) return undefined;
  const end = lastPosition(bytes, view);
  if (format === "ogg-vorbis") {
    return { sampleRate: view.getUint32(packet + 12, true), channels: bytes[packet + 11] as number, frames: end };
  }
  // Positions count the samples that a decoder throws away at the start.
  const skipped = view.getUint16(packet + 10, true);
  return { sampleRate: 48_000, channels: bytes[packet + 9] as number, frames: Math.max(0, end - skipped) };
}

/** The position that the last page states, if it belongs to the stream of the first one. */
function lastPosition(bytes: Uint8Array, view: DataView): number {
  // A page is shorter than 64 KiB and its header.
  for (let at = bytes.length - 27; at >= 0 && at >= bytes.length - 66_000; at--) {
    if (bytes[at] !== 0x4f || latin(bytes, at, at + 4) !== "OggS") continue;
    const position = view.getBigInt64(at + 6, true);
    const isOfFirst = view.getUint32(at + 14) === view.getUint32(14);
    return isOfFirst && position > 0n ? Number(position) : 0;
  }
  return 0;
}
