/** Windows that are looked back at. */
const patience = 10;

/**
 * Where the next window begins, unless the text creeps: a model that is lost may end a segment after a fiftieth of a second
 * again and again, and hear hundreds of windows for one. After ten windows that together came on by less than a tenth of
 * one, the next begins where the last one ends. transformers has no such guard.
 */
export class SeekGuard {
  readonly #windowFrames: number;
  readonly #seeks: number[] = [];

  constructor(windowFrames: number) {
    this.#windowFrames = windowFrames;
  }

  /** @param seek frame that the window began with @param advance frames that its text leads on */
  next(seek: number, advance: number): number {
    this.#seeks.push(seek);
    const before = this.#seeks.at(-patience);
    const creeps = before !== undefined && seek + advance - before < this.#windowFrames / 10;
    return seek + (creeps ? this.#windowFrames : advance);
  }
}
