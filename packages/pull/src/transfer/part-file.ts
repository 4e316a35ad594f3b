import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../store/make-folder.ts";

/** Bytes of a piece that is asked for by itself. */
export const usualPieceBytes: number = 16 << 20;

const slot = 17;

/**
 * A file that arrives in pieces, and how much of each is there. Both lie on disk, so that whoever comes after a break or a kill
 * asks for the rest alone: a piece's figure is written after its bytes.
 */
export class PartFile implements AsyncDisposable {
  readonly path: string;
  readonly sizeBytes: number;
  readonly pieceBytes: number;
  readonly #file: FileHandle;
  readonly #progress: FileHandle;
  readonly #head: number;
  readonly #done: number[];
  #frontierPiece = 0;

  private constructor(path: string, size: number, head: Head, file: FileHandle, progress: FileHandle, done: number[]) {
    this.path = path;
    this.sizeBytes = size;
    this.pieceBytes = head.piece_bytes;
    this.#head = Buffer.byteLength(headText(head));
    this.#file = file;
    this.#progress = progress;
    this.#done = done;
  }

  /**
   * Opens what is there of a file, or begins it.
   * @param identity what is there of another one is thrown away
   */
  static async open(
    folder: string,
    name: string,
    identity: string,
    sizeBytes: number,
    pieceBytes: number = usualPieceBytes,
  ): Promise<PartFile> {
    await makeFolder(folder);
    const path = join(folder, `${name}.part`);
    const notes = progressFile(path);
    const known = await readProgress(notes, identity, sizeBytes);
    const head = known?.head ?? { identity, size_bytes: sizeBytes, piece_bytes: pieceBytes };
    const done = known?.done ?? Array.from({ length: Math.ceil(sizeBytes / head.piece_bytes) }, () => 0);
    if (known === undefined) await rm(path, { force: true });
    const file = await open(path, known === undefined ? "w+" : "r+").catch(async (error: unknown) => {
      // Its notes alone are left: there is nothing of it.
      if (known === undefined || (error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      done.fill(0);
      return open(path, "w+");
    });
    const progress = await open(notes, "w+").catch(async (error: unknown) => {
      await file.close();
      throw error;
    });
    try {
      await file.truncate(sizeBytes);
      await progress.writeFile(headText(head) + done.map(slotText).join(""));
    } catch (error) {
      await Promise.all([file.close(), progress.close()]);
      throw error;
    }
    return new PartFile(path, sizeBytes, head, file, progress, done);
  }

  get pieces(): number {
    return this.#done.length;
  }

  /** Bytes that are on disk. */
  get receivedBytes(): number {
    return this.#done.reduce((sum, bytes) => sum + bytes, 0);
  }

  /** The bytes of a piece that are still missing. */
  missing(piece: number): { readonly start: number; readonly end: number } {
    const from = piece * this.pieceBytes;
    return { start: from + (this.#done[piece] ?? 0), end: Math.min(this.sizeBytes, from + this.pieceBytes) };
  }

  /** How far it is whole from its first byte on. */
  get frontier(): number {
    for (; this.#frontierPiece < this.pieces; this.#frontierPiece++) {
      const { start, end } = this.missing(this.#frontierPiece);
      if (start < end) return start;
    }
    return this.sizeBytes;
  }

  /** Appends to a piece. */
  async write(piece: number, buffers: readonly Uint8Array[], length: number): Promise<void> {
    const { start } = this.missing(piece);
    let written = 0;
    try {
      while (written < length) {
        const left = written === 0 ? buffers : [Buffer.concat(buffers as Uint8Array[]).subarray(written)];
        const { bytesWritten } = await this.#file.writev(left, start + written);
        written += bytesWritten;
      }
    } finally {
      // A disk that fills up takes some of it.
      const done = (this.#done[piece] ?? 0) + written;
      this.#done[piece] = done;
      await this.#progress.write(slotText(done), this.#head + piece * slot);
    }
  }

  /** Forgets what is there. */
  async restart(): Promise<void> {
    this.#done.fill(0);
    this.#frontierPiece = 0;
    await this.#progress.write(this.#done.map(slotText).join(""), this.#head);
  }

  /** Whatever happens to the machine from now on, the bytes are there. */
  sync(): Promise<void> {
    return this.#file.sync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([this.#file.close(), this.#progress.close()]);
  }

  /** Closes it and removes it with its notes. */
  async discard(): Promise<void> {
    await this[Symbol.asyncDispose]();
    await discardPart(this.path);
  }
}

/** Removes what is there of a file. */
export async function discardPart(path: string): Promise<void> {
  await Promise.all([rm(path, { force: true }), rm(progressFile(path), { force: true })]);
}

/** Bytes of a file that are there already, before anybody opens it. */
export async function receivedBefore(folder: string, name: string, identity: string, size: number): Promise<number> {
  const known = await readProgress(progressFile(join(folder, `${name}.part`)), identity, size);
  return known?.done.reduce((sum, bytes) => sum + bytes, 0) ?? 0;
}

interface Head {
  readonly identity: string;
  readonly size_bytes: number;
  readonly piece_bytes: number;
}

function progressFile(path: string): string {
  return path.replace(/\.part$/, ".progress");
}

function headText(head: Head): string {
  return `${JSON.stringify(head)}\n`;
}

function slotText(bytes: number): string {
  return `${String(bytes).padStart(slot - 1, "0")}\n`;
}

/** Undefined where it is not there, of another file, or damaged: then there is nothing to go on with. */
async function readProgress(
  file: string,
  identity: string,
  sizeBytes: number,
): Promise<{ readonly head: Head; readonly done: number[] } | undefined> {
  const text = await open(file, "r").then(
    async (handle) => {
      await using notes = handle;
      return notes.readFile("utf8");
    },
    () => "",
  );
  const [first = "", ...slots] = text.split("\n");
  const head = headOf(first);
  if (head === undefined || head.identity !== identity || head.size_bytes !== sizeBytes) return undefined;
  const done = slots.slice(0, -1).map(Number);
  const isWhole =
    done.length === Math.ceil(sizeBytes / head.piece_bytes) &&
    done.every((bytes, i) => bytes >= 0 && bytes <= Math.min(head.piece_bytes, sizeBytes - i * head.piece_bytes));
  return isWhole ? { head, done } : undefined;
}

function headOf(line: string): Head | undefined {
  try {
    const head = JSON.parse(line) as Partial<Head>;
    const { identity, size_bytes, piece_bytes } = head;
    return typeof identity === "string" && Number(size_bytes) >= 0 && Number(piece_bytes) > 0
      ? (head as Head)
      : undefined;
  } catch {
    return undefined;
  }
}
