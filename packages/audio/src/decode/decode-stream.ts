import { ModelError } from "@menagerie/core";
import type { AudioLimits } from "./audio-limits.ts";
import { decoderFailure } from "./decode-failure.ts";
import { withoutConsole } from "./decoder-console.ts";
import { type DecodedPart, SampleCollector } from "./sample-collector.ts";

/** The shape that the WebAssembly decoders share. */
export interface StreamDecoder {
  readonly ready: Promise<void>;
  decode(bytes: Uint8Array): DecodedPart | Promise<DecodedPart>;
  /** Gives what is left at the end; absent where nothing is ever kept back. */
  flush?(): Promise<DecodedPart>;
  free(): void;
}

/**
 * Runs a decoder over the bytes, so few at a time that what comes of them, however dense, is stopped at the limits
 * before it fills the memory.
 *
 * @param firstBytes how many the first portion has, where that is not as many as the others
 * @throws ModelError `audio_too_large` or `audio_undecodable`, and nothing else.
 */
export async function decodeStream(
  decoder: StreamDecoder,
  bytes: Uint8Array,
  portionBytes: number,
  format: string,
  limits: AudioLimits,
  firstBytes: number = portionBytes,
): Promise<SampleCollector> {
  const collector = new SampleCollector(format, limits);
  try {
    await decoder.ready;
    for (let at = 0, end = firstBytes; at < bytes.length; at = end, end += portionBytes) {
      const portion = bytes.subarray(at, end);
      collector.add(await withoutConsole(() => decoder.decode(portion)));
    }
    if (decoder.flush !== undefined) {
      const flush = decoder.flush.bind(decoder);
      collector.add(await withoutConsole(flush));
    }
    return collector;
  } catch (cause) {
    throw cause instanceof ModelError ? cause : decoderFailure(format, cause);
  } finally {
    free(decoder);
  }
}

function free(decoder: StreamDecoder): void {
  try {
    decoder.free();
  } catch {
    // A decoder that broke off cannot tidy its own memory, which goes with it.
  }
}
