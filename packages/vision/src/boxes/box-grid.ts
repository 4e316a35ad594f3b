/** Cells that one box may be entered in or looked up in; a larger one is compared with all. */
const mostCells = 64;

/** Which of the boxes that were added may overlap another one, without looking at them all. */
export class BoxGrid {
  readonly #boxes: Float32Array;
  readonly #cell: number;
  readonly #cells = new Map<number, number[]>();
  readonly #large: number[] = [];
  readonly #all: number[] = [];

  /** @param boxes `[n, 4]` as left, top, right, bottom, all of them finite */
  constructor(boxes: Float32Array) {
    this.#boxes = boxes;
    this.#cell = cellSize(boxes);
  }

  add(index: number): void {
    this.#all.push(index);
    const span = this.#span(index);
    if (span === undefined) {
      this.#large.push(index);
      return;
    }
    const [left, top, right, bottom] = span;
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const key = cellKey(x, y);
        const cell = this.#cells.get(key);
        if (cell === undefined) this.#cells.set(key, [index]);
        else cell.push(index);
      }
    }
  }

  /** True if `test` is true of any added box that may overlap box `index`; some are asked about more than once. */
  some(index: number, test: (other: number) => boolean): boolean {
    const span = this.#span(index);
    if (span === undefined) return this.#all.some(test);
    const [left, top, right, bottom] = span;
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        if (this.#cells.get(cellKey(x, y))?.some(test) === true) return true;
      }
    }
    return this.#large.some(test);
  }

  /**
   * The same for boxes that contain the centre of box `index`: one that does not overlaps half of it at most, so their
   * intersection over union is a half at most.
   */
  someAtCentre(index: number, test: (other: number) => boolean): boolean {
    const at = (side: number): number =>
      Math.floor(
        ((this.#boxes[4 * index + side] as number) + (this.#boxes[4 * index + side + 2] as number)) / 2 / this.#cell,
      );
    return this.#cells.get(cellKey(at(0), at(1)))?.some(test) === true || this.#large.some(test);
  }

  #span(index: number): [left: number, top: number, right: number, bottom: number] | undefined {
    const at = (side: number): number => Math.floor((this.#boxes[4 * index + side] as number) / this.#cell);
    const [left, top, right, bottom] = [at(0), at(1), at(2), at(3)];
    const cells = (Math.max(right - left, 0) + 1) * (Math.max(bottom - top, 0) + 1);
    const isFar = Math.max(Math.abs(left), Math.abs(top), Math.abs(right), Math.abs(bottom)) > 1e6;
    return cells > mostCells || isFar ? undefined : [left, top, right, bottom];
  }
}

function cellKey(x: number, y: number): number {
  return y * 4_194_304 + x;
}

/** A typical side, so that most boxes lie in a few cells. */
function cellSize(boxes: Float32Array): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < boxes.length; i += 4) {
    const side = Math.max(
      (boxes[i + 2] as number) - (boxes[i] as number),
      (boxes[i + 3] as number) - (boxes[i + 1] as number),
    );
    if (!(side > 0)) continue;
    sum += Math.log(side);
    count++;
  }
  return count === 0 ? 1 : Math.max(Math.exp(sum / count), 1e-3);
}
