import type { PartFile } from "./part-file.ts";

/** Bytes that may wait for the disk before the source is held back. */
const mostWaiting = 8 << 20;
/** Bytes that are worth a write of their own. */
const stepBytes = 1 << 20;
/** Milliseconds after which fewer are written too: as much is lost with a process that is killed. */
const stepMs = 40;

/**
 * Puts what arrives of one piece on disk, a write after another: what comes meanwhile goes with the next, so that a fast
 * source is written in large steps and a slow one at once.
 */
export class PieceWriter {
  readonly #part: PartFile;
  readonly #piece: number;
  readonly #onWritten: (bytes: number) => void;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failure: unknown;

  constructor(part: PartFile, piece: number, onWritten: (bytes: number) => void) {
    this.#part = part;
    this.#piece = piece;
    this.#onWritten = onWritten;
  }

  /** @returns what to wait for before more is pushed, if anything. @throws what the disk refused before */
  push(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes >= stepBytes) this.#begin();
    else this.#timer ??= setTimeout(() => this.#begin(), stepMs);
    return this.#waitingBytes > mostWaiting ? this.#writing : undefined;
  }

  /** Ends when all that was pushed is on disk. @throws what the disk refused */
  async flush(): Promise<void> {
    for (this.#begin(); this.#writing !== undefined; this.#begin()) await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waitingBytes > 0 && this.#failure === undefined) this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    try {
      do {
        const [buffers, bytes] = [this.#waiting, this.#waitingBytes];
        this.#waiting = [];
        this.#waitingBytes = 0;
        await this.#part.write(this.#piece, buffers, bytes);
        this.#onWritten(bytes);
      } while (this.#waitingBytes >= stepBytes);
      if (this.#waitingBytes > 0) this.#timer ??= setTimeout(() => this.#begin(), stepMs);
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#writing = undefined;
    }
  }
}
