import type { PcmLayout } from "../decode/pcm.ts";

/** How the sound in a container is coded, with what its decoder has to know first. */
export type TrackCoding =
  | { readonly kind: "pcm"; readonly layout: PcmLayout }
  | { readonly kind: "ima4"; readonly channels: number; readonly sampleRate: number }
  /** `head`: the identification header of RFC 7845, 5.1 */
  | { readonly kind: "opus"; readonly head: Uint8Array }
  /** `headers`: identification, comment and setup (Vorbis I, 4.2) */
  | { readonly kind: "vorbis"; readonly headers: readonly Uint8Array[] }
  /** `head`: the marker `fLaC` and the STREAMINFO block */
  | { readonly kind: "flac"; readonly head: Uint8Array }
  /** `cookie`: the setup, 24 bytes */
  | { readonly kind: "alac"; readonly cookie: Uint8Array }
  | { readonly kind: "mpeg" }
  /** Not decoded here; `name` is what people call it. */
  | { readonly kind: "other"; readonly name: string };

/** The sound of a container: how it is coded, its packets, and how much of what they give is to be heard. */
export interface SoundTrack {
  /** For messages: "MP4", "Matroska". */
  readonly container: string;
  readonly coding: TrackCoding;
  /** In the order in which they are decoded, read from the file one after the other, each time anew. */
  readonly packets: Iterable<Uint8Array>;
  readonly cut: TrackCut;
}

/** All in seconds of the decoded sound. */
export interface TrackCut {
  /** Left out at the start: what an encoder put before the first sample. */
  readonly skip: number;
  /** Where it ends, counted from the first sample decoded; absent where it ends with its packets. */
  readonly end?: number;
  /**
   * Left out at the end of a packet, by the packet's number, or at its start where it is below 0; known once the packets are read.
   * Recordings that were joined have some in their midst.
   */
  paddings?: ReadonlyMap<number, number>;
}
