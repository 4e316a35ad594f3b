/** One pass over all points: `span * stride` butterflies of `radix` points each. */
export interface FftStage {
  readonly radix: number;
  /** Points of the transforms that this stage begins, divided by the radix. */
  readonly span: number;
  /** Number of such transforms, which lie interleaved. */
  readonly stride: number;
  /** `exp(-2 pi i p j / (span * radix))` at `(radix - 1) * p + j - 1`, for `p` below `span` and `j` from 1. */
  readonly twiddleRe: Float64Array;
  readonly twiddleIm: Float64Array;
  readonly butterflies: Butterflies;
}

export type Butterflies = (
  fromRe: Float64Array,
  fromIm: Float64Array,
  toRe: Float64Array,
  toIm: Float64Array,
  stage: FftStage,
) => void;
