import { isModelError, ModelError, type Tensor } from "@menagerie/core";
import { copyWindow } from "../copy-window.ts";
import { openImage } from "../decode/decode-image.ts";
import type { OpenedImage } from "../decode/decoded-image.ts";
import { defaultImageLimits, type ImageLimits } from "../decode/image-limits.ts";
import { paintWhite } from "../decode/pixel-layout.ts";
import type { PictureTransform } from "../geometry/picture-transform.ts";
import type { Size } from "../geometry/size.ts";
import { checkSides } from "../picture-sides.ts";
import type { ImagePreprocessing, PaddingValue } from "../preprocessing/image-preprocessing.ts";
import { planResample } from "../resample/resample.ts";
import type { PictureRegion, PixelWindow, RgbImage } from "../rgb-image.ts";
import { type PictureValues, PictureWriter } from "../tensor/picture-writer.ts";
import { type ImageGeometry, imageGeometry, pictureTransform } from "./image-geometry.ts";

/**
 * A batch of pictures and how each came into it; `float16` values are bits. Disposing of it (`using`) gives its memory back
 * to the pipeline, which makes the next tensor in it; what is not disposed of stays its holder's.
 */
export type ImageTensor = PictureTensor<"float32"> | PictureTensor<"float16"> | PictureTensor<"uint8">;

interface PictureTensor<T extends "float32" | "float16" | "uint8"> extends Tensor<T>, Disposable {
  /** `[pictures, 3, height, width]`, or `[pictures, height, width, 3]` with channels last. */
  readonly shape: readonly [number, number, number, number];
  /** Per picture, what became of its coordinates: see `boxesToPicture` and `pointsToPicture`. */
  readonly transforms: readonly PictureTransform[];
}

/** Turns the bytes of pictures into the tensor that the model's official processor makes of them, to the bit. */
export class ImagePipeline {
  readonly #preprocessing: ImagePreprocessing;
  readonly #limits: ImageLimits;
  readonly #writer: PictureWriter;
  /** Memory of a tensor that was given back. */
  #spare: PictureValues | undefined;
  /**
   * Decoded pixels between two steps that nothing comes between. Memory that nobody has touched costs more than the work
   * on it, so it is used again until the collector wants it.
   */
  #pixels: WeakRef<Uint8Array<ArrayBuffer>> | undefined;

  /** @throws ModelError `model_spec_invalid` for a description that contradicts itself */
  constructor(preprocessing: ImagePreprocessing, limits: ImageLimits = defaultImageLimits) {
    checkDescription(preprocessing);
    this.#preprocessing = preprocessing;
    this.#limits = limits;
    this.#writer = new PictureWriter(preprocessing, {
      channelOrder: preprocessing.channel_order ?? "rgb",
      dataFormat: preprocessing.data_format ?? "channels_first",
      fill: paddingValue(preprocessing),
    });
  }

  /**
   * @param images the bytes of one file each, or pictures in memory.
   * @throws ModelError `image_undecodable` or `image_too_large`, of several pictures with the `index` of the one; `input_invalid` if
   *   there is no picture, or if the description fixes no size and the pictures come out in different ones.
   */
  async toTensor(images: readonly (Uint8Array | RgbImage)[]): Promise<ImageTensor> {
    let batch: Batch | undefined;
    let opening = this.#open(images[0]);
    for (let i = 0; i < images.length; i++) {
      const image = await opening.catch((error: unknown) => {
        throw ofPicture(error, i, images.length);
      });
      // What is not decoded window by window is decoded on another thread while this picture is resampled.
      opening = this.#open(images[i + 1]);
      opening.catch(() => {});
      if (image === undefined) break;
      try {
        const geometry = imageGeometry(image, this.#preprocessing);
        this.#checkResized(image, geometry);
        this.#checkTensor(image, geometry.result, images.length);
        batch ??= this.#emptyBatch(images.length, geometry.result);
        await this.#write(image, geometry, batch, i);
      } catch (error) {
        throw ofPicture(error, i, images.length);
      }
    }
    if (batch === undefined) throw new ModelError("input_invalid", "There is no picture to make a tensor of.");
    return this.#tensor(batch);
  }

  async #open(image: Uint8Array | RgbImage | undefined): Promise<OpenedImage | undefined> {
    // What OpenCV resizes in the reference, OpenCV has read, unless it is said.
    const usual = this.#preprocessing.arithmetic === "opencv" ? "opencv" : "pillow";
    const reader = this.#preprocessing.reader ?? usual;
    if (image instanceof Uint8Array) return openImage(image, this.#limits, reader);
    if (image === undefined) return undefined;
    checkPicture(image);
    const { width, height } = image;
    return { width, height, transparentColour: undefined, region: () => ({ ...image, left: 0, top: 0 }) };
  }

  #emptyBatch(pictures: number, size: Size): Batch {
    const values = pictures * 3 * size.width * size.height;
    const { dtype = "float32" } = this.#preprocessing;
    const spare = this.#spare?.length === values ? this.#spare : undefined;
    this.#spare = undefined;
    const data =
      spare !== undefined
        ? spare
        : dtype === "float32"
          ? new Float32Array(values)
          : dtype === "float16"
            ? new Uint16Array(values)
            : new Uint8Array(values);
    return { size, data, transforms: [] };
  }

  #tensor({ size: { width, height }, data, transforms }: Batch): ImageTensor {
    const count = transforms.length;
    const shape =
      (this.#preprocessing.data_format ?? "channels_first") === "channels_first"
        ? ([count, 3, height, width] as const)
        : ([count, height, width, 3] as const);
    const giveBack = (): void => {
      this.#spare = data;
    };
    const type = this.#preprocessing.dtype ?? "float32";
    return { type, shape, data, transforms, [Symbol.dispose]: giveBack } as ImageTensor;
  }

  async #write(image: OpenedImage, geometry: ImageGeometry, batch: Batch, index: number): Promise<void> {
    const { width, height } = batch.size;
    if (geometry.result.width !== width || geometry.result.height !== height)
      throw unequalSizes(geometry.result, batch.size, index);
    const { left, top } = geometry;
    const place = { offset: index * 3 * width * height, width, height, left, top };
    const { resized, window } = geometry;
    const { filter, arithmetic } = this.#preprocessing;
    const isSameSize = resized.width === image.width && resized.height === image.height;
    const plan = isSameSize ? undefined : planResample(image, { ...resized, filter, arithmetic, window });
    const decoded = image.region(plan?.needs ?? window, (bytes) => this.#room(bytes));
    // Not awaited where it is there: what shares memory must not be interrupted.
    const region = decoded instanceof Promise ? await decoded : decoded;
    if (this.#preprocessing.convert_rgb && image.transparentColour !== undefined)
      paintWhite(region.data, image.transparentColour);
    this.#writer.write(plan?.run(region) ?? cutOut(region, window), batch.data, place);
    batch.transforms.push(pictureTransform(image, geometry));
  }

  #room(bytes: number): Uint8Array {
    const known = this.#pixels?.deref();
    if (known !== undefined && known.length >= bytes) return known.subarray(0, bytes);
    const fresh = new Uint8Array(bytes);
    this.#pixels = new WeakRef(fresh);
    return fresh;
  }

  /** What the spec allows one question to cost, told before a pixel is decoded. */
  #checkTensor(from: Size, { width, height }: Size, pictures: number): void {
    const { max_pixels: most } = this.#preprocessing;
    const pixels = pictures * width * height;
    if (most === undefined || pixels <= most) return;
    const [what, remedy] =
      pictures === 1
        ? [`The picture of ${from.width} x ${from.height} pixels becomes`, "Crop it to a less extreme shape"]
        : [`${pictures} pictures become as many times`, "Send fewer at once"];
    throw new ModelError(
      "image_too_large",
      `${what} ${width} x ${height} = ${pixels} pixels for this model; its spec allows ${most} (preprocessing.image.max_pixels). ${remedy}, or raise that figure.`,
      { details: { pictures, width, height, pixels, max_pixels: most } },
    );
  }

  /** A picture one pixel high and a million wide would grow without bound when its short edge is enlarged. */
  #checkResized(from: Size, { resized, result }: ImageGeometry): void {
    const { maxPixels } = this.#limits;
    for (const { width, height } of [resized, result]) {
      if (width * height <= maxPixels) {
        checkSides(width, height);
        continue;
      }
      throw new ModelError(
        "image_too_large",
        `The picture of ${from.width} x ${from.height} pixels becomes ${width} x ${height} = ${width * height} pixels for this model; ` +
          `the limit is ${maxPixels}. Crop it to a less extreme shape.`,
        { details: { width, height, pixels: width * height, maxPixels } },
      );
    }
  }
}

