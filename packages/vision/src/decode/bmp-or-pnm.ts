import { ModelError } from "@menagerie/core";
import type { Size } from "../geometry/size.ts";
import type { PictureRegion } from "../rgb-image.ts";
import { readBmpHeader } from "./bmp/bmp-header.ts";
import { decodeBmp } from "./bmp/decode-bmp.ts";
import { decodeFailure } from "./decode-failure.ts";
import type { OpenedImage } from "./decoded-image.ts";
import { checkSize, type ImageLimits } from "./image-limits.ts";
import type { ImageReader } from "./image-reader.ts";
import { decodePnm } from "./pnm/decode-pnm.ts";
import { readPnmHeader } from "./pnm/pnm-header.ts";

/** One whose pixels are as good as plain in the file: they are decoded here, whole. */
export function openBitmap(
  bytes: Uint8Array,
  format: "bmp" | "pnm",
  limits: ImageLimits,
  reader: ImageReader,
): OpenedImage {
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
