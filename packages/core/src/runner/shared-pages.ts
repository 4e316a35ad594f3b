import { fstatSync, ftruncateSync, readSync, writeSync } from "node:fs";
import { z } from "zod";

/** Arrays of fewer bytes travel faster inside the frame: 0.56 against 0.36 ms at 0.6 MB, equal at 64 KiB. */
const smallestShared = 64 * 1024;

/** Bytes of one message's arrays at most: a file may say that it is larger than any memory. */
const largestMessage = 2 ** 30;

const kindNames = [
  "Uint8Array",
  "Int8Array",
  "Uint16Array",
  "Int16Array",
  "Uint32Array",
  "Int32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
] as const;
type Kind = (typeof kindNames)[number];
type AnyArray = InstanceType<(typeof globalThis)[Kind]>;

/** Where one array of a message lies: its place in the message, and its bytes in the shared file. */
export interface SharedArray {
  readonly path: readonly (string | number)[];
  readonly kind: Kind;
  readonly offset: number;
  readonly bytes: number;
}

const byteCount = z.int().nonnegative();

export const sharedArraySchema: z.ZodType<SharedArray> = z.strictObject({
  path: z.array(z.union([z.string(), byteCount])).max(100),
  kind: z.enum(kindNames),
  offset: byteCount,
  bytes: byteCount,
});

/** A message whose large arrays lie in shared pages. Both its parts travel in the frame, so that no value can pass for a reference. */
export interface Packed {
  readonly message: unknown;
  readonly arrays: readonly SharedArray[];
}

/** Pages that one message holds until they are freed. */
export interface Pages {
  readonly offset: number;
  readonly bytes: number;
}

/**
 * The writing side of a file without a name that two processes hold open. Every message has pages of its own, which are
 * given back when their owner is done with them, so that messages may lie side by side.
 */
export class SharedPages {
  #descriptor: number | undefined;
  /** In the order of their offsets. */
  readonly #taken: Pages[] = [];

  /** @param descriptor of the file; without one everything travels in the frame */
  constructor(descriptor: number | undefined) {
    this.#descriptor = descriptor;
  }

  /**
   * Moves large arrays into pages. What does not fit into the file system travels in the frame: slower, and never lost.
   * @returns the pages to free; undefined where none were taken
   */
  pack(message: unknown): Packed & { readonly pages: Pages | undefined } {
    const found = this.#descriptor === undefined ? [] : largeArrays(message, []);
    if (found.length === 0) return { message, arrays: [], pages: undefined };
    const pages = this.#take(found.reduce((sum, { array }) => sum + array.byteLength, 0));
    try {
      let { offset } = pages;
      const arrays = found.map(({ path, kind, array }): SharedArray => {
        const shared = { path, kind, offset, bytes: array.byteLength };
        this.#write(array, offset);
        offset += array.byteLength;
        return shared;
      });
      return { message: without(message, arrays), arrays, pages };
    } catch (error) {
      this.free(pages);
      if (!isFileError(error)) throw error;
      return { message, arrays: [], pages: undefined };
    }
  }

