import { type ImagePreprocessing, ModelError, type PaddingValue } from "@menagerie/core";
import type { RgbImage } from "../rgb-image.ts";
import { toFloat16 } from "./float16.ts";

/** Values that a tensor of pictures may hold; `float16` as bits. */
export type PictureValues = Float32Array | Uint16Array | Uint8Array;

/** The value of each level of each of the tensor's channels, in its order: 256 of the first, 256 of the second, … */
export type NormalisationTable = PictureValues;

/**
 * The table that equals the reference's float32 arithmetic to the bit, each operation rounded where it rounds.
 *
 * - transformers' default processors (`torchvision`, crop by floor) divide mean and std by the factor first, unless an
 *   offset comes in between;
 * - torchvision's own transforms on tensors (`torchvision`, crop by round) scale in float32, then subtract and divide;
 * - both on Pillow pictures, and those that resize with OpenCV, scale in float64 and round once, then subtract and divide
 *   in float32.
 *
 * @throws ModelError `model_spec_invalid` for uint8 values that are to be normalised.
 */
export function normalisationTable(preprocessing: ImagePreprocessing): NormalisationTable {
  const { dtype = "float32" } = preprocessing;
  if (dtype === "uint8") return levels(preprocessing);
  const table = new Float32Array(3 * 256);
  for (let channel = 0; channel < 3; channel++) {
    const value = levelToFloat(preprocessing, channel);
    for (let level = 0; level < 256; level++) table[channel * 256 + level] = value(level);
  }
  return dtype === "float16" ? toFloat16(table) : table;
}

function levels({ mean, std, rescale_offset }: ImagePreprocessing): Uint8Array {
  if (mean === undefined && std === undefined && rescale_offset !== true)
    return Uint8Array.from({ length: 3 * 256 }, (_, i) => i & 255);
  throw new ModelError(
    "model_spec_invalid",
    "preprocessing.image has dtype uint8 together with mean, std or rescale_offset: levels are not normalised. Leave those out, or take float32.",
  );
}

function levelToFloat(preprocessing: ImagePreprocessing, channel: number): (level: number) => number {
  const { arithmetic, crop_rounding, rescale_factor: factor, rescale_offset, mean, std } = preprocessing;
  const f = Math.fround;
  const isTensor = arithmetic === "torchvision";
  const isFused = isTensor && crop_rounding === "floor" && rescale_offset !== true;
  const scaled = isTensor ? (level: number) => f(level * f(factor)) : (level: number) => f(level * factor);
  const rescaled = rescale_offset === true ? (level: number) => f(scaled(level) - 1) : scaled;
  if (mean === undefined || std === undefined) return rescaled;
  const [m, s] = [f(mean[channel] as number), f(std[channel] as number)];
  if (!isFused) return (level) => f(f(rescaled(level) - m) / s);
  const unit = f(1 / factor);
  const [fusedMean, fusedStd] = [f(m * unit), f(s * unit)];
  return (level) => f(f(level - fusedMean) / fusedStd);
}

export interface TensorPlace {
  /** Where the picture's part of the tensor begins, in values. */
  readonly offset: number;
  /** Sides of the picture's part of the tensor in pixels. */
  readonly width: number;
  readonly height: number;
  /** Where in it the picture's first pixel goes; the rest is filled. */
  readonly left: number;
  readonly top: number;
}

export interface TensorLayout {
  readonly channelOrder: "rgb" | "bgr";
  readonly dataFormat: "channels_first" | "channels_last";
  /** Levels of red, green and blue around the picture, normalised like its own. */
  readonly fill: PaddingValue;
}

/** Writes a picture into a `[…, 3, height, width]` or `[…, height, width, 3]` tensor. */
export function writeNormalised(
  image: RgbImage,
  table: NormalisationTable,
  tensor: PictureValues,
  place: TensorPlace,
  { channelOrder, dataFormat, fill }: TensorLayout,
): void {
  const { offset, width, height, left, top } = place;
  const isFirst = dataFormat === "channels_first";
  const [pixelStep, channelStep] = isFirst ? [1, width * height] : [3, 1];
  // The tensor's first channel is read at `first` of each pixel, its last one at the other end.
  const first = channelOrder === "rgb" ? 0 : 2;
  if (image.width < width || image.height < height) {
    for (let channel = 0; channel < 3; channel++) {
      const level = typeof fill === "number" ? fill : (fill[Math.abs(first - channel)] as number);
      const value = table[channel * 256 + level] as number;
      const end = offset + channel * channelStep + width * height * pixelStep;
      if (isFirst) tensor.fill(value, offset + channel * channelStep, end);
      else for (let at = offset + channel; at < end; at += 3) tensor[at] = value;
    }
  }
  const { data } = image;
  let read = 0;
  for (let y = 0; y < image.height; y++) {
    let write = offset + ((top + y) * width + left) * pixelStep;
    for (const end = write + image.width * pixelStep; write < end; write += pixelStep) {
      tensor[write] = table[data[read + first] as number] as number;
      tensor[write + channelStep] = table[256 + (data[read + 1] as number)] as number;
      tensor[write + 2 * channelStep] = table[512 + (data[read + 2 - first] as number)] as number;
      read += 3;
    }
  }
}
