import type { InterpolationAxis } from "./interpolate-axis.ts";

/** A stretch of an axis of an interpolation. */
export interface AxisWindow {
  /** Of the stretch alone; its indices count from `first`. */
  readonly axis: InterpolationAxis;
  /** The source positions that it looks at: the first, and the one behind the last. */
  readonly first: number;
  readonly end: number;
}

/** The part of an axis that gives the result positions `from` to `to` (not included; at least one). */
export function axisWindow({ taps, indices, weights }: InterpolationAxis, from: number, to: number): AxisWindow {
  const wanted = indices.slice(from * taps, to * taps);
  const first = wanted.reduce((least, index) => Math.min(least, index));
  const end = wanted.reduce((most, index) => Math.max(most, index)) + 1;
  return {
    axis: { taps, indices: wanted.map((i) => i - first), weights: weights.subarray(from * taps, to * taps) },
    first,
    end,
  };
}
