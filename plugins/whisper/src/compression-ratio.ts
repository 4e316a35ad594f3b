import { deflatedSize } from "./deflate/deflated-size.ts";

/** Bytes of a text divided by the bytes that zlib makes of them: openai/whisper's `compression_ratio`. */
export function compressionRatio(text: string): number {
  const bytes = new TextEncoder().encode(text);
  return bytes.length / deflatedSize(bytes);
}
