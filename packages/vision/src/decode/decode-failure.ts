import { ModelError } from "@menagerie/core";
import { describeBytes, type ImageFormat, isCutShort } from "./image-format.ts";

/** The error for bytes that do not begin like any picture that is decoded here. */
export function notAPicture(bytes: Uint8Array): ModelError {
  const what = bytes.byteLength === 0 ? "are empty" : `look like ${describeBytes(bytes)}`;
  return new ModelError(
    "image_undecodable",
    `The bytes given as an image ${what}. Send the bytes of a JPEG, PNG, WebP, GIF or TIFF file; the name of a file says nothing about them.`,
    { details: { bytes: bytes.byteLength } },
  );
}

/** The error for a file that begins like a picture and then fails to be one; `cause` is the decoder's own complaint. */
export function decodeFailure(bytes: Uint8Array, format: ImageFormat, cause: unknown): ModelError {
  const reason = cause instanceof Error ? (cause.message.split("\n", 1)[0] ?? "") : String(cause);
  const details = { format, bytes: bytes.byteLength, reason };
  const picture = `The ${format.toUpperCase()} picture`;
  if (/out of memory|allocation failed/i.test(reason)) {
    const message = `${picture} takes more memory once decoded than this process may have (${reason}). Send a smaller one.`;
    return new ModelError("insufficient_memory", message, { details, cause });
  }
  const what = isCutShort(bytes, format)
    ? `is truncated: it ends after ${bytes.byteLength} bytes, before its own end. Send the whole file`
    : `is damaged or of a rare kind (${reason}). Save it again as PNG or JPEG`;
  return new ModelError("image_undecodable", `${picture} ${what}.`, { details, cause });
}
