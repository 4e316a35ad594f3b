import type { TrackCoding } from "./sound-track.ts";
import { vorbisHeaders } from "./vorbis-headers.ts";

/** How an `mp4a` track is coded, by the descriptors in its `esds` box (ISO 14496-1, 7.2.6). */
export function elementaryStream(box: Uint8Array): TrackCoding {
  // Version and flags; the stream's descriptor with its number and flags.
  const stream = descriptor(box, 4);
  const flags = box[stream.start + 2] ?? 0;
  const skipped = ((flags & 0x80) === 0 ? 0 : 2) + ((flags & 0x20) === 0 ? 0 : 2);
  const url = (flags & 0x40) === 0 ? 0 : 1 + (box[stream.start + 3 + skipped] ?? 0);
  const decoder = descriptor(box, stream.start + 3 + skipped + url);
  const type = box[decoder.start];
  if (type === 0x69 || type === 0x6b) return { kind: "mpeg" };
  if (type === 0xdd) {
    const setup = descriptor(box, decoder.start + 13);
    return { kind: "vorbis", headers: vorbisHeaders(box.subarray(setup.start, setup.end), "MP4") };
  }
  return { kind: "other", name: (type === undefined ? undefined : names[type]) ?? "AAC" };
}

const names: Readonly<Record<number, string>> = { 165: "AC-3", 166: "E-AC-3", 169: "DTS", 225: "QCELP" };

/** A tag, a size in 7 bits a byte, and as much content. */
function descriptor(box: Uint8Array, at: number): { readonly start: number; readonly end: number } {
  let [size, start] = [0, at + 1];
  for (let i = 0; i < 4; i++) {
    const byte = box[start] ?? 0;
    start++;
    size = size * 128 + (byte & 0x7f);
    if (byte < 0x80) break;
  }
  return { start, end: Math.min(start + size, box.length) };
}
