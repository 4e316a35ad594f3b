import { z } from "zod";
import type { JsonSchema } from "../contract/json-schema.ts";

/** What the bytes of a file are. */
export type Medium = "image" | "audio" | "video";

const words: Readonly<Record<Medium, string>> = { image: "a picture", audio: "a recording", video: "a film" };

/** How bytes of a medium stand in a JSON Schema. */
export function mediaSchema(medium: Medium): JsonSchema {
  return { type: "string", contentEncoding: "base64", contentMediaType: `${medium}/*`, media: medium };
}

/** Bytes of an encoded picture (JPEG, PNG, WebP …). Crosses JSON as base64. */
export function imageBytes(): z.ZodType<Uint8Array, Uint8Array> {
  return bytesOf("image");
}

/** Bytes of an encoded recording (WAV, FLAC, MP3, Ogg …). Crosses JSON as base64. */
export function audioBytes(): z.ZodType<Uint8Array, Uint8Array> {
  return bytesOf("audio");
}

/** Bytes of an encoded film. Crosses JSON as base64. */
export function videoBytes(): z.ZodType<Uint8Array, Uint8Array> {
  return bytesOf("video");
}

function bytesOf(medium: Medium): z.ZodType<Uint8Array, Uint8Array> {
  return z
    .custom<Uint8Array>(
      (value) => value instanceof Uint8Array && value.byteLength > 0,
      `must be the bytes of ${words[medium]}`,
    )
    .meta(mediaSchema(medium)) as z.ZodType<Uint8Array, Uint8Array>;
}
