import { deflateSync } from "node:zlib";

/** Bytes of a text divided by the bytes that zlib makes of them: openai/whisper's `compression_ratio`. */
export function compressionRatio(text: string): number {
  const bytes = Buffer.from(text);
  return bytes.length / deflateSync(bytes).length;
}
