import { ModelError, toFloat16 } from "@menagerie/core";
import type { ImagePreprocessing, PaddingValue } from "../preprocessing/image-preprocessing.ts";
import type { RgbImage } from "../rgb-image.ts";
import { type Normalisation, normalisationOf, normalisedLevel } from "./normalisation.ts";
import { writePlanes } from "./normalise-simd.ts";
import type { TensorPlace } from "./tensor-place.ts";

/** Values that a tensor of pictures may hold; `float16` as bits. */
export type PictureValues = Float32Array | Uint16Array | Uint8Array;

/** The value of each level of each of the tensor's channels, in its order: 256 of the first, 256 of the second, … */
type NormalisationTable = PictureValues;

export interface TensorLayout {
  readonly channelOrder: "rgb" | "bgr";
  readonly dataFormat: "channels_first" | "channels_last";
  /** Levels of red, green and blue around the picture, normalised like its own; undefined for 0 after normalising. */
  readonly fill: PaddingValue | undefined;
}

/** Writes pictures into `[…, 3, height, width]` or `[…, height, width, 3]` tensors, equal to the reference to the bit. */
export class PictureWriter {
  readonly #normalisation: Normalisation;
  readonly #table: NormalisationTable;
  readonly #layout: TensorLayout;

  /** @throws ModelError `model_spec_invalid` for uint8 values that are to be normalised. */
  constructor(preprocessing: ImagePreprocessing, layout: TensorLayout) {
    this.#normalisation = normalisationOf(preprocessing);
    this.#table = normalisationTable(preprocessing, this.#normalisation);
    this.#layout = layout;
  }

  write(image: RgbImage, tensor: PictureValues, place: TensorPlace): void {
    const { channelOrder, dataFormat } = this.#layout;
    if (image.width < place.width || image.height < place.height) fillAround(this.#table, tensor, place, this.#layout);
    const isPlanar = channelOrder === "rgb" && dataFormat === "channels_first";
    if (isPlanar && tensor instanceof Float32Array && writePlanes(image, this.#normalisation, tensor, place)) return;
    writeByTable(image, this.#table, tensor, place, this.#layout);
  }
}

function fillAround(
  table: NormalisationTable,
  tensor: PictureValues,
  { offset, width, height }: TensorPlace,
  { channelOrder, dataFormat, fill }: TensorLayout,
): void {
  const first = channelOrder === "rgb" ? 0 : 2;
  for (let channel = 0; channel < 3; channel++) {
    const level = Array.isArray(fill) ? fill[Math.abs(first - channel)] : fill;
    const value = level === undefined ? 0 : (table[channel * 256 + level] as number);
    const end = offset + 3 * width * height;
    if (dataFormat === "channels_last") for (let at = offset + channel; at < end; at += 3) tensor[at] = value;
    else tensor.fill(value, offset + channel * width * height, offset + (channel + 1) * width * height);
  }
}

function writeByTable(
  image: RgbImage,
  table: NormalisationTable,
  tensor: PictureValues,
  place: TensorPlace,
  { channelOrder, dataFormat }: TensorLayout,
): void {
  const { offset, width, height, left, top } = place;
  const isFirst = dataFormat === "channels_first";
  const [pixelStep, channelStep] = isFirst ? [1, width * height] : [3, 1];
  // The tensor's first channel is read at `first` of each pixel, its last one at the other end.
  const first = channelOrder === "rgb" ? 0 : 2;
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

/** @throws ModelError `model_spec_invalid` for uint8 values that are to be normalised. */
function normalisationTable(preprocessing: ImagePreprocessing, normalisation: Normalisation): NormalisationTable {
  const { dtype = "float32" } = preprocessing;
  if (dtype === "uint8") return levels(preprocessing);
  const table = new Float32Array(3 * 256);
  for (let i = 0; i < table.length; i++) table[i] = normalisedLevel(normalisation, i >> 8, i & 255);
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
