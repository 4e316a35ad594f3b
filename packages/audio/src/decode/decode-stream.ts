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
 * Runs a decoder over portions of bytes, so small that what comes of one, however dense, is stopped at the limits
 * before it fills the memory.
 *
 * @throws ModelError `audio_too_large` or `audio_undecodable`, and nothing else.
 */
export async function decodeStream(
  decoder: StreamDecoder,
  portions: Iterable<Uint8Array>,
  format: string,
  limits: AudioLimits,
): Promise<SampleCollector> {
  const collector = new SampleCollector(format, limits);
  try {
    await decoder.ready;
    for (const portion of portions) {
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

/** The bytes in portions, of which the first may have another size. */
export function* portionsOf(
  bytes: Uint8Array,
  portionBytes: number,
  firstBytes: number = portionBytes,
): Generator<Uint8Array> {
  for (let at = 0, end = firstBytes; at < bytes.length; at = end, end += portionBytes) yield bytes.subarray(at, end);
}

function free(decoder: StreamDecoder): void {
  try {
    decoder.free();
  } catch {
    // A decoder that broke off cannot tidy its own memory, which goes with it.
  }
}
