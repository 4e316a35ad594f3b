/** One entry of a TIFF directory; `data` are its values' bytes. */
export interface TiffEntry {
  readonly type: number;
  readonly data: DataView;
}

/** Bytes of a value of each type. */
const unitBytes: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
};

/**
 * The entries with these tags in the directory at `start`, as Pillow's ImageFileDirectory_v2 loads them: the first of two with one
 * tag counts, unknown types are passed over, and nothing is read behind an entry whose values lie beyond the end.
 */
export function tiffEntries(
  bytes: Uint8Array,
  start: number,
  isLittle: boolean,
  tags: readonly number[],
): ReadonlyMap<number, TiffEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<number, TiffEntry>();
  if (start + 2 > bytes.length) return found;
  const count = view.getUint16(start, isLittle);
  let apart = 0;
  for (let i = 0, at = start + 2; i < count && at + 12 <= bytes.length; i++, at += 12) {
    const [tag, type] = [view.getUint16(at, isLittle), view.getUint16(at + 2, isLittle)];
    const size = view.getUint32(at + 4, isLittle) * (unitBytes[type] ?? 0);
    if (size === 0 || found.has(tag)) continue;
    let from = at + 8;
    if (size > 4) {
      from = view.getUint32(at + 8, isLittle);
      apart += size;
      // Values of all entries together cannot be longer than the file.
      if (apart > bytes.length) continue;
      if (from + size > bytes.length) return found;
    }
    if (tags.includes(tag)) found.set(tag, { type, data: new DataView(bytes.buffer, bytes.byteOffset + from, size) });
  }
  return found;
}

/** More than any tag of a picture has that is read here: a palette of 16 bits has 3 times 2^16. */
const mostNumbers = 2 ** 18;

/** An entry's numbers, the first 2^18 at most: a file can claim millions. */
export function numbersOf({ type, data }: TiffEntry, isLittle: boolean): readonly number[] {
  const size = unitBytes[type] ?? data.byteLength;
  const count = Math.min(Math.floor(data.byteLength / size), mostNumbers);
  return Array.from({ length: count }, (_, i) =>
    firstNumber({ type, data: new DataView(data.buffer, data.byteOffset + i * size, size) }, isLittle),
  );
}

/** How many numbers an entry has. */
export function countOf({ type, data }: TiffEntry): number {
  return data.byteLength / (unitBytes[type] ?? data.byteLength);
}

/** The first of an entry's numbers; NaN for what is no number. */
export function firstNumber({ type, data }: TiffEntry, isLittle: boolean): number {
  switch (type) {
    case 1:
      return data.getUint8(0);
    case 3:
      return data.getUint16(0, isLittle);
    case 4:
    case 13:
      return data.getUint32(0, isLittle);
    case 5:
      return data.getUint32(0, isLittle) / data.getUint32(4, isLittle);
    case 6:
      return data.getInt8(0);
    case 8:
      return data.getInt16(0, isLittle);
    case 9:
      return data.getInt32(0, isLittle);
    case 10:
      return data.getInt32(0, isLittle) / data.getInt32(4, isLittle);
    case 11:
      return data.getFloat32(0, isLittle);
    case 12:
      return data.getFloat64(0, isLittle);
    case 16:
      return Number(data.getBigUint64(0, isLittle));
    default:
      return Number.NaN;
  }
}
