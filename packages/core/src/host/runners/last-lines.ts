/** Lines that are kept, and characters of each. */
const kept = { lines: 20, characters: 500 } as const;

/** What a process said last, to explain its end. */
export class LastLines {
  readonly #lines: string[] = [];

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** The last three that say something: not where in the code, nor which Node. */
  get words(): string {
    const isTrace = (line: string): boolean => /^\s+at |^\s*\^+\s*$|^Node\.js v\d|^(file|node):\S+:\d+$/.test(line);
    return this.#lines
      .filter((line) => !isTrace(line))
      .slice(-3)
      .map((line) => line.trim())
      .join(" | ");
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
