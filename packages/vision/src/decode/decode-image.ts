import { ModelError } from "@menagerie/core";
import { requireBytes } from "@menagerie/core/loader";
import sharp, { type Metadata } from "sharp";
import { openBitmap } from "./bmp-or-pnm.ts";
import { decodeFailure, notAPicture } from "./decode-failure.ts";
import type { DecodedImage, OpenedImage } from "./decoded-image.ts";
import { frameCount } from "./frame-count.ts";
import { gifScreen } from "./gif-frame.ts";
import { type ImageFormat, imageFormatOf } from "./image-format.ts";
import { checkBytes, checkFrames, checkSize, defaultImageLimits, type ImageLimits } from "./image-limits.ts";
import type { ImageReader } from "./image-reader.ts";
import { decodeJpegWindow } from "./jpeg-decoder.ts";
import { type JpegFrame, readJpegFrame } from "./jpeg-frame.ts";
import { decodeBySharp, isUpright } from "./sharp-decoder.ts";
import { forDecoder, tiffLayout } from "./tiff-layout.ts";
import { checkTiffReadable } from "./tiff-readable.ts";

/**
 * Decodes a picture to the bytes that transformers' `load_image` gives with Pillow 13: first frame, orientation
 * applied, embedded colour profile ignored, alpha dropped, grey spread to three channels.
 *
 * @throws ModelError `image_too_large` from the header alone, `insufficient_memory` if the process may not
 *   have the bytes it takes, `image_undecodable` for everything else.
 */
export async function decodeImage(
  bytes: Uint8Array,
  limits: ImageLimits = defaultImageLimits,
  reader: ImageReader = "pillow",
): Promise<DecodedImage> {
  const { width, height, transparentColour, region } = await openImage(bytes, limits, reader);
  const { data } = await region({ left: 0, top: 0, right: width, bottom: height });
  return { data, width, height, transparentColour };
}

/** The same in two steps, so that pixels which nobody needs are not decoded. Both may throw what `decodeImage` throws. */
export async function openImage(
  bytes: Uint8Array,
  limits: ImageLimits = defaultImageLimits,
  reader: ImageReader = "pillow",
): Promise<OpenedImage> {
  requireBytes(bytes, "decodeImage", "image_undecodable");
  checkBytes(bytes.byteLength, limits);
  const format = imageFormatOf(bytes);
  if (format === undefined) throw notAPicture(bytes);
  checkFrames(frameCount(bytes, format, limits.maxFrames), limits);
  if (format === "bmp" || format === "pnm") return openBitmap(bytes, format, limits, reader);
  const frame = format === "jpeg" ? readJpegFrame(bytes) : undefined;
  if (frame !== undefined) checkSize(frame.width, frame.height, limits);
  const header = frame?.hasMetadata === false ? undefined : await checkedHeader(bytes, format, limits, reader);
  if (frame !== undefined && (header === undefined || isUpright(bytes, header, reader)))
    return openedJpeg(bytes, frame, limits, reader);
  const { data, width, height, transparentColour } = await decodeWhole(bytes, format, limits, reader, header);
  return { width, height, transparentColour, region: () => ({ data, width, height, left: 0, top: 0 }) };
}

/** One that is decoded here, unless its data turns out to be broken: what such a file means, sharp decides. */
function openedJpeg(bytes: Uint8Array, frame: JpegFrame, limits: ImageLimits, reader: ImageReader): OpenedImage {
  const { width, height } = frame;
  return {
    width,
    height,
    transparentColour: undefined,
    region(window, room = (size) => new Uint8Array(size)) {
      const { left, top, right, bottom } = window;
      const data = room(3 * (right - left) * (bottom - top));
      if (decodeJpegWindow(bytes, frame, window, data))
        return { data, width: right - left, height: bottom - top, left, top };
      return decodeWhole(bytes, "jpeg", limits, reader).then((image) => ({ ...image, left: 0, top: 0 }));
    },
  };
}

async function decodeWhole(
  bytes: Uint8Array,
  format: ImageFormat,
  limits: ImageLimits,
  reader: ImageReader,
  header?: Metadata | undefined,
): Promise<DecodedImage> {
  const known = header ?? (await checkedHeader(bytes, format, limits, reader));
  try {
    return await decodeBySharp(bytes, format, known, reader);
  } catch (cause) {
    throw cause instanceof ModelError ? cause : decodeFailure(bytes, format, cause);
  }
}

async function checkedHeader(
  bytes: Uint8Array,
  format: ImageFormat,
  limits: ImageLimits,
  reader: ImageReader,
): Promise<Metadata> {
  try {
    const layout = format === "tiff" ? tiffLayout(bytes) : undefined;
    if (layout !== undefined) checkTiffReadable(layout, reader);
    const readable = layout === undefined ? bytes : forDecoder(bytes, layout, reader);
    const header = await sharp(readable, { limitInputPixels: false }).metadata();
    checkFrames(header.pages ?? 1, limits);
    checkSize(header.width, header.height, limits);
    if (format === "gif") {
      const { width, height } = gifScreen(bytes);
      if (width > header.width || height > header.height) checkSize(width, height, limits);
    }
    if (header.format !== (format === "avif" ? "heif" : format)) throw notAPicture(bytes);
    return header;
  } catch (cause) {
    throw cause instanceof ModelError ? cause : decodeFailure(bytes, format, cause);
  }
}
