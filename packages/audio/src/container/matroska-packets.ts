import { type EbmlElement, ebmlChildren, ebmlElement, unsigned, vint, vintBytes } from "./ebml.ts";
import type { TrackCut } from "./sound-track.ts";

export interface MatroskaSource {
  readonly bytes: Uint8Array;
  /** Where clusters may begin. */
  readonly from: number;
  readonly track: number;
  readonly stripped: Uint8Array;
  /** Learns what is to be left out of which packets. */
  readonly cut: TrackCut;
}

const elements = {
  segment: 0x18538067,
  cluster: 0x1f43b675,
  blockGroup: 0xa0,
  block: 0xa1,
  simpleBlock: 0xa3,
  discardPadding: 0x75a2,
};

/** The packets of one track, up to where the file ends or is no longer Matroska. A block that the end cuts is left out, as ffmpeg does. */
export function* matroskaPackets({ bytes, from, track, stripped, cut }: MatroskaSource): Generator<Uint8Array> {
  const paddings = new Map<number, number>();
  cut.paddings = paddings;
  let count = 0;
  let group = { end: 0, padding: 0 };
  // What holds blocks is entered and never left: so the clusters of a stream, of unknown size, need no end.
  for (let at = from; at < bytes.length; ) {
    const element = ebmlElement(bytes, at, bytes.length);
    if (element === undefined) return;
    const { id, start, end } = element;
    at = end;
    if (id === elements.blockGroup) group = { end, padding: paddingIn(bytes, element) };
    if (id === elements.segment || id === elements.cluster || id === elements.blockGroup) at = start;
    else if (element.isOpen) return;
    else if (id === elements.block || id === elements.simpleBlock) {
      if (vint(bytes, start) !== track || element.isCut) continue;
      const padding = id === elements.block && end <= group.end ? group.padding : 0;
      for (const packet of blockPackets(bytes, start, end)) {
        // A block of nine bytes can have 256 empty frames.
        if (packet.length === 0 && stripped.length === 0) continue;
        if (padding !== 0) paddings.set(count, padding);
        count++;
        yield stripped.length === 0 ? packet : Buffer.concat([stripped, packet]);
      }
    }
  }
}

/** Seconds that are left out at the end of a group's packets, or at their start where it is below 0 (RFC 9559, 5.1.3.5.7). */
function paddingIn(bytes: Uint8Array, group: EbmlElement): number {
  if (group.isOpen) return 0;
  for (const { id, start, end } of ebmlChildren(bytes, group.start, group.end)) {
    if (id !== elements.discardPadding || end - start > 8) continue;
    const range = 2 ** (8 * (end - start));
    const nanoseconds = unsigned(bytes, start, end);
    return (nanoseconds < range / 2 ? nanoseconds : nanoseconds - range) / 1e9;
  }
  return 0;
}

/** A block's frames: one, or several by one of three ways of telling their sizes (RFC 9559, 10.3). */
function* blockPackets(bytes: Uint8Array, start: number, end: number): Generator<Uint8Array> {
  // After the track's number come two bytes of time and one of flags.
  const flagsAt = start + vintBytes(bytes[start] ?? 0) + 2;
  const lacing = ((bytes[flagsAt] ?? 0) >> 1) & 3;
  let at = flagsAt + 1;
  if (at > end) return;
  if (lacing === 0) {
    yield bytes.subarray(at, end);
    return;
  }
  const count = (bytes[at] ?? 0) + 1;
  at++;
  const sizes: number[] = [];
  const equal = Math.floor((end - at) / count);
  if (lacing === 2 && equal > 0) sizes.push(...Array.from({ length: count - 1 }, () => equal));
  for (let i = 0; i < count - 1 && lacing !== 2; i++) {
    // Seven bytes can claim 256 frames.
    if (at >= end) return;
    if (lacing === 1) {
      let size = 0;
      while (bytes[at] === 255 && at < end) {
        size += 255;
        at++;
      }
      sizes.push(size + (bytes[at] ?? 0));
      at++;
    } else {
      const length = vintBytes(bytes[at] ?? 0);
      const value = vint(bytes, at);
      // All but the first are told as differences, of which the middle of the range stands for none.
      sizes.push(i === 0 ? value : (sizes[i - 1] as number) + value - (2 ** (7 * length - 1) - 1));
      at += length;
    }
  }
  for (const size of sizes) {
    if (size < 0 || at + size > end) return;
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at, end);
}
