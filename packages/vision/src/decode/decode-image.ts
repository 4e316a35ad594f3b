import { ModelError } from "@menagerie/core";
import sharp, { type Metadata, type Sharp } from "sharp";
import type { Size } from "../geometry/size.ts";
import type { PictureRegion, PixelWindow, RgbImage } from "../rgb-image.ts";
import { readBmpHeader } from "./bmp/bmp-header.ts";
import { decodeBmp } from "./bmp/decode-bmp.ts";
import { decodeFailure, notAPicture } from "./decode-failure.ts";
import { frameCount } from "./frame-count.ts";
import { type ImageFormat, imageFormatOf } from "./image-format.ts";
import { checkBytes, checkFrames, checkSize, defaultImageLimits, type ImageLimits } from "./image-limits.ts";
import { decodeJpegWindow } from "./jpeg-decoder.ts";
import { type JpegFrame, readJpegFrame } from "./jpeg-frame.ts";
import { pictureNotes } from "./orientation/picture-notes.ts";
import { orientationIn } from "./orientation/picture-orientation.ts";
import { clipGrey16, cmykToRgb, cmykToRgbByOpenCv, fillTransparent, firstThree, upperGrey16 } from "./pixel-layout.ts";
import { decodePnm } from "./pnm/decode-pnm.ts";
import { readPnmHeader } from "./pnm/pnm-header.ts";
import { type Colour, transparentColourOf } from "./transparent-colour.ts";

export interface DecodedImage extends RgbImage {
  /** The one colour that the file declares transparent; its pixels keep their colour here. */
  readonly transparentColour: Colour | undefined;
}

/** A picture whose header has been checked. Its pixels are decoded no further than they are asked for, where that pays. */
export interface OpenedImage extends Size {
  readonly transparentColour: Colour | undefined;
  /**
   * At least the pixels inside the window.
   * @param room gives memory for that many bytes: fresh, unless the caller has some to use again
   */
  region(window: PixelWindow, room?: (bytes: number) => Uint8Array): PictureRegion | Promise<PictureRegion>;
}

/**
 * Whose bytes a decoded picture has: Pillow's, or those of OpenCV's `imread`. They differ for 16-bit grey, for ink, and for an
 * orientation that stands in XMP alone, which OpenCV does not read.
 */
export type ImageReader = "pillow" | "opencv";

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
  checkBytes(bytes.byteLength, limits);
  const format = imageFormatOf(bytes);
  if (format === undefined) throw notAPicture(bytes);
  checkFrames(frameCount(bytes, format, limits.maxFrames), limits);
  if (format === "bmp" || format === "pnm") return openedBitmap(bytes, format, limits, reader);
  const frame = format === "jpeg" ? readJpegFrame(bytes) : undefined;
  if (frame !== undefined) checkSize(frame.width, frame.height, limits);
  const header = frame?.hasMetadata === false ? undefined : await checkedHeader(bytes, format, limits);
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

/** One whose pixels are as good as plain in the file: they are decoded here, whole. */
function openedBitmap(bytes: Uint8Array, format: "bmp" | "pnm", limits: ImageLimits, reader: ImageReader): OpenedImage {
  const checked = <Header extends Size>(header: Header): Header => {
    checkSize(header.width, header.height, limits);
    return header;
  };
  const guarded = <Result>(decode: () => Result): Result => {
    try {
      return decode();
    } catch (cause) {
      throw cause instanceof ModelError ? cause : decodeFailure(bytes, format, cause);
    }
  };
  const { width, height, decode } = guarded(() => {
    if (format === "bmp") {
      const header = checked(readBmpHeader(bytes));
      return { ...header, decode: () => decodeBmp(bytes, header, reader) };
    }
    const header = checked(readPnmHeader(bytes));
    return { ...header, decode: () => decodePnm(bytes, header, reader) };
  });
  const region = (): PictureRegion => ({ ...guarded(decode), left: 0, top: 0 });
  return { width, height, transparentColour: undefined, region };
}