/** An error about one of several pictures says which. */
function ofPicture(error: unknown, index: number, count: number): unknown {
  if (count === 1 || !isModelError(error) || error.details.index !== undefined) return error;
  return new ModelError(error.code, `Picture ${index + 1} of ${count}: ${error.message}`, {
    details: { ...error.details, index },
    cause: error,
  });
}

function cutOut({ left, top, ...region }: PictureRegion, window: PixelWindow): RgbImage {
  const { left: first, top: upper, right, bottom } = window;
  return copyWindow(region, { left: first - left, top: upper - top, right: right - left, bottom: bottom - top });
}

interface Batch {
  readonly size: Size;
  readonly data: PictureValues;
  readonly transforms: PictureTransform[];
}

function paddingValue({ resize, pad }: ImagePreprocessing): PaddingValue | undefined {
  if (resize !== undefined && "letterbox" in resize) return resize.letterbox.padding_value ?? 114;
  return pad === undefined ? 0 : pad.padding_value;
}

function checkDescription({ resize, crop, pad }: ImagePreprocessing): void {
  const isLetterbox = resize !== undefined && "letterbox" in resize;
  const hasCropOfItsOwn = resize !== undefined && "crop_pct" in resize && resize.crop_pct !== undefined;
  const clash = isLetterbox
    ? crop !== undefined
      ? "letterbox and crop"
      : pad !== undefined && "letterbox and pad"
    : hasCropOfItsOwn && crop !== undefined && "crop_pct and crop";
  if (typeof clash !== "string") return;
  throw new ModelError(
    "model_spec_invalid",
    `preprocessing.image has both ${clash}, which exclude each other. Leave one out.`,
  );
}

function checkPicture({ data, width, height }: RgbImage): void {
  if (data.length === checkSides(width, height) * 3) return;
  throw new ModelError(
    "input_invalid",
    `A picture of ${width} x ${height} RGB pixels has ${width * height * 3} bytes, this one ${data.length}.`,
    { details: { width, height, bytes: data.length } },
  );
}

function unequalSizes(size: Size, first: Size, index: number): ModelError {
  return new ModelError(
    "input_invalid",
    `Picture ${index + 1} comes out as ${size.width} x ${size.height}, the first one as ${first.width} x ${first.height}: ` +
      `this model takes pictures of any shape, so send those of different shapes one by one.`,
    { details: { index, size, first } },
  );
}
