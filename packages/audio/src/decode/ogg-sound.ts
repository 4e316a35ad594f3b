import { latin } from "./latin.ts";
import { firstPacket, oggPages } from "./ogg-packets.ts";

/** What is heard of an Ogg file. */
export interface OggSound {
  readonly format: "ogg-vorbis" | "ogg-opus" | "ogg-flac";
  /** Number of its stream. */
  readonly stream: number;
  /** There are others beside it, as in a video. */
  readonly isOneOfSeveral: boolean;
}

/** The first stream of sound by the pages at the start, one of each stream; nothing if none is read here. */
export function oggSound(bytes: Uint8Array): OggSound | undefined {
  let found: Omit<OggSound, "isOneOfSeveral"> | undefined;
  let streams = 0;
  for (const page of oggPages(bytes)) {
    if (!page.isFirst && streams > 0) break;
    streams++;
    const format = formatOf(firstPacket(page));
    if (format !== undefined) found ??= { format, stream: page.stream };
  }
  return found === undefined ? undefined : { ...found, isOneOfSeveral: streams > 1 };
}

/** The pages of one stream as a file. */
export function oggStream(bytes: Uint8Array, stream: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const page of oggPages(bytes)) if (page.stream === stream) parts.push(page.bytes);
  return new Uint8Array(Buffer.concat(parts));
}

function formatOf(packet: Uint8Array): OggSound["format"] | undefined {
  const start = latin(packet, 0, 8);
  if (start.startsWith("\x01vorbis")) return "ogg-vorbis";
  if (start === "OpusHead") return "ogg-opus";
  return start.startsWith("\x7fFLAC") ? "ogg-flac" : undefined;
}
