/** Vectors of texts that were met before: the labels of a service are asked again and again. */
export class RememberedVectors {
  readonly #known = new Map<string, Float64Array>();
  readonly #most: number;

  /** @param most how many texts are kept; those that were not asked for longest are forgotten first */
  constructor(most: number = 20_000) {
    this.#most = most;
  }

  get size(): number {
    return this.#known.size;
  }

  /** The vectors of texts, in order. @param compute gives those of texts that are not known, each asked for once */
  async of(
    texts: readonly string[],
    compute: (unknown: readonly string[]) => Promise<readonly Float64Array[]>,
  ): Promise<Float64Array[]> {
    const unknown = [...new Set(texts)].filter((text) => !this.#known.has(text));
    // Taken before the wait: another call may forget them meanwhile.
    const known = new Map(texts.map((text) => [text, this.#known.get(text)]));
    const computed = unknown.length === 0 ? [] : await compute(unknown);
    for (const [i, text] of unknown.entries()) known.set(text, computed[i]);
    const vectors = texts.map((text) => known.get(text) as Float64Array);
    this.#remember(texts, vectors);
    return vectors;
  }

  /** A map keeps its keys in the order they were set. */
  #remember(texts: readonly string[], vectors: readonly Float64Array[]): void {
    for (const [i, text] of texts.entries()) {
      this.#known.delete(text);
      this.#known.set(text, vectors[i] as Float64Array);
    }
    for (const text of this.#known.keys()) {
      if (this.#known.size <= this.#most) return;
      this.#known.delete(text);
    }
  }
}
