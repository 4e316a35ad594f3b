import { DefaultSerializer, deserialize } from "node:v8";

/**
 * A message on the channel. Its head is numbers in fixed places; its content is any value, as `v8.serialize` writes it,
 * which keeps typed arrays, `undefined` and every number as they are; its tail is bytes that nobody has to parse. Node's
 * own channel of messages is not used, because what it does with bytes that are no message, and with its internal
 * messages, ends the process that reads them.
 */
export interface Frame {
  /** 0 to 255. */
  readonly kind: number;
  /** A whole number from 0 to 2^53 - 1. */
  readonly id: number;
  /** 0 to 2^32 - 1. */
  readonly number: number;
  /** Undefined where the head says all. */
  readonly content: unknown;
  readonly tail: Uint8Array;
}

/** The largest frames in bytes that one side may send. */
export interface FrameLimits {
  /** Of the value: to read it takes thirty times its bytes of memory, where it is all empty objects. */
  readonly content: number;
  /** Of the frame; more than this must fit into shared pages. */
  readonly frame: number;
}

const mebibytes = 2 ** 20;
export const hostFrameLimits: FrameLimits = { content: 512 * mebibytes, frame: 512 * mebibytes };
/** A host must be able to read it whatever a runner says. */
export const runnerFrameLimits: FrameLimits = { content: 16 * mebibytes, frame: 512 * mebibytes };

/** Where the numbers of a head are. The length is that of what follows it. */
const at = { length: 0, kind: 4, zeros: 5, id: 8, number: 16, contentBytes: 20, content: 24 } as const;
const emptyHead = Buffer.alloc(at.content);
const noBytes = new Uint8Array(0);

/**
 * The bytes of a frame, in pieces that are to be sent in their order.
 * @throws where the content cannot be cloned (a function, say), or RangeError where it is too large
 */
export function frameBytes(frame: Omit<Frame, "tail">, tail: readonly Uint8Array[], limits: FrameLimits): Uint8Array[] {
  const bytes = frame.content === undefined ? Buffer.alloc(at.content) : withRoomForHead(frame.content);
  const contentBytes = bytes.length - at.content;
  let length = bytes.length - at.kind;
  for (const piece of tail) length += piece.byteLength;
  if (contentBytes > limits.content || length > limits.frame)
    throw new RangeError(
      `A message of ${length} bytes, ${contentBytes} of them outside of arrays, is too large: ${limits.frame} and ${limits.content} are the limits where shared memory has no room`,
    );
  bytes.writeUInt32LE(length, at.length);
  bytes.writeUInt8(frame.kind, at.kind);
  bytes.writeDoubleLE(frame.id, at.id);
  bytes.writeUInt32LE(frame.number, at.number);
  bytes.writeUInt32LE(contentBytes, at.contentBytes);
  return [bytes, ...tail];
}

/** The head goes before the content, so that both are one write without a copy. */
function withRoomForHead(content: unknown): Buffer {
  const serializer = new DefaultSerializer();
  serializer.writeRawBytes(emptyHead);
  serializer.writeHeader();
  serializer.writeValue(content);
  return serializer.releaseBuffer();
}

/** Puts frames together from the pieces that a stream gives. */
export class FrameReader {
  readonly #limits: FrameLimits;
  #pieces: Buffer[] = [];
  #length = 0;
  /** Bytes without which there is nothing to be done. */
  #wanted: number = at.content;

  constructor(limits: FrameLimits) {
    this.#limits = limits;
  }

  /** @param take gets each frame that is whole now. @throws where the bytes are no frames */
  push(piece: Buffer, take: (frame: Frame) => void): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length < this.#wanted) return;
    let bytes = this.#pieces.length === 1 ? piece : Buffer.concat(this.#pieces, this.#length);
    for (;;) {
      this.#wanted = bytes.length < at.content ? at.content : this.#lengthOf(bytes);
      if (bytes.length < this.#wanted) break;
      take(this.#read(bytes.subarray(0, this.#wanted)));
      bytes = bytes.subarray(this.#wanted);
    }
    this.#pieces = bytes.length === 0 ? [] : [bytes];
    this.#length = bytes.length;
  }

  #lengthOf(bytes: Buffer): number {
    const length = bytes.readUInt32LE(at.length);
    if (length > this.#limits.frame)
      throw new RangeError(`A frame of ${length} bytes, ${this.#limits.frame} is the limit`);
    if (length < at.content - at.kind) throw new RangeError(`A frame of ${length} bytes, which is less than its head`);
    return length + at.kind;
  }

  #read(bytes: Buffer): Frame {
    const id = bytes.readDoubleLE(at.id);
    const contentBytes = bytes.readUInt32LE(at.contentBytes);
    const contentEnd = at.content + contentBytes;
    if (bytes.readUIntLE(at.zeros, 3) !== 0 || !Number.isSafeInteger(id) || id < 0)
      throw new RangeError("A frame whose head is none");
    if (contentBytes > this.#limits.content || contentEnd > bytes.length)
      throw new RangeError(`A content of ${contentBytes} bytes, ${this.#limits.content} is the limit`);
    return {
      kind: bytes.readUInt8(at.kind),
      id,
      number: bytes.readUInt32LE(at.number),
      content:
        contentBytes === 0 ? undefined : asTree(deserialize(bytes.subarray(at.content, contentEnd)), contentBytes),
      tail: contentEnd === bytes.length ? noBytes : bytes.subarray(contentEnd),
    };
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
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== "object" || next === null || ArrayBuffer.isView(next)) continue;
    const items = Array.isArray(next) ? next : Object.values(next);
    left -= 1 + items.length;
    if (left < 0) throw new RangeError(`A frame of ${bytes} bytes holds more values than its bytes explain`);
    for (const item of items) if (typeof item === "object" && item !== null) open.push(item);
  }
  return value;
}
