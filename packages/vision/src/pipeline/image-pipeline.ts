import { type ImagePreprocessing, ModelError } from "@menagerie/core";
import { type DecodedImage, decodeImage } from "../decode/decode-image.ts";
import { defaultImageLimits, type ImageLimits } from "../decode/image-limits.ts";
import { paintWhite } from "../decode/pixel-layout.ts";
import { resample } from "../resample/resample.ts";
import type { PixelWindow, RgbImage } from "../rgb-image.ts";
import { type ImageGeometry, imageGeometry, type Size } from "./image-geometry.ts";
import { type NormalisationTable, normalisationTable, writeNormalised } from "./normalise.ts";

/** A float32 batch of pictures, channels first. */
export interface ImageTensor {
  readonly data: Float32Array;
  /** `[pictures, 3, height, width]` */
  readonly shape: readonly [number, 3, number, number];
}

/** Turns the bytes of pictures into the tensor that the model's official processor makes of them, to the bit. */
export class ImagePipeline {
  readonly #preprocessing: ImagePreprocessing;
  readonly #limits: ImageLimits;
  readonly #table: NormalisationTable;

  constructor(preprocessing: ImagePreprocessing, limits: ImageLimits = defaultImageLimits) {
    this.#preprocessing = preprocessing;
    this.#limits = limits;
    this.#table = normalisationTable(preprocessing);
  }

  /**
   * @param images the bytes of one file each.
   * @throws ModelError `image_undecodable` or `image_too_large`; `input_invalid` if there is no picture, or if the
   *   description fixes no size and the pictures come out in different ones.
   */
  async toTensor(images: readonly Uint8Array[]): Promise<ImageTensor> {
    let tensor: ImageTensor | undefined;
    let decoding = this.#decode(images[0]);
    for (let i = 0; i < images.length; i++) {
      const image = await decoding;
      // The next picture is decoded on another thread while this one is resampled.
      decoding = this.#decode(images[i + 1]);
      decoding.catch(() => {});
      if (image === undefined) break;
      const geometry = imageGeometry(image, this.#preprocessing);
      tensor ??= emptyTensor(images.length, geometry.result);
      this.#write(image, geometry, tensor, i);
    }
    if (tensor === undefined) throw new ModelError("input_invalid", "There is no picture to make a tensor of.");
    return tensor;
  }

  async #decode(bytes: Uint8Array | undefined): Promise<DecodedImage | undefined> {
    return bytes === undefined ? undefined : decodeImage(bytes, this.#limits);
  }

  #write(image: DecodedImage, geometry: ImageGeometry, tensor: ImageTensor, index: number): void {
    const [, , height, width] = tensor.shape;
    if (geometry.result.width !== width || geometry.result.height !== height)
      throw unequalSizes(geometry.result, { width, height }, index);
    this.#checkResized(image, geometry.resized);
    if (this.#preprocessing.convert_rgb && image.transparentColour !== undefined)
      paintWhite(image.data, image.transparentColour);
    const { left, top } = geometry;
    writeNormalised(this.#cut(image, geometry), this.#table, tensor.data, {
      offset: index * 3 * width * height,
      width,
      height,
      left,
      top,
    });
  }

  #cut(image: RgbImage, { resized, window }: ImageGeometry): RgbImage {
    const { filter, arithmetic } = this.#preprocessing;
    const isSameSize = resized.width === image.width && resized.height === image.height;
    return isSameSize ? copyWindow(image, window) : resample(image, { ...resized, filter, arithmetic, window });
  }

  /** A picture one pixel high and a million wide would grow without bound when its short edge is enlarged. */
  #checkResized(from: Size, { width, height }: Size): void {
    const { maxPixels } = this.#limits;
    if (width * height <= maxPixels) return;
    throw new ModelError(
      "image_too_large",
      `The picture of ${from.width} x ${from.height} pixels becomes ${width} x ${height} = ${width * height} pixels for this model; ` +
        `the limit is ${maxPixels}. Crop it to a less extreme shape.`,
      { details: { width, height, pixels: width * height, maxPixels } },
    );
  }
}

function copyWindow(image: RgbImage, { left, top, right, bottom }: PixelWindow): RgbImage {
  const width = right - left;
  if (width === image.width && bottom - top === image.height) return image;
  const data = new Uint8Array(width * (bottom - top) * 3);
  for (let y = top; y < bottom; y++) {
    const from = (y * image.width + left) * 3;
    data.set(image.data.subarray(from, from + width * 3), (y - top) * width * 3);
  }
  return { data, width, height: bottom - top };
}

function emptyTensor(pictures: number, { width, height }: Size): ImageTensor {
  return { data: new Float32Array(pictures * 3 * width * height), shape: [pictures, 3, height, width] };
}

function unequalSizes(size: Size, first: Size, index: number): ModelError {
  return new ModelError(
    "input_invalid",
    `Picture ${index + 1} comes out as ${size.width} x ${size.height}, the first one as ${first.width} x ${first.height}: ` +
      `this model takes pictures of any shape, so send those of different shapes one by one.`,
    { details: { index, size, first } },
  );
}
