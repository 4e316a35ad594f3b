import type { ImagePreprocessing } from "../preprocessing/image-preprocessing.ts";

/**
 * How a level (0..255) becomes a value: `(level * scale - offset - mean) / std`, each operation rounded to float32. What a
 * reference leaves out is there with numbers that change nothing.
 */
export interface Normalisation {
  readonly scale: number;
  /** The product with `scale`, a float64, is rounded once; else `scale` is a float32 already. */
  readonly isScaledInDouble: boolean;
  readonly offset: 0 | 1;
  /** Of each of the tensor's channels. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/**
 * The reference's own order of operations, which its rounding depends on.
 *
 * - transformers' default processors (`torchvision`, crop by floor) divide mean and std by the factor first, unless an
 *   offset comes in between;
 * - torchvision's own transforms on tensors (`torchvision`, crop by round) scale in float32, then subtract and divide;
 * - both on Pillow pictures, and those that resize with OpenCV, scale in float64 and round once, then subtract and divide
 *   in float32.
 */
export function normalisationOf(preprocessing: ImagePreprocessing): Normalisation {
  const { arithmetic, crop_rounding, rescale_factor: factor, rescale_offset, mean, std } = preprocessing;
  const f = Math.fround;
  const isTensor = arithmetic === "torchvision";
  const offset = rescale_offset === true ? 1 : 0;
  const scaling = { scale: isTensor ? f(factor) : factor, isScaledInDouble: !isTensor, offset } as const;
  if (mean === undefined || std === undefined) return { ...scaling, mean: [0, 0, 0], std: [1, 1, 1] };
  const [means, stds] = [each(mean, f), each(std, f)];
  if (!isTensor || crop_rounding !== "floor" || offset === 1) return { ...scaling, mean: means, std: stds };
  const unit = f(1 / factor);
  return {
    ...scaling,
    scale: 1,
    mean: each(means, (value) => f(value * unit)),
    std: each(stds, (value) => f(value * unit)),
  };
}

export function normalisedLevel(normalisation: Normalisation, channel: number, level: number): number {
  const { scale, offset, mean, std } = normalisation;
  const f = Math.fround;
  // A level times a float32 is exact in float64, so one rounding serves both kinds of scale.
  return f(f(f(f(level * scale) - offset) - (mean[channel] as number)) / (std[channel] as number));
}

function each(
  [red, green, blue]: readonly [number, number, number],
  change: (value: number) => number,
): readonly [number, number, number] {
  return [change(red), change(green), change(blue)];
}
