/** Collects COCO's run lengths from pixels that are told in their order, down the columns. */
export class RunWriter {
  readonly #counts: number[] = [];
  #value: 0 | 1 = 0;
  #length = 0;
  #area = 0;

  /** Pixels set so far. */
  get area(): number {
    return this.#area;
  }

  add(value: 0 | 1, pixels: number): void {
    if (pixels === 0) return;
    if (value !== this.#value) {
      this.#counts.push(this.#length);
      this.#length = 0;
      this.#value = value;
    }
    this.#length += pixels;
    if (value === 1) this.#area += pixels;
  }

  /** The runs of all pixels; nothing can be added afterwards. */
  end(): readonly number[] {
    this.#counts.push(this.#length);
    return this.#counts;
  }
}
