/** Lines that are kept, and characters of each. */
const kept = { lines: 20, characters: 500 } as const;

/** What a process said last, to explain its end. */
export class LastLines {
  readonly #lines: string[] = [];

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** @returns the lines that were added */
  add(data: Buffer): string[] {
    const lines = data
      .toString("utf8")
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => line.slice(0, kept.characters));
    this.#lines.push(...lines.slice(-kept.lines));
    this.#lines.splice(0, Math.max(0, this.#lines.length - kept.lines));
    return lines;
  }
}
