/** An identification header of Opus (RFC 7845, 5.1) for one or two channels, for files that bring none. */
export function opusHead(channels: number): Uint8Array {
  const head = Buffer.from("OpusHead\x01\x02\0\0\x80\xbb\0\0\0\0\0", "latin1");
  head[9] = channels;
  return new Uint8Array(head);
}

/** Samples before the first that is to be heard, at 48 kHz. */
export function opusPreSkip(head: Uint8Array): number {
  return (head[10] ?? 0) + (head[11] ?? 0) * 256;
}

/** What decoded samples are multiplied by, whatever the player (RFC 7845, 5.1: decibels in 256ths); 1 for most files. */
export function opusGain(head: Uint8Array): number {
  const steps = (((head[16] ?? 0) + (head[17] ?? 0) * 256) << 16) >> 16;
  return 10 ** (steps / (20 * 256));
}

/** The header with nothing to skip, for a decoder whose answer is cut by others. */
export function withoutPreSkip(head: Uint8Array): Uint8Array {
  // A Buffer's own slice is no copy.
  const copy = new Uint8Array(head);
  copy.fill(0, 10, 12);
  return copy;
}
