import { ModelError } from "@menagerie/core";
import { describeBytes, type ImageFormat, isCutShort } from "./image-format.ts";

/** The error for bytes that do not begin like any picture that is decoded here. */
export function notAPicture(bytes: Uint8Array): ModelError {
  const { phrase, conversion } = describeBytes(bytes);
  const what = bytes.byteLength === 0 ? "are empty" : `look like ${phrase}`;
  const remedy = conversion === undefined ? "" : ` Convert it, for example with: ${conversion}`;
  return new ModelError(
    "image_undecodable",
    `The bytes given as an image ${what}. Send the bytes of a JPEG, PNG, WebP, GIF, TIFF, BMP, PPM or AVIF file; the name of a file says nothing about them.${remedy}`,
    { details: { bytes: bytes.byteLength } },
  );
}

/** The error for a file that lacks bytes which its own header counts. */
export function truncatedPicture(
  format: ImageFormat,
  {
    has,
    needed,
    unit = "bytes",
  }: { readonly has: number; readonly needed: number; readonly unit?: "bytes" | "samples" },
): ModelError {
  const message = `The ${format.toUpperCase()} picture is truncated: it has ${has} ${unit}, and its header speaks of ${needed}. Send the whole file.`;
  return new ModelError("image_undecodable", message, { details: { format, [unit]: has, needed } });
}

const extensions: Partial<Record<ImageFormat, string>> = { tiff: "tif", jpeg: "jpg" };

/** The error for a file that begins like a picture and then fails to be one; `cause` is the decoder's own complaint. */
export function decodeFailure(bytes: Uint8Array, format: ImageFormat, cause: unknown): ModelError {
  const reason = cause instanceof Error ? (cause.message.split("\n", 1)[0] ?? "") : String(cause);
  const details = { format, bytes: bytes.byteLength, reason };
  const picture = `The ${format.toUpperCase()} picture`;
  if (/out of memory|allocation failed/i.test(reason)) {
    const message = `${picture} takes more memory once decoded than this process may have (${reason}). Send a smaller one.`;
    return new ModelError("insufficient_memory", message, { details, cause });
  }
  // libtiff names a compression that this build of it lacks.
  if (/not (?:configured|implemented)/.test(reason)) {
    const message = `${picture} is of a rare kind that is not decoded here (${reason}). Convert it, for example with: magick picture.${extensions[format] ?? format} picture.png`;
    return new ModelError("image_undecodable", message, { details, cause });
  }
  const what = isCutShort(bytes, format)
    ? `is truncated: it ends after ${bytes.byteLength} bytes, before its own end. Send the whole file`
    : `is damaged or of a rare kind (${reason}). Save it again as PNG or JPEG`;
  return new ModelError("image_undecodable", `${picture} ${what}.`, { details, cause });
}
