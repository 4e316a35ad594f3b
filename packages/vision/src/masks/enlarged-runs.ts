import type { FloatPlanes } from "../float-planes.ts";
import type { Size } from "../geometry/size.ts";
import type { AxisWindow } from "../interpolate/axis-window.ts";
import type { InterpolationAxis } from "../interpolate/interpolate-axis.ts";
import { RunWriter } from "./run-writer.ts";

/** A box of whole pixels; `right` and `bottom` are outside it. */
export interface PixelBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Columns that are filtered together: their lines stay in the processor's nearest memory. */
const columnsAtOnce = 64;

/**
 * The runs of a mask that is set where a plane, enlarged to a picture, is above 0 inside a box. The picture is never made:
 * between two rows of the plane a column has one sign where both ends have it.
 *
 * @param plane the part of the plane that the windows look at: float32 `[1, rows.end - rows.first, columns.end - columns.first]`
 * @param columns, rows of the box, of one tap or two
 */
export function enlargedRuns(
  plane: FloatPlanes,
  { columns, rows }: { readonly columns: AxisWindow; readonly rows: AxisWindow },
  { left, top, right, bottom }: PixelBox,
  { width, height }: Size,
): { readonly counts: readonly number[]; readonly area: number } {
  const runs = new RunWriter();
  const stretches = stretchesOf(rows.axis);
  const lines = new Float32Array(columnsAtOnce * plane.height);
  runs.add(0, left * height);
  for (let x = left; x < right; x += columnsAtOnce) {
    const count = Math.min(columnsAtOnce, right - x);
    filterColumns(plane, columns.axis, x - left, count, lines);
    for (let i = 0; i < count; i++) {
      runs.add(0, top);
      addColumn(runs, lines.subarray(i * plane.height, (i + 1) * plane.height), rows.axis, stretches);
      runs.add(0, height - bottom);
    }
  }
  runs.add(0, (width - right) * height);
  return { counts: runs.end(), area: runs.area };
}

/** Rows of the result that lie between the same two rows of the plane: where each stretch of them begins, and the end. */
function stretchesOf({ taps, indices }: InterpolationAxis): number[] {
  const rows = indices.length / taps;
  const starts = [0];
  for (let y = 1; y < rows; y++) {
    const at = y * taps;
    if (indices[at] !== indices[at - taps] || indices[at + taps - 1] !== indices[at - 1]) starts.push(y);
  }
  return [...starts, rows];
}

/** Each row of the plane at some columns of the result, column after column: float32 `[count, plane.height]`. */
function filterColumns(
  { data, width, height }: FloatPlanes,
  { taps, indices, weights }: InterpolationAxis,
  from: number,
  count: number,
  lines: Float32Array,
): void {
  for (let i = 0; i < count; i++) {
    const at = (from + i) * taps;
    const first = indices[at] as number;
    const write = i * height;
    if (taps === 1) {
      for (let row = 0; row < height; row++) lines[write + row] = data[row * width + first] as number;
      continue;
    }
    const second = indices[at + 1] as number;
    const [w0, w1] = [weights[at] as number, weights[at + 1] as number];
    for (let row = 0, read = 0; row < height; row++, read += width)
      lines[write + row] = (data[read + first] as number) * w0 + (data[read + second] as number) * w1;
  }
}

/** Between these a product with a weight neither vanishes nor is infinite in float32. */
const least = 1e-30;
const most = 1e30;

function addColumn(
  runs: RunWriter,
  line: Float32Array,
  { taps, indices, weights }: InterpolationAxis,
  stretches: readonly number[],
): void {
  for (let i = 1; i < stretches.length; i++) {
    const [from, to] = [stretches[i - 1] as number, stretches[i] as number];
    const above = line[indices[from * taps] as number] as number;
    const below = line[indices[from * taps + taps - 1] as number] as number;
    if (above <= 0 && below <= 0) runs.add(0, to - from);
    else if (taps === 1) runs.add(above > 0 ? 1 : 0, to - from);
    else if (above > least && below > least && above < most && below < most) runs.add(1, to - from);
    else
      for (let y = from; y < to; y++) {
        const sum = above * (weights[2 * y] as number) + below * (weights[2 * y + 1] as number);
        runs.add(Math.fround(sum) > 0 ? 1 : 0, 1);
      }
  }
}
