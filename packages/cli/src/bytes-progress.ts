import { megabytes } from "./output.ts";

/** Milliseconds between two drawings. */
const drawEveryMs = 100;

/** Shows on a terminal's standard error how far reading has come: a line that comes and goes, and nothing anywhere else. */
export class BytesProgress implements Disposable {
  readonly #what: string;
  readonly #total: number;
  readonly #started = performance.now();
  readonly #isShown: boolean;
  #done = 0;
  #drawn = 0;

  /** @param total bytes to come */
  constructor(what: string, total: number, wanted: boolean) {
    this.#what = what;
    this.#total = total;
    this.#isShown = wanted && process.stderr.isTTY === true;
  }

  add(bytes: number): void {
    this.#done += bytes;
    const now = performance.now();
    if (!this.#isShown || now - this.#drawn < drawEveryMs) return;
    this.#drawn = now;
    process.stderr.write(`\r\x1b[2K${this.#what} ${progressWords(this.#done, this.#total, now - this.#started)}`);
  }

  [Symbol.dispose](): void {
    if (this.#isShown && this.#drawn > 0) process.stderr.write("\r\x1b[2K");
  }
}

/** `1.2 GB of 4.5 GB, 980 MB/s, 3 s left` @param ms since the first byte */
export function progressWords(done: number, total: number, ms: number): string {
  const rate = done / Math.max(ms, 1);
  const left = rate === 0 ? undefined : Math.ceil(Math.max(total - done, 0) / rate / 1000);
  const time = left === undefined ? "" : `, ${left >= 90 ? `${Math.round(left / 60)} min` : `${left} s`} left`;
  return `${megabytes(done)} of ${megabytes(total)}, ${megabytes(rate * 1000)}/s${time}`;
}
