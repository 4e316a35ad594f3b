import { fstatSync, ftruncateSync, readSync, writeSync } from "node:fs";
import type { ArraySource } from "./value-reader.ts";

/** Pages that one message holds until they are freed. */
export interface Pages {
  /** By which they are freed: 1 to 2^32 - 1. */
  readonly number: number;
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
  #lastNumber = 0;

  /** @param descriptor of the file; without one nothing can be written */
  constructor(descriptor: number | undefined) {
    this.#descriptor = descriptor;
  }

  /** Writes pieces one behind the other. @returns the pages that they are in, until these are freed; undefined where there is no room for them */
  write(pieces: readonly Uint8Array[]): Pages | undefined {
    if (this.#descriptor === undefined) return undefined;
    const pages = this.#take(pieces.reduce((sum, piece) => sum + piece.length, 0));
    try {
      let { offset } = pages;
      for (const piece of pieces) {
        this.#write(piece, offset);
        offset += piece.length;
      }
      return pages;
    } catch (error) {
      this.free(pages.number);
      if (!isFileError(error)) throw error;
      return undefined;
    }
  }

  /** Gives pages back; the file ends behind the last that is still taken. */
  free(number: number): void {
    const place = this.#taken.findIndex((pages) => pages.number === number);
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
    this.#lastNumber = (this.#lastNumber % (2 ** 32 - 1)) + 1;
    const pages = { number: this.#lastNumber, offset, bytes };
    this.#taken.splice(place, 0, pages);
    return pages;
  }

  #write(bytes: Uint8Array, offset: number): void {
    for (let done = 0; done < bytes.length; ) {
      const written = writeSync(this.#descriptor as number, bytes, done, bytes.length - done, offset + done);
      if (written === 0) throw Object.assign(new Error("nothing more could be written"), { code: "ENOSPC" });
      done += written;
    }
  }
}

/**
 * The reading side: the arrays of a message that begin at `place`, in a file that another process may write to at any
 * time, and may have made of any size.
 */
export function pagesAt(place: number, descriptor: number): ArraySource {
  const size = Math.max(0, fstatSync(descriptor).size - place);
  return {
    size,
    read(offset, length) {
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const count = readSync(descriptor, bytes, done, length - done, place + offset + done);
        if (count === 0) throw new RangeError("The shared file ends before the message does");
        done += count;
      }
      return bytes.buffer;
    },
  };
}

/** What the file system says for want of room, of rights, or of the file. */
function isFileError(error: unknown): boolean {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === "string";
}
