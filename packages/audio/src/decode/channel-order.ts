/** Places of the channels in Vorbis (Vorbis I, 4.3.9; Opus has them too), in the order of WAV, by how many there are. */
const orders: Readonly<Record<number, readonly number[]>> = {
  3: [0, 2, 1],
  5: [0, 2, 1, 3, 4],
  6: [0, 2, 1, 5, 3, 4],
  7: [0, 2, 1, 6, 5, 3, 4],
  8: [0, 2, 1, 7, 5, 6, 3, 4],
};

/** Channels in the order of Vorbis, the centre second, in that of WAV: left, right, centre, low frequencies, the others. */
export function inWavOrder(channels: readonly Float32Array[]): readonly Float32Array[] {
  return orders[channels.length]?.map((place) => channels[place] as Float32Array) ?? channels;
}
