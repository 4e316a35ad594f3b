import { ModelError } from "@menagerie/core";
import sharp, { type Metadata, type Sharp } from "sharp";
import type { RgbImage } from "../rgb-image.ts";
import { decodeFailure, notAPicture } from "./decode-failure.ts";
import { frameCount } from "./frame-count.ts";
import { type ImageFormat, imageFormatOf } from "./image-format.ts";
import { checkBytes, checkFrames, checkSize, defaultImageLimits, type ImageLimits } from "./image-limits.ts";
import { clipGrey16, cmykToRgb, fillTransparent, firstThree } from "./pixel-layout.ts";
import { type Colour, transparentColourOf } from "./transparent-colour.ts";

export interface DecodedImage extends RgbImage {
  /** The one colour that the file declares transparent; its pixels keep their colour here. */
  readonly transparentColour: Colour | undefined;
}

/**
 * Decodes a picture to the bytes that transformers' `load_image` gives with Pillow 13: first frame, orientation
 * applied, embedded colour profile ignored, alpha dropped, grey spread to three channels.
 *
 * @throws ModelError `image_too_large` from the header alone, `insufficient_memory` if the process may not
 *   have the bytes it takes, `image_undecodable` for everything else.
 */
export async function decodeImage(bytes: Uint8Array, limits: ImageLimits = defaultImageLimits): Promise<DecodedImage> {
  checkBytes(bytes.byteLength, limits);
  const format = imageFormatOf(bytes);
  if (format === undefined) throw notAPicture(bytes);
  checkFrames(frameCount(bytes, format, limits.maxFrames), limits);
  try {
    const header = await sharp(bytes, { limitInputPixels: false }).metadata();
    checkFrames(header.pages ?? 1, limits);
    checkSize(header.width, header.height, limits);
    if (header.format !== format) throw notAPicture(bytes);
    return await decodePixels(bytes, format, header);
  } catch (cause) {
    throw cause instanceof ModelError ? cause : decodeFailure(bytes, format, cause);
  }
}

async function decodePixels(bytes: Uint8Array, format: ImageFormat, header: Metadata): Promise<DecodedImage> {
  const transparentColour = transparentColourOf(bytes, format);
  const opened = upright(
    sharp(bytes, { limitInputPixels: false, failOn: "error", ignoreIcc: true, sequentialRead: true }),
    header,
  );
  if (header.space === "cmyk") {
    const { data, width, height } = await raw(opened.pipelineColourspace("cmyk").toColourspace("cmyk"), "uchar");
    return { data: cmykToRgb(data), width, height, transparentColour };
  }
  if (header.space === "grey16" && header.depth === "ushort" && !hasAlphaChannel(header, transparentColour)) {
    const { data, width, height, channels } = await raw(
      opened.pipelineColourspace("grey16").toColourspace("grey16"),
      "ushort",
    );
    return { data: clipGrey16(data, channels), width, height, transparentColour };
  }
  const { data, width, height, channels } = await raw(opened.toColourspace("srgb"), "uchar");
  if (format === "gif" && channels === 4 && transparentColour !== undefined) fillTransparent(data, transparentColour);
  return { data: firstThree(data, channels), width, height, transparentColour };
}

/** Turned as its EXIF orientation says, or its XMP where EXIF has none: Pillow reads both. (sharp mirrors before it turns.) */
function upright(image: Sharp, { orientation, xmpAsString }: Metadata): Sharp {
  const inXmp = orientation === undefined ? /tiff:Orientation(?:="|>)([0-9])/.exec(xmpAsString ?? "") : undefined;
  switch (Number(inXmp?.[1])) {
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
      return image.autoOrient();
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
