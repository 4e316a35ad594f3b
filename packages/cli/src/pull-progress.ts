import type { PullProgress } from "@menagerie/pull";
import { paint } from "./output.ts";

/** Milliseconds over which the rate is taken. */
const windowMs = 5000;

/** Shows what a pull brings on standard error: a bar that comes and goes on a terminal, a line for each file elsewhere. */
export class PullDisplay implements Disposable {
  readonly #isWanted: boolean;
  readonly #isTerminal = process.stderr.isTTY === true;
  readonly #told = new Set<string>();
  #samples: { readonly at: number; readonly bytes: number }[] = [];
  #path = "";
  #drawnAt = 0;
  #isDrawn = false;

  constructor(isWanted: boolean) {
    this.#isWanted = isWanted;
  }

  show(progress: PullProgress): void {
    if (!this.#isWanted) return;
    const { path, sizeBytes, receivedBytes, state } = progress;
    if (path !== this.#path) {
      this.#path = path;
      this.#samples = [];
    }
    if (state === "done") {
      this.#clear();
      if (!this.#told.has(path)) process.stderr.write(`  ${paint("green", "✓")} ${path}  ${sizeWords(sizeBytes)}\n`);
      this.#told.add(path);
      return;
    }
    const now = performance.now();
    this.#samples.push({ at: now, bytes: receivedBytes });
    while (this.#samples.length > 2 && now - (this.#samples[0]?.at ?? now) > windowMs) this.#samples.shift();
    if (!this.#isTerminal || now - this.#drawnAt < 100) return;
    this.#drawnAt = now;
    this.#isDrawn = true;
    const line = state === "waiting" ? `${path}: another pull brings it` : progressLine(progress, this.#rate());
    process.stderr.write(`\r\x1b[2K  ${line.slice(0, Math.max(20, (process.stderr.columns ?? 100) - 3))}`);
  }

  /** Takes the bar away. */
  [Symbol.dispose](): void {
    this.#clear();
  }

  #clear(): void {
    if (this.#isDrawn) process.stderr.write("\r\x1b[2K");
    this.#isDrawn = false;
  }

  /** Bytes a second; 0 before it is known. */
  #rate(): number {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.at === first.at) return 0;
    return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000;
  }
}

/** @param rate bytes a second; 0 where it is not known */
export function progressLine(
  { path, sizeBytes, receivedBytes }: Pick<PullProgress, "path" | "sizeBytes" | "receivedBytes">,
  rate: number,
): string {
  const share = sizeBytes === 0 ? 1 : receivedBytes / sizeBytes;
  const width = 20;
  const filled = Math.round(share * width);
  const bar = "█".repeat(filled) + "░".repeat(width - filled);
  const left = rate > 0 ? `  ${sizeWords(rate)}/s  ${timeWords((sizeBytes - receivedBytes) / rate)} left` : "";
  return `${bar} ${(share * 100).toFixed(0).padStart(3)} %  ${sizeWords(receivedBytes)} of ${sizeWords(sizeBytes)}${left}  ${path}`;
}

/** Bytes for a person: 346 B, 12.3 kB, 599.5 MB. */
export function sizeWords(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return power === 0 ? `${Math.round(bytes)} B` : `${(bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}

function timeWords(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
