import type { ImagePreprocessing } from "@menagerie/core";
import type { RgbImage } from "../rgb-image.ts";

/** The float32 value of each level of each channel: red's 256, then green's, then blue's. */
export type NormalisationTable = Float32Array;

/**
 * The table that equals the reference's float32 arithmetic to the bit, each operation rounded where it rounds.
 *
 * - transformers' default processors (`torchvision`, crop by floor) divide mean and std by the factor first;
 * - torchvision's own transforms on tensors (`torchvision`, crop by round) scale in float32, then subtract and divide;
 * - both on Pillow pictures scale in float64 and round once, then subtract and divide in float32.
 */
export function normalisationTable(preprocessing: ImagePreprocessing): NormalisationTable {
  const table = new Float32Array(3 * 256);
  for (let channel = 0; channel < 3; channel++) {
    const value = levelToFloat(preprocessing, channel);
    for (let level = 0; level < 256; level++) table[channel * 256 + level] = value(level);
  }
  return table;
}

function levelToFloat(preprocessing: ImagePreprocessing, channel: number): (level: number) => number {
  const { arithmetic, crop_rounding, rescale_factor: factor, mean, std } = preprocessing;
  const f = Math.fround;
  const isTensor = arithmetic === "torchvision";
  const isFused = isTensor && crop_rounding === "floor";
  const rescaled = isTensor ? (level: number) => f(level * f(factor)) : (level: number) => f(level * factor);
  if (mean === undefined || std === undefined) return rescaled;
  const [m, s] = [f(mean[channel] as number), f(std[channel] as number)];
  if (!isFused) return (level) => f(f(rescaled(level) - m) / s);
  const levels = f(1 / factor);
  const [fusedMean, fusedStd] = [f(m * levels), f(s * levels)];
  return (level) => f(f(level - fusedMean) / fusedStd);
}

export interface TensorPlace {
  /** Where the picture's three planes begin, in floats. */
  readonly offset: number;
  /** Size of one plane in pixels. */
  readonly width: number;
  readonly height: number;
  /** Where in each plane the picture's first pixel goes; the rest of the plane becomes normalised zeros. */
  readonly left: number;
  readonly top: number;
}

/** Writes a picture into a float32 `[…, 3, height, width]` tensor. */
export function writeNormalised(
  image: RgbImage,
  table: NormalisationTable,
  tensor: Float32Array,
  place: TensorPlace,
): void {
  const { offset, width, height, left, top } = place;
  const plane = width * height;
  if (image.width < width || image.height < height) {
    for (let channel = 0; channel < 3; channel++) {
      tensor.fill(table[channel * 256] as number, offset + channel * plane, offset + (channel + 1) * plane);
    }
  }
  let read = 0;
  for (let y = 0; y < image.height; y++) {
    let write = offset + (top + y) * width + left;
    for (const end = write + image.width; write < end; write++) {
      tensor[write] = table[image.data[read] as number] as number;
      tensor[write + plane] = table[256 + (image.data[read + 1] as number)] as number;
      tensor[write + 2 * plane] = table[512 + (image.data[read + 2] as number)] as number;
      read += 3;
    }
  }
}
