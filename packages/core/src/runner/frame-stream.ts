/**
 * Frames over a stream of bytes: a head of numbers in fixed places, a content, and a tail of bytes that nobody has to
 * parse. Node's own channel of messages is not used, because what it does with bytes that are no message, and with its
 * internal messages, ends the process that reads them.
 */
export interface Frame extends FrameHead {
  /** Empty where the head says all. */
  readonly content: Buffer;
  readonly tail: Buffer;
}

export interface FrameHead {
  /** 0 to 255. */
  readonly kind: number;
  /** A whole number from 0 to 2^53 - 1. */
  readonly id: number;
  /** 0 to 2^32 - 1. */
  readonly number: number;
  /** Where in shared memory the frame's arrays begin; -1 where none are there. */
  readonly place: number;
}

/** The largest frame in bytes; more than this must fit into shared pages. */
export const largestFrame: number = 512 * 2 ** 20;

/** Where the numbers of a head are. The length is that of all that follows it. */
const at = { length: 0, kind: 4, id: 8, number: 16, contentBytes: 20, place: 24 } as const;
export const headBytes = 32;

/**
 * Writes the head of a frame into the room in front of its content.
 * @returns the pieces that are to be sent in their order
 * @throws RangeError where the frame is too large
 */
export function frameBytes(head: FrameHead, content: Buffer, tail: readonly Uint8Array[]): readonly Uint8Array[] {
  let length = content.length - at.kind;
  for (const piece of tail) length += piece.length;
  requireRoom(length);
  content.writeUInt32LE(length, at.length);
  content.writeUInt32LE(head.kind, at.kind);
  content.writeDoubleLE(head.id, at.id);
  content.writeUInt32LE(head.number, at.number);
  content.writeUInt32LE(content.length - headBytes, at.contentBytes);
  content.writeDoubleLE(head.place, at.place);
  return [content, ...tail];
}

/** @throws RangeError where a frame of so many bytes would be too large */
export function requireRoom(bytes: number): void {
  if (bytes <= largestFrame) return;
  const [has, most] = [bytes, largestFrame].map((count) => `${Math.round(count / 2 ** 20)} MiB`);
  throw new RangeError(
    `its arrays have ${has}, and shared memory has no room for them: without it ${most} is the most. Give /dev/shm more (docker run --shm-size)`,
  );
}

/** Puts frames together from the pieces that a stream gives. */
export class FrameReader {
  #pieces: Buffer[] = [];
  #length = 0;
  /** Bytes without which there is nothing to be done. */
  #wanted: number = headBytes;

  /** @param take gets each frame that is whole now. @throws where the bytes are no frames */
  push(piece: Buffer, take: (frame: Frame) => void): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length < this.#wanted) return;
    let bytes = this.#pieces.length === 1 ? piece : Buffer.concat(this.#pieces, this.#length);
    for (;;) {
      this.#wanted = bytes.length < headBytes ? headBytes : this.#lengthOf(bytes);
      if (bytes.length < this.#wanted) break;
      take(this.#read(bytes.subarray(0, this.#wanted)));
      bytes = bytes.subarray(this.#wanted);
    }
    this.#pieces = bytes.length === 0 ? [] : [bytes];
    this.#length = bytes.length;
  }

  #lengthOf(bytes: Buffer): number {
    const length = bytes.readUInt32LE(at.length);
    if (length > largestFrame) throw new RangeError(`A frame of ${length} bytes, ${largestFrame} is the limit`);
    if (length < headBytes - at.kind) throw new RangeError(`A frame of ${length} bytes, which is less than its head`);
    return length + at.kind;
  }

  #read(bytes: Buffer): Frame {
    const kind = bytes.readUInt32LE(at.kind);
    const id = bytes.readDoubleLE(at.id);
    const place = bytes.readDoubleLE(at.place);
    const contentBytes = bytes.readUInt32LE(at.contentBytes);
    const contentEnd = headBytes + contentBytes;
    if (kind > 255 || !Number.isSafeInteger(id) || id < 0 || !Number.isSafeInteger(place) || place < -1)
      throw new RangeError("A frame whose head is none");
    if (contentEnd > bytes.length)
      throw new RangeError(`A content of ${contentBytes} bytes in a frame of ${bytes.length}`);
    return {
      kind,
      id,
      place,
      number: bytes.readUInt32LE(at.number),
      content: bytes.subarray(headBytes, contentEnd),
      tail: bytes.subarray(contentEnd),
    };
  }
}
