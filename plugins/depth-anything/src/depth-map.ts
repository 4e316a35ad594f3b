import { type EstimateDepthOutput, ModelError, type PictureBox } from "@menagerie/core";

/** Which of a box's values speaks for it. */
export type BoxValue = "center" | "mean" | "median" | "nearest";

/**
 * An answer of a depth model, read: how near its pixels are, from 0 (the farthest of the picture) to 1 (the nearest). Nearness
 * is relative to one picture; that of two pictures, or two frames of a film, cannot be compared.
 */
export class DepthMap {
  readonly width: number;
  readonly height: number;
  readonly #values: Float32Array;
  readonly #far: number;
  readonly #near: number;

  /** @throws ModelError `input_invalid` for bytes of another length than the sides say */
  constructor({ depth, width, height, minimum, maximum, near }: EstimateDepthOutput) {
    if (depth.byteLength !== width * height * 4)
      throw new ModelError(
        "input_invalid",
        `A depth map of ${width} x ${height} pixels has ${width * height * 4} bytes, this one ${depth.byteLength}.`,
      );
    const view = new DataView(depth.buffer, depth.byteOffset, depth.byteLength);
    this.width = width;
    this.height = height;
    this.#values = Float32Array.from({ length: width * height }, (_, i) => view.getFloat32(i * 4, true));
    [this.#far, this.#near] = near === "larger" ? [minimum, maximum] : [maximum, minimum];
  }

  /** Nearness of one pixel. @throws ModelError `input_invalid` outside the picture */
  at(x: number, y: number): number {
    const [column, row] = [Math.floor(x), Math.floor(y)];
    if (!(column >= 0 && column < this.width && row >= 0 && row < this.height))
      throw this.#outside(`The point ${x}, ${y}`);
    return this.#nearness(this.#values[row * this.width + column] as number);
  }

  /**
   * Nearness of a box in pixels: of every pixel that it touches, the last row and column included.
   * @param value the pixel in the middle, the mean, the median (default) or the nearest one
   * @throws ModelError `input_invalid` for a box that touches no pixel of the picture
   */
  within(box: PictureBox, value: BoxValue = "median"): number {
    const left = Math.max(Math.floor(box.x1), 0);
    const top = Math.max(Math.floor(box.y1), 0);
    const right = Math.min(Math.ceil(box.x2), this.width);
    const bottom = Math.min(Math.ceil(box.y2), this.height);
    if (!(left < right && top < bottom)) throw this.#outside(`The box ${box.x1}, ${box.y1}, ${box.x2}, ${box.y2}`);
    if (value === "center") return this.at((left + right - 1) / 2, (top + bottom - 1) / 2);
    const values = new Float32Array((right - left) * (bottom - top));
    for (let y = top; y < bottom; y++)
      values.set(this.#values.subarray(y * this.width + left, y * this.width + right), (y - top) * (right - left));
    if (value === "mean") return this.#nearness(values.reduce((sum, one) => sum + one, 0) / values.length);
    values.sort();
    const last = values.length - 1;
    const middle = [Math.floor(last / 2), Math.ceil(last / 2)];
    const [first = 0, second = 0] = (value === "median" ? middle : [0, last]).map((i) => values[i]);
    if (value === "median") return this.#nearness((first + second) / 2);
    return Math.max(this.#nearness(first), this.#nearness(second));
  }

  /** A flat map has nothing nearer than anything else: all of it is 0.5. */
  #nearness(value: number): number {
    if (this.#near === this.#far) return 0.5;
    return Math.min(Math.max((value - this.#far) / (this.#near - this.#far), 0), 1);
  }

  #outside(what: string): ModelError {
    return new ModelError(
      "input_invalid",
      `${what} lies outside the picture of ${this.width} x ${this.height} pixels.`,
    );
  }
}
