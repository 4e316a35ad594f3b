/**
 * A file cut where its format cuts it: chunks of PNG and RIFF, segments of JPEG, pages of Ogg, blocks of FLAC. Together the
 * parts are the file; any other file is one part.
 */
export function filePartsOf(bytes: Uint8Array): Uint8Array[] {
  const starts = startsOf(bytes).filter((start) => start > 0 && start < bytes.length);
  return [0, ...starts].map((start, i) => bytes.slice(start, starts[i] ?? bytes.length));
}

function startsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = Buffer.from(bytes.subarray(0, 4)).toString("latin1");
  if (head === "\x89PNG") return steps(8, bytes.length - 12, (at) => 12 + view.getUint32(at));
  if (head === "RIFF" || head === "RF64")
    return steps(12, bytes.length - 8, (at) => evenChunk(view.getUint32(at + 4, true)));
  if (head === "fLaC") return flacStarts(bytes, view);
  if (head === "OggS") return occurrences(bytes, "OggS");
  if (head.startsWith("\xff\xd8")) return jpegStarts(view);
  return [];
}

function evenChunk(size: number): number {
  return 8 + size + (size % 2);
}

function steps(first: number, last: number, lengthAt: (at: number) => number): number[] {
  const starts: number[] = [];
  for (let at = first; at <= last; at += lengthAt(at)) starts.push(at);
  return starts;
}

function flacStarts(bytes: Uint8Array, view: DataView): number[] {
  const starts: number[] = [];
  for (let at = 4; at + 4 <= bytes.length; ) {
    starts.push(at);
    const isLast = ((bytes[at] as number) & 0x80) !== 0;
    at += 4 + (view.getUint32(at) & 0xff_ffff);
    if (!isLast) continue;
    starts.push(at);
    break;
  }
  return starts;
}

/** Up to the first scan: from there on it is entropy. */
function jpegStarts(view: DataView): number[] {
  const starts: number[] = [];
  for (let at = 2; at + 4 <= view.byteLength && view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
    starts.push(at);
    if (view.getUint8(at + 1) === 0xda) break;
  }
  return starts;
}

function occurrences(bytes: Uint8Array, word: string): number[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: number[] = [];
  for (let at = buffer.indexOf(word); at >= 0; at = buffer.indexOf(word, at + 1)) found.push(at);
  return found;
}
