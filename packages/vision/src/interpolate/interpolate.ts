import { ModelError } from "@menagerie/core";
import type { FloatPlanes } from "../float-planes.ts";
import type { Size } from "../geometry/size.ts";
import { checkSides } from "../picture-sides.ts";
import { type InterpolationAxis, type InterpolationMode, interpolationAxis } from "./interpolate-axis.ts";

/** Either the size of the result or the factors that give it, `floor(side * factor)`, as torch takes them. */
export type InterpolationTarget =
  | { readonly width: number; readonly height: number }
  | { readonly scale_factor: number | readonly [vertical: number, horizontal: number] };

export type InterpolateOptions = InterpolationTarget & {
  readonly mode: InterpolationMode;
  /** Corner pixels keep their place (bilinear and bicubic alone). Default: false, as in torch. */
  readonly align_corners?: boolean;
  /** With `scale_factor`: step from the sizes and not from the factor. Default: false, as in torch. */
  readonly recompute_scale_factor?: boolean;
};

/**
 * `torch.nn.functional.interpolate` of float32 `[channels, height, width]`, without antialiasing, within 2e-6 of the
 * largest value. Bicubic goes beyond the values it is given; torch does not clamp and neither does this.
 *
 * @throws ModelError `input_invalid` for a size without pixels or data of another length than the shape says.
 */
export function interpolate(planes: FloatPlanes, options: InterpolateOptions): FloatPlanes {
  const { columns, rows } = interpolationAxes(planes, options);
  return interpolateAlong(planes, columns, rows);
}

/** The same along axes that are known already; they look at positions inside the planes. */
export function interpolateAlong(
  planes: FloatPlanes,
  columns: InterpolationAxis,
  rows: InterpolationAxis,
): FloatPlanes {
  const { channels } = planes;
  const width = columns.indices.length / columns.taps;
  const height = rows.indices.length / rows.taps;
  const data = new Float32Array(channels * width * height);
  const lines = new LineStore(columns, rows.taps);
  for (let channel = 0; channel < channels; channel++) {
    const plane = planes.data.subarray(
      channel * planes.width * planes.height,
      (channel + 1) * planes.width * planes.height,
    );
    lines.start(plane, planes.width);
    for (let y = 0; y < height; y++) {
      const write = (channel * height + y) * width;
      combine(lines, rows, y, data.subarray(write, write + width));
    }
  }
  return { data, channels, height, width };
}

interface InterpolationAxes {
  readonly width: number;
  readonly height: number;
  readonly columns: InterpolationAxis;
  readonly rows: InterpolationAxis;
}

/** The two axes of an interpolation, checked against the planes. */
export function interpolationAxes(planes: FloatPlanes, options: InterpolateOptions): InterpolationAxes {
  const pixels = checkSides(planes.width, planes.height);
  if (
    !(Number.isSafeInteger(planes.channels) && planes.channels > 0) ||
    planes.data.length !== planes.channels * pixels
  )
    throw new ModelError(
      "input_invalid",
      `A tensor of shape [${planes.channels}, ${planes.height}, ${planes.width}] cannot have ${planes.data.length} values.`,
    );
  return axesBetween(planes, options);
}

/** The two axes of an interpolation from a size alone: for whoever works on a part of the result. */
export function axesBetween(planes: Size, options: InterpolateOptions): InterpolationAxes {
  checkSides(planes.width, planes.height);
  const { mode, align_corners: alignCorners = false } = options;
  const [vertical, horizontal] = factors(options);
  const height = vertical === undefined ? (options as { height: number }).height : Math.floor(planes.height * vertical);
  const width = horizontal === undefined ? (options as { width: number }).width : Math.floor(planes.width * horizontal);
  checkSides(width, height);
  const isKept = options.recompute_scale_factor !== true;
  return {
    width,
    height,
    columns: interpolationAxis(
      { from: planes.width, to: width, scaleFactor: isKept ? horizontal : undefined },
      mode,
      alignCorners,
    ),
    rows: interpolationAxis(
      { from: planes.height, to: height, scaleFactor: isKept ? vertical : undefined },
      mode,
      alignCorners,
    ),
  };
}

function factors(options: InterpolateOptions): [number | undefined, number | undefined] {
  if (!("scale_factor" in options)) return [undefined, undefined];
  const { scale_factor: factor } = options;
  return typeof factor === "number" ? [factor, factor] : [factor[0], factor[1]];
}

/** Rows of the current plane, filtered along x; result rows need them in order, so each is filtered once. */
export class LineStore {
  readonly #columns: InterpolationAxis;
  readonly #lines: Float32Array[];
  readonly #held: Int32Array;
  #plane: Float32Array = new Float32Array();
  #stride = 0;

  constructor(columns: InterpolationAxis, taps: number) {
    this.#columns = columns;
    const width = columns.indices.length / columns.taps;
    this.#lines = Array.from({ length: taps }, () => new Float32Array(width));
    this.#held = new Int32Array(taps);
  }

  start(plane: Float32Array, stride: number): void {
    this.#plane = plane;
    this.#stride = stride;
    this.#held.fill(-1);
  }

  get(row: number): Float32Array {
    // Rows in use together are neighbours (or the border repeated), so their remainders differ.
    const slot = row % this.#held.length;
    const line = this.#lines[slot] as Float32Array;
    if (this.#held[slot] !== row) {
      this.#held[slot] = row;
      filter(this.#plane, row * this.#stride, this.#columns, line);
    }
    return line;
  }
}

/** One row of the result: filtered source rows weighted by row `y` of the vertical axis. */
export function combine(
  lines: LineStore,
  { taps, indices, weights }: InterpolationAxis,
  y: number,
  result: Float32Array,
): void {
  const at = y * taps;
  const line = (tap: number): Float32Array => lines.get(indices[at + tap] as number);
  const weight = (tap: number): number => weights[at + tap] as number;
  const first = line(0);
  if (taps === 1) {
    result.set(first);
    return;
  }
  const second = line(1);
  const [w0, w1] = [weight(0), weight(1)];
  if (taps === 2) {
    for (let x = 0; x < result.length; x++) result[x] = (first[x] as number) * w0 + (second[x] as number) * w1;
    return;
  }
  const [third, fourth] = [line(2), line(3)];
  const [w2, w3] = [weight(2), weight(3)];
  for (let x = 0; x < result.length; x++) {
    result[x] =
      (first[x] as number) * w0 + (second[x] as number) * w1 + (third[x] as number) * w2 + (fourth[x] as number) * w3;
  }
}

function filter(
  plane: Float32Array,
  start: number,
  { taps, indices, weights }: InterpolationAxis,
  line: Float32Array,
): void {
  for (let x = 0, tap = 0; x < line.length; x++, tap += taps) {
    let sum = (plane[start + (indices[tap] as number)] as number) * (weights[tap] as number);
    for (let i = tap + 1; i < tap + taps; i++)
      sum += (plane[start + (indices[i] as number)] as number) * (weights[i] as number);
    line[x] = sum;
  }
}
