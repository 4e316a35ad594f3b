import { boxView, type Mp4Box, mp4Box, mp4Boxes } from "./mp4-boxes.ts";

/** The packets of a track that lie in fragments (ISO 14496-12, 8.8), as browsers and cameras write them while they record. */
export function* fragmentPackets(bytes: Uint8Array, movie: Mp4Box, track: number): Generator<Uint8Array> {
  const usualSize = usualSizeOf(bytes, movie, track);
  for (const fragment of mp4Boxes(bytes, 0, bytes.length)) {
    if (fragment.type !== "moof") continue;
    for (const part of mp4Boxes(bytes, fragment.start, fragment.end)) {
      if (part.type === "traf") yield* partPackets(bytes, fragment, part, track, usualSize);
    }
  }
}

/** By the track's `trex`, unless a fragment says otherwise. */
function usualSizeOf(bytes: Uint8Array, movie: Mp4Box, track: number): number {
  const extension = mp4Box(bytes, movie, "mvex");
  if (extension === undefined) return 0;
  for (const box of mp4Boxes(bytes, extension.start, extension.end)) {
    if (box.type !== "trex" || box.end - box.start < 24) continue;
    const view = boxView(bytes, box);
    if (view.getUint32(4) === track) return view.getUint32(16);
  }
  return 0;
}

function* partPackets(
  bytes: Uint8Array,
  fragment: Mp4Box,
  part: Mp4Box,
  track: number,
  usualSize: number,
): Generator<Uint8Array> {
  const header = mp4Box(bytes, part, "tfhd");
  if (header === undefined) return;
  const view = boxView(bytes, header);
  const flags = view.getUint32(0);
  if (view.getUint32(4) !== track) return;
  let field = 8;
  const base = (flags & 1) === 0 ? fragment.at : Number(view.getBigUint64(field));
  field += bytesOfFlags(flags, { 1: 8, 2: 4, 8: 4 });
  const size = (flags & 0x10) === 0 ? usualSize : view.getUint32(field);
  let at = base;
  for (const run of mp4Boxes(bytes, part.start, part.end)) {
    if (run.type !== "trun") continue;
    const table = boxView(bytes, run);
    const runFlags = table.getUint32(0);
    if ((runFlags & 1) !== 0) at = base + table.getInt32(8);
    const first = 8 + bytesOfFlags(runFlags, { 1: 4, 4: 4 });
    const step = bytesOfFlags(runFlags, { 256: 4, 512: 4, 1024: 4, 2048: 4 });
    const sizeAt = bytesOfFlags(runFlags, { 256: 4 });
    const whole = step === 0 ? Number.POSITIVE_INFINITY : Math.floor((table.byteLength - first) / step);
    const count = Math.min(table.getUint32(4), whole);
    for (let i = 0; i < count; i++) {
      const own = (runFlags & 0x200) === 0 ? size : table.getUint32(first + i * step + sizeAt);
      if (at < 0 || at + own > bytes.length || (own === 0 && step === 0)) return;
      if (own > 0) yield bytes.subarray(at, at + own);
      at += own;
    }
  }
}

/** Bytes of the fields that are there, by the flags that say so. */
function bytesOfFlags(flags: number, fields: Readonly<Record<number, number>>): number {
  return Object.entries(fields).reduce((sum, [flag, size]) => sum + ((flags & Number(flag)) === 0 ? 0 : size), 0);
}
