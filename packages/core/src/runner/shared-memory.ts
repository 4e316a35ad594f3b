import { fstatSync, readSync, writeSync } from "node:fs";

/** Arrays of fewer bytes travel faster inside the message itself: 0.56 against 0.36 ms at 0.6 MB, equal at 64 KiB. */
const smallestShared = 64 * 1024;

const kinds = {
  Uint8Array,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const;
type Kind = keyof typeof kinds;
type SharedArray = InstanceType<(typeof kinds)[Kind]>;

/** Stands in a message for an array whose bytes are in the shared file. */
interface Reference {
  readonly sharedArray: Kind;
  readonly offset: number;
  readonly bytes: number;
}

/**
 * One direction of an unlinked file that both processes hold open. A message's large arrays are written one behind the
 * other from the start, so a message must be read before the next is written: calls to a runner go one at a time.
 */
export class SharedMemory {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** The message with its large arrays moved into the file. */
  pack(message: unknown): unknown {
    let offset = 0;
    return mapArrays(message, (array, kind) => {
      if (array.byteLength < smallestShared) return array;
      const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.#descriptor, bytes, done, bytes.length - done, offset + done);
      const reference: Reference = { sharedArray: kind, offset, bytes: bytes.length };
      offset += bytes.length;
      return reference;
    });
  }

  /** The message with its large arrays read back. */
  unpack(message: unknown): unknown {
    if (isReference(message)) return this.#read(message);
    if (Array.isArray(message)) return message.map((item) => this.unpack(item));
    if (isPlain(message))
      return Object.fromEntries(Object.entries(message).map(([key, item]) => [key, this.unpack(item)]));
    return message;
  }

  #read(reference: Reference): SharedArray {
    const bytes = new Uint8Array(reference.bytes);
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(this.#descriptor, bytes, done, bytes.length - done, reference.offset + done);
      if (read === 0)
        throw new RangeError(
          `The shared file ends at ${fstatSync(this.#descriptor).size} bytes, before the message does`,
        );
      done += read;
    }
    return new kinds[reference.sharedArray](bytes.buffer);
  }
}

function mapArrays(value: unknown, change: (array: SharedArray, kind: Kind) => unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    const kind = (Object.keys(kinds) as Kind[]).find((name) => value instanceof kinds[name]);
    return kind === undefined ? value : change(value as SharedArray, kind);
  }
  if (Array.isArray(value)) return value.map((item) => mapArrays(item, change));
  if (isPlain(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapArrays(item, change)]));
  return value;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isReference(value: unknown): value is Reference {
  return isPlain(value) && typeof value.sharedArray === "string" && typeof value.offset === "number";
}
