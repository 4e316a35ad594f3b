import { deflate } from "pako";

/**
 * Bytes of a text divided by the bytes that zlib makes of them: openai/whisper's `compression_ratio`. Not by Node's own zlib,
 * which is Chromium's and makes another number of bytes of two texts in five.
 */
export function compressionRatio(text: string): number {
  const bytes = new TextEncoder().encode(text);
  return bytes.length / deflate(bytes).length;
}
