import type { Metadata, Sharp } from "sharp";
import sharp from "sharp";
import type { Colour } from "./colour.ts";
import type { DecodedImage } from "./decoded-image.ts";
import { fillOutside, firstGifFrame, gifGround, gifScreen, onScreen } from "./gif-frame.ts";
import type { ImageFormat } from "./image-format.ts";
import type { ImageReader } from "./image-reader.ts";
import { orientationOfAvif, turnedBack } from "./orientation/avif-orientation.ts";
import { orientationByOpenCv } from "./orientation/opencv-orientation.ts";
import { pictureNotes } from "./orientation/picture-notes.ts";
import { orientationIn } from "./orientation/picture-orientation.ts";
import {
  bytesByLibtiff,
  clipGrey16,
  cmykToRgb,
  cmykToRgbByLibtiff,
  cmykToRgbByOpenCv,
  divideAlpha,
  fillTransparent,
  firstFour,
  firstThree,
  invertGrey16,
  multiplyAlpha,
  upperBytes,
  upperGrey16,
} from "./pixel-layout.ts";
import { forDecoder, minIsWhite, tiffLayout } from "./tiff-layout.ts";
import { transparentColourOf } from "./transparent-colour.ts";

/**
 * Decodes a whole picture, turned as its metadata say.
 *
 * @param header what sharp says of these bytes, checked against the limits
 * @throws Error in the decoder's words
 */
export async function decodeBySharp(
  bytes: Uint8Array,
  format: ImageFormat,
  header: Metadata,
  reader: ImageReader,
): Promise<DecodedImage> {
  const isOpenCv = reader === "opencv";
  const transparentColour = transparentColourOf(bytes, format);
  const tiff = format === "tiff" ? tiffLayout(bytes) : undefined;
  const isMultiplied = tiff?.extra[0] === 1;
  const opened = upright(
    sharp(tiff === undefined ? bytes : forDecoder(bytes, tiff, reader), {
      limitInputPixels: false,
      // Below that the decoder paints a tile black that it cannot read, and says nothing.
      failOn: tiff?.tilePixels === undefined ? "error" : "warning",
      ignoreIcc: true,
      sequentialRead: true,
    }),
    bytes,
    header,
    reader,
  );
  if (header.space === "cmyk") {
    const depth = header.depth === "ushort" ? "ushort" : "uchar";
    const { data, width, height, channels } = await raw(
      opened.pipelineColourspace("cmyk").toColourspace("cmyk"),
      depth,
    );
    const inks = firstFour(depth === "ushort" ? upperBytes(data) : data, channels);
    const toLight = !isOpenCv ? cmykToRgb : format === "tiff" ? cmykToRgbByLibtiff : cmykToRgbByOpenCv;
    return { data: toLight(inks), width, height, transparentColour };
  }
  // What is below 0 is black for Pillow.
  const isSigned = header.depth === "short";
  const isGrey16 = header.space === "grey16" && (header.depth === "ushort" || isSigned);
  if (isGrey16 && !hasAlphaChannel(header, transparentColour)) {
    const { data, width, height, channels } = await raw(
      opened.pipelineColourspace("grey16").toColourspace("grey16"),
      "ushort",
    );
    if (tiff?.colours === minIsWhite && !isOpenCv) invertGrey16(data);
    return { data: (isOpenCv ? upperGrey16 : clipGrey16)(data, channels), width, height, transparentColour };
  }
  if (tiff?.bits === 16 && isOpenCv && header.channels > 2) {
    const { data, width, height, channels } = await raw(opened.toColourspace("rgb16"), "ushort");
    const levels = bytesByLibtiff(data);
    if (channels === 4 && tiff.extra[0] === 2) multiplyAlpha(levels);
    return { data: firstThree(levels, channels), width, height, transparentColour };
  }
  const decoded = await raw(opened.toColourspace("srgb"), "uchar");
  const { width, height } = decoded;
  const channels = Math.min(decoded.channels, 4);
  const data = firstFour(decoded.data, decoded.channels);
  if (format === "gif" && channels === 4) fillTransparent(data, gifGround(bytes, reader));
  // Grey with alpha becomes four channels too, and its alpha is dropped by both.
  if (header.channels === 4 && isOpenCv && tiff?.extra[0] === 2) multiplyAlpha(data);
  if (header.channels >= 4 && !isOpenCv && isMultiplied) divideAlpha(data);
  const image = { data: firstThree(data, channels), width, height, transparentColour };
  const frame = format === "gif" && channels !== 4 ? firstGifFrame(bytes) : undefined;
  if (frame !== undefined) fillOutside(image, frame.window, gifGround(bytes, reader));
  if (format !== "gif") return image;
  return { ...onScreen(image, gifScreen(bytes), gifGround(bytes, reader)), transparentColour };
}

/** libheif has turned an AVIF already, as the file's own boxes say, and Exif does not count there; OpenCV leaves it as it lies. */
function orientationBy(reader: ImageReader, bytes: Uint8Array, header: Metadata): number {
  if (reader === "opencv")
    return header.format === "heif"
      ? turnedBack(orientationOfAvif(bytes))
      : orientationByOpenCv(bytes, header.format as ImageFormat);
  if (header.format !== "heif") return orientationIn(pictureNotes(bytes, header.format as ImageFormat));
  return header.exif === undefined ? orientationIn({ exif: undefined, xmp: header.xmpAsString }) : 1;
}

export function isUpright(bytes: Uint8Array, header: Metadata, reader: ImageReader): boolean {
  return orientationBy(reader, bytes, header) === 1;
}

/** Turned as its metadata say. (sharp mirrors before it turns.) */
function upright(image: Sharp, bytes: Uint8Array, header: Metadata, reader: ImageReader): Sharp {
  switch (orientationBy(reader, bytes, header)) {
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