async function decodeWhole(
  bytes: Uint8Array,
  format: ImageFormat,
  limits: ImageLimits,
  reader: ImageReader,
  header?: Metadata | undefined,
): Promise<DecodedImage> {
  const known = header ?? (await checkedHeader(bytes, format, limits));
  try {
    return await decodePixels(bytes, format, known, reader);
  } catch (cause) {
    throw cause instanceof ModelError ? cause : decodeFailure(bytes, format, cause);
  }
}

async function checkedHeader(bytes: Uint8Array, format: ImageFormat, limits: ImageLimits): Promise<Metadata> {
  try {
    const header = await sharp(bytes, { limitInputPixels: false }).metadata();
    checkFrames(header.pages ?? 1, limits);
    checkSize(header.width, header.height, limits);
    if (header.format !== (format === "avif" ? "heif" : format)) throw notAPicture(bytes);
    return header;
  } catch (cause) {
    throw cause instanceof ModelError ? cause : decodeFailure(bytes, format, cause);
  }
}

async function decodePixels(
  bytes: Uint8Array,
  format: ImageFormat,
  header: Metadata,
  reader: ImageReader,
): Promise<DecodedImage> {
  const isOpenCv = reader === "opencv";
  const transparentColour = transparentColourOf(bytes, format);
  const opened = upright(
    sharp(bytes, { limitInputPixels: false, failOn: "error", ignoreIcc: true, sequentialRead: true }),
    bytes,
    header,
    reader,
  );
  if (header.space === "cmyk") {
    const { data, width, height } = await raw(opened.pipelineColourspace("cmyk").toColourspace("cmyk"), "uchar");
    return { data: (isOpenCv ? cmykToRgbByOpenCv : cmykToRgb)(data), width, height, transparentColour };
  }
  if (header.space === "grey16" && header.depth === "ushort" && !hasAlphaChannel(header, transparentColour)) {
    const { data, width, height, channels } = await raw(
      opened.pipelineColourspace("grey16").toColourspace("grey16"),
      "ushort",
    );
    return { data: (isOpenCv ? upperGrey16 : clipGrey16)(data, channels), width, height, transparentColour };
  }
  const { data, width, height, channels } = await raw(opened.toColourspace("srgb"), "uchar");
  if (format === "gif" && channels === 4 && transparentColour !== undefined) fillTransparent(data, transparentColour);
  return { data: firstThree(data, channels), width, height, transparentColour };
}

/** Pillow's orientation: libheif has turned an AVIF already, as the file's own boxes say, and Exif does not count there. */
function orientationByPillow(bytes: Uint8Array, header: Metadata): number {
  if (header.format !== "heif") return orientationIn(pictureNotes(bytes, header.format as ImageFormat));
  return header.exif === undefined ? orientationIn({ exif: undefined, xmp: header.xmpAsString }) : 1;
}

function isUpright(bytes: Uint8Array, header: Metadata, reader: ImageReader): boolean {
  return (reader === "pillow" ? orientationByPillow(bytes, header) : (header.orientation ?? 1)) === 1;
}

/** Turned as its metadata say. (sharp mirrors before it turns.) */
function upright(image: Sharp, bytes: Uint8Array, header: Metadata, reader: ImageReader): Sharp {
  if (reader === "opencv") return image.autoOrient();
  switch (orientationByPillow(bytes, header)) {
    case 2:
      return image.flop();
    case 3:
      return image.rotate(180);
    case 4:
      return image.flip();
    case 5:
      return image.rotate(270).flop();
    case 6:
      return image.rotate(90);
    case 7:
      return image.rotate(90).flop();
    case 8:
      return image.rotate(270);
    default:
      return image;
  }
}

/** A transparent colour reaches sharp's caller as an alpha channel that the file does not have. */
function hasAlphaChannel(header: Metadata, transparentColour: Colour | undefined): boolean {
  return header.hasAlpha && transparentColour === undefined;
}

interface RawPixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

async function raw(image: Sharp, depth: "uchar" | "ushort"): Promise<RawPixels> {
  const { data, info } = await image.raw({ depth }).toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}
