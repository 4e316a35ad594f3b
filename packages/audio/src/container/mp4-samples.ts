import { boxView, type Mp4Box, mp4Box } from "./mp4-boxes.ts";

/** How many bytes how many samples of one channel have, of sound that is coded so. */
export interface FrameSize {
  readonly bytes: number;
  readonly samples: number;
}

/** The packets of a track by its tables (ISO 14496-12, 8.6 and 8.7), up to where the file ends. */
export function* chunkPackets(bytes: Uint8Array, tables: Mp4Box, frame: FrameSize | undefined): Generator<Uint8Array> {
  const sizes = sampleSizes(bytes, tables);
  // QuickTime counts samples of one channel in a size of 1 each; what is uncompressed need not be cut up either.
  if (frame !== undefined && sizes.usual > 0 && sizes.usual <= frame.bytes) {
    const unit = sizes.usual === frame.bytes ? { ...frame, samples: 1 } : frame;
    yield* chunkStretches(bytes, tables, unit, sizes.count);
    return;
  }
  let sample = 0;
  for (const { offset, samples } of chunks(bytes, tables)) {
    let at = offset;
    for (let i = 0; i < samples && sample < sizes.count; i++, sample++) {
      const size = sizes.of(sample);
      if (at + size > bytes.length) return;
      if (size > 0) yield bytes.subarray(at, at + size);
      at += size;
    }
  }
}

function* chunkStretches(bytes: Uint8Array, tables: Mp4Box, frame: FrameSize, count: number): Generator<Uint8Array> {
  let left = count;
  for (const { offset, samples } of chunks(bytes, tables)) {
    const length = Math.floor(Math.min(samples, left) / frame.samples) * frame.bytes;
    if (length > 0) yield bytes.subarray(offset, Math.min(offset + length, bytes.length));
    if (offset + length > bytes.length) return;
    left -= Math.min(samples, left);
    if (left === 0) return;
  }
}

interface Chunk {
  readonly offset: number;
  readonly samples: number;
}

function* chunks(bytes: Uint8Array, tables: Mp4Box): Generator<Chunk> {
  const offsets = mp4Box(bytes, tables, "stco") ?? mp4Box(bytes, tables, "co64");
  const runs = mp4Box(bytes, tables, "stsc");
  if (offsets === undefined || runs === undefined) return;
  const view = boxView(bytes, offsets);
  const width = offsets.type === "stco" ? 4 : 8;
  const count = Math.min(view.getUint32(4), Math.floor((view.byteLength - 8) / width));
  const run = boxView(bytes, runs);
  const runCount = Math.min(run.getUint32(4), Math.floor((run.byteLength - 8) / 12));
  if (runCount === 0) return;
  for (let chunk = 0, at = 0; chunk < count; chunk++) {
    // Runs begin with the number of their first chunk, counted from 1.
    while (at + 1 < runCount && run.getUint32(8 + (at + 1) * 12) <= chunk + 1) at++;
    const place = 8 + chunk * width;
    const offset = width === 4 ? view.getUint32(place) : Number(view.getBigUint64(place));
    yield { offset, samples: run.getUint32(8 + at * 12 + 4) };
  }
}

interface SampleSizes {
  readonly count: number;
  /** Of all of them; 0 where each has its own. */
  readonly usual: number;
  of(sample: number): number;
}

function sampleSizes(bytes: Uint8Array, tables: Mp4Box): SampleSizes {
  const plain = mp4Box(bytes, tables, "stsz");
  const compact = plain === undefined ? mp4Box(bytes, tables, "stz2") : undefined;
  const box = plain ?? compact;
  if (box === undefined) return { count: 0, usual: 0, of: () => 0 };
  const view = boxView(bytes, box);
  const size = plain === undefined ? 0 : view.getUint32(4);
  const stated = view.getUint32(8);
  if (size > 0) return { count: stated, usual: size, of: () => size };
  const bits = plain === undefined ? view.getUint8(7) : 32;
  const count = [4, 8, 16, 32].includes(bits) ? Math.min(stated, Math.floor(((view.byteLength - 12) * 8) / bits)) : 0;
  return { count, usual: 0, of: (sample) => sizeAt(view, sample, bits) };
}

function sizeAt(view: DataView, sample: number, bits: number): number {
  if (bits === 32) return view.getUint32(12 + sample * 4);
  if (bits === 16) return view.getUint16(12 + sample * 2);
  const byte = view.getUint8(12 + Math.floor((sample * bits) / 8));
  return bits === 8 ? byte : sample % 2 === 0 ? byte >> 4 : byte & 15;
}
