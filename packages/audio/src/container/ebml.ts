/** An element of EBML (RFC 8794): its content is `bytes[start, end)`, clipped to the file. */
export interface EbmlElement {
  readonly id: number;
  readonly start: number;
  readonly end: number;
  /** The writer did not know how long it is: `end` is that of what it lies in. */
  readonly isOpen: boolean;
  /** It is longer than what it lies in, as at the end of a file that was cut off. */
  readonly isCut: boolean;
}

/** The element whose header begins at a place, or nothing if none does. */
export function ebmlElement(bytes: Uint8Array, at: number, limit: number): EbmlElement | undefined {
  const idBytes = vintBytes(bytes[at] ?? 0);
  const sizeAt = at + idBytes;
  const sizeBytes = vintBytes(bytes[sizeAt] ?? 0);
  const start = sizeAt + sizeBytes;
  if (idBytes > 4 || sizeBytes > 8 || start > limit) return undefined;
  const size = vint(bytes, sizeAt);
  const isOpen = isAllOnes(bytes, sizeAt, sizeBytes);
  const isCut = !isOpen && start + size > limit;
  return { id: unsigned(bytes, at, sizeAt), start, end: isOpen || isCut ? limit : start + size, isOpen, isCut };
}

/** The elements that a stretch consists of. */
export function* ebmlChildren(bytes: Uint8Array, from: number, to: number): Generator<EbmlElement> {
  for (let at = from; at < to; ) {
    const element = ebmlElement(bytes, at, to);
    if (element === undefined) return;
    yield element;
    at = element.end;
  }
}

/** Bytes of a number of variable size by its first; 9 if there is none. */
export function vintBytes(first: number): number {
  return Math.clz32(first << 24) + 1 > 8 ? 9 : Math.clz32(first << 24) + 1;
}

/** The number of variable size at a place, without its marker; rounded above 2^53. */
export function vint(bytes: Uint8Array, at: number): number {
  const length = vintBytes(bytes[at] ?? 0);
  const first = (bytes[at] ?? 0) & (0xff >> length);
  return first * 2 ** (8 * (length - 1)) + unsigned(bytes, at + 1, at + length);
}

function isAllOnes(bytes: Uint8Array, at: number, length: number): boolean {
  const mask = 0xff >> length;
  if (((bytes[at] ?? 0) & mask) !== mask) return false;
  return bytes.subarray(at + 1, at + length).every((byte) => byte === 0xff);
}

/** Big-endian; rounded above 2^53. */
export function unsigned(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 256 + (bytes[i] ?? 0);
  return value;
}

/** 0, 4 or 8 bytes; 0 for any other length. */
export function float(bytes: Uint8Array, { start, end }: EbmlElement): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
  return end - start === 4 ? view.getFloat32(0) : end - start === 8 ? view.getFloat64(0) : 0;
}
