import { DefaultSerializer, deserialize } from "node:v8";

/**
 * Frames over a stream of bytes: the length of each as 4 bytes, then the value as `v8.serialize` writes it, which keeps
 * typed arrays, `undefined` and every number as they are. Node's own channel of messages is not used, because what it does
 * with bytes that are no message, and with its internal messages, ends the process that reads them.
 */
const headerBytes = 4;
const emptyHeader = Buffer.alloc(headerBytes);

/** The largest frame in bytes that a host sends; more than this must fit into shared pages. */
export const largestFrame: number = 512 * 2 ** 20;

/**
 * The largest that a runner sends. A host must be able to read it whatever it says: as values that are all empty objects
 * it takes thirty times its bytes of memory.
 */
export const largestAnswerFrame: number = 64 * 2 ** 20;

/** @throws where the value cannot be cloned (a function, say), or RangeError where it is too large */
export function frameBytes(frame: unknown, largest: number = largestFrame): Buffer {
  const serializer = new DefaultSerializer();
  // Room for the length, so that both are one write without a copy.
  serializer.writeRawBytes(emptyHeader);
  serializer.writeHeader();
  serializer.writeValue(frame);
  const bytes = serializer.releaseBuffer();
  const length = bytes.length - headerBytes;
  if (length > largest)
    throw new RangeError(`A message of ${length} bytes is larger than ${largest} and does not fit into shared memory`);
  bytes.writeUInt32LE(length);
  return bytes;
}

/** Puts frames together from the pieces that a stream gives. */
export class FrameReader {
  #pieces: Buffer[] = [];
  #length = 0;
  #wanted: number | undefined;
  readonly #largest: number;

  constructor(largest: number = largestFrame) {
    this.#largest = largest;
  }

  /** @returns the frames that are whole now. @throws where the bytes are no frames */
  push(piece: Buffer): unknown[] {
    this.#pieces.push(piece);
    this.#length += piece.length;
    const frames: unknown[] = [];
    for (;;) {
      this.#wanted ??= this.#length < headerBytes ? undefined : this.#take(headerBytes).readUInt32LE();
      if (this.#wanted === undefined) return frames;
      if (this.#wanted > this.#largest)
        throw new RangeError(`A frame of ${this.#wanted} bytes, ${this.#largest} is the limit`);
      if (this.#length < this.#wanted) return frames;
      const body = this.#take(this.#wanted);
      this.#wanted = undefined;
      frames.push(asTree(deserialize(body), body.length));
    }
  }

  #take(length: number): Buffer {
    const [first] = this.#pieces;
    const bytes = first !== undefined && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces, this.#length);
    this.#pieces = bytes.length === length ? [] : [bytes.subarray(length)];
    this.#length -= length;
    return bytes.subarray(0, length);
  }
}

/** Values that a frame may hold: an honest answer names one object in a few places, and hardly ever in thousands. */
const mostValues = (bytes: number): number => 1_000_000 + 16 * bytes;

/**
 * The value, if whoever walks it comes to an end: a list may say that it has four thousand million items, and one object
 * may stand in very many places, or in itself.
 * @throws RangeError
 */
function asTree(value: unknown, bytes: number): unknown {
  let left = mostValues(bytes);
  const open: unknown[] = [value];
  for (let next = open.pop(); open.length > 0 || next !== undefined; next = open.pop()) {
    if (typeof next !== "object" || next === null || ArrayBuffer.isView(next)) continue;
    const items = Array.isArray(next) ? next : Object.values(next);
    left -= 1 + items.length;
    if (left < 0) throw new RangeError(`A frame of ${bytes} bytes holds more values than its bytes explain`);
    for (const item of items) if (typeof item === "object" && item !== null) open.push(item);
  }
  return value;
}
