import { ModelError } from "@menagerie/core";

export type WindowName = "hann" | "hamming" | "rectangular";

export interface WindowShape {
  readonly name: WindowName;
  /** Periodic windows (for spectra) are one point longer and lose it; symmetric ones end as they begin. */
  readonly symmetry: "periodic" | "symmetric";
}

/**
 * Weights of a window, float64 `[length]`: Hann `0.5 - 0.5 cos(2 pi n / N)`, Hamming `0.54 - 0.46 cos(2 pi n / N)`,
 * with N the length of a periodic window and one less for a symmetric one; as `torch.hann_window` and `hamming_window`.
 *
 * @throws ModelError `model_spec_invalid` unless the length is a whole number from 1.
 */
export function windowWeights({ name, symmetry }: WindowShape, length: number): Float64Array {
  if (!Number.isInteger(length) || length < 1 || length > 2 ** 24)
    throw new ModelError("model_spec_invalid", `A window has a whole number of points from 1, not ${length}.`);
  const weights = new Float64Array(length).fill(1);
  if (name === "rectangular" || length === 1) return weights;
  const [mean, depth] = name === "hann" ? [0.5, 0.5] : [0.54, 0.46];
  const period = symmetry === "periodic" ? length : length - 1;
  for (let n = 0; n < length; n++) weights[n] = mean - depth * Math.cos((2 * Math.PI * n) / period);
  return weights;
}
