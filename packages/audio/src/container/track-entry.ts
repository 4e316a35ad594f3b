/** What a track's entry says (RFC 9559, 5.1.4.1). */
export interface TrackEntry {
  number: number;
  isSound: boolean;
  codec: string;
  setup: Uint8Array;
  /** Silence before the first sample, in nanoseconds. */
  delay: number;
  sampleRate: number;
  channels: number;
  bits: number;
  /** Bytes that were taken from the start of each packet. */
  stripped: Uint8Array;
  /** Packets are compressed or encrypted otherwise. */
  isPacked: boolean;
}
