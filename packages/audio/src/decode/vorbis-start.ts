/** Identification, comment and setup (Vorbis I, 4.2). */
const headerPackets = 3;
const audioPages = 2;

/**
 * Bytes from the start of an Ogg file to the end of its second page of sound, or less where it has none: all that
 * a decoder of Vorbis needs to begin. Nothing if the file ends within its headers.
 */
export function vorbisStart(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stream = bytes.length < 18 ? 0 : view.getUint32(14);
  let [packets, pages] = [0, 0];
  for (let at = 0; at + 27 <= bytes.length && view.getUint32(at) === 0x4f676753; ) {
    const lacing = bytes.subarray(at + 27, at + 27 + (bytes[at + 26] as number));
    const isOurs = view.getUint32(at + 14) === stream;
    if (isOurs && packets >= headerPackets) pages++;
    // A packet ends where a segment is shorter than 255 bytes (RFC 3533, 6).
    if (isOurs) packets += lacing.reduce((count, length) => count + (length < 255 ? 1 : 0), 0);
    at += 27 + lacing.length + lacing.reduce((sum, length) => sum + length, 0);
    if (pages === audioPages) return Math.min(at, bytes.length);
  }
  return packets < headerPackets ? undefined : bytes.length;
}