  /** Gives pages back; the file ends behind the last that is still taken. */
  free(pages: Pages | undefined): void {
    const place = pages === undefined ? -1 : this.#taken.indexOf(pages);
    if (place < 0 || this.#descriptor === undefined) return;
    this.#taken.splice(place, 1);
    if (place < this.#taken.length) return;
    const last = this.#taken.at(-1);
    try {
      ftruncateSync(this.#descriptor, last === undefined ? 0 : last.offset + last.bytes);
    } catch (error) {
      // A file that cannot be shortened keeps its bytes until it is closed; nobody's message is lost by it.
      if (!isFileError(error)) throw error;
    }
  }

  /** The file is about to be closed: its number may soon be another file's. */
  close(): void {
    this.#descriptor = undefined;
  }

  /** The first gap that is wide enough. */
  #take(bytes: number): Pages {
    let offset = 0;
    let place = 0;
    for (const other of this.#taken) {
      if (other.offset - offset >= bytes) break;
      offset = other.offset + other.bytes;
      place += 1;
    }
    const pages = { offset, bytes };
    this.#taken.splice(place, 0, pages);
    return pages;
  }

  #write(array: AnyArray, offset: number): void {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let done = 0; done < bytes.length; ) {
      const written = writeSync(this.#descriptor as number, bytes, done, bytes.length - done, offset + done);
      if (written === 0) throw Object.assign(new Error("nothing more could be written"), { code: "ENOSPC" });
      done += written;
    }
  }
}

/**
 * The message with its arrays read back; nothing of it shares memory with the writer.
 * @throws RangeError where the arrays do not lie in the file, or have no place in the message
 */
export function unpack({ message, arrays }: Packed, descriptor: number | undefined): unknown {
  if (arrays.length === 0) return message;
  if (descriptor === undefined) throw new RangeError("A message names shared pages where there are none");
  const { size } = fstatSync(descriptor);
  const root = { message };
  const total = arrays.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > Math.min(size, largestMessage))
    throw new RangeError(`A message names ${total} bytes of a file of ${size}; ${largestMessage} are the limit`);
  for (const { path, kind, offset, bytes } of arrays) {
    if (offset + bytes > size) throw new RangeError(`A message ends at ${offset + bytes} bytes of a file of ${size}`);
    if (bytes % globalThis[kind].BYTES_PER_ELEMENT !== 0) throw new RangeError(`A ${kind} cannot have ${bytes} bytes`);
    put(root, ["message", ...path], new globalThis[kind](read(descriptor, offset, bytes)));
  }
  return root.message;
}

function read(descriptor: number, offset: number, length: number): ArrayBuffer {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const count = readSync(descriptor, bytes, done, length - done, offset + done);
    if (count === 0) throw new RangeError("The shared file ends before the message does");
    done += count;
  }
  return bytes.buffer;
}

/** Puts a value where a message has left a place for it, and nowhere else. */
function put(root: object, path: readonly (string | number)[], value: unknown): void {
  let target: object = root;
  for (const [i, key] of path.entries()) {
    if (!Object.hasOwn(target, key)) throw new RangeError(`A message has no place "${path.slice(1).join(".")}"`);
    if (i === path.length - 1) {
      (target as Record<string | number, unknown>)[key] = value;
      return;
    }
    const next: unknown = (target as Record<string | number, unknown>)[key];
    if (typeof next !== "object" || next === null)
      throw new RangeError(`A message has no place "${path.slice(1).join(".")}"`);
    target = next;
  }
}

interface LargeArray {
  readonly path: readonly (string | number)[];
  readonly kind: Kind;
  readonly array: AnyArray;
}

function largeArrays(value: unknown, path: readonly (string | number)[]): LargeArray[] {
  if (typeof value !== "object" || value === null) return [];
  if (ArrayBuffer.isView(value)) {
    const kind = value.byteLength < smallestShared ? undefined : kindOf(value);
    return kind === undefined ? [] : [{ path, kind, array: value as AnyArray }];
  }
  if (Array.isArray(value)) return value.flatMap((item, i) => largeArrays(item, [...path, i]));
  return isPlain(value) ? Object.entries(value).flatMap(([key, item]) => largeArrays(item, [...path, key])) : [];
}

function kindOf(value: ArrayBufferView): Kind | undefined {
  return kindNames.find((name) => value instanceof globalThis[name]);
}

/** A copy of the message, as deep as its shared arrays lie, with `null` in their places. */
function without(message: unknown, arrays: readonly SharedArray[]): unknown {
  const root = { message };
  for (const { path } of arrays) {
    let target: Record<string | number, unknown> = root;
    for (const [i, key] of ["message", ...path].entries()) {
      if (i === path.length) target[key] = null;
      else {
        const copy = copyOf(target[key]);
        target[key] = copy;
        target = copy;
      }
    }
  }
  return root.message;
}

function copyOf(value: unknown): Record<string | number, unknown> {
  return (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
    string | number,
    unknown
  >;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** What the file system says for want of room, of rights, or of the file. */
function isFileError(error: unknown): boolean {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === "string";
}
