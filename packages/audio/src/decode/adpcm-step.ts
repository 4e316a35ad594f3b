/** What a decoder of IMA ADPCM remembers of a channel. */
export interface ImaState {
  sample: number;
  index: number;
}

/** The sample of 16 bits after the one remembered, from its 4 bits, with rounding as in WAV files by ffmpeg. */
export function imaSample(state: ImaState, nibble: number): number {
  const step = imaSteps[state.index] as number;
  return moved(state, nibble, ((2 * (nibble & 7) + 1) * step) >> 3);
}

/** The same as QuickTime rounds, each part of the step by itself. */
export function imaSampleQuickTime(state: ImaState, nibble: number): number {
  const step = imaSteps[state.index] as number;
  const parts = (nibble & 4 ? step : 0) + (nibble & 2 ? step >> 1 : 0) + (nibble & 1 ? step >> 2 : 0);
  return moved(state, nibble, (step >> 3) + parts);
}

function moved(state: ImaState, nibble: number, size: number): number {
  state.index = Math.min(Math.max(state.index + (imaIndexMoves[nibble & 7] as number), 0), imaSteps.length - 1);
  state.sample = clamp16(state.sample + (nibble & 8 ? -size : size));
  return state.sample;
}

export function clamp16(value: number): number {
  return Math.min(Math.max(value, -32_768), 32_767);
}

const imaIndexMoves = [-1, -1, -1, -1, 2, 4, 6, 8];

// IMA Digital Audio Focus and Technical Working Groups, 1992.
const imaSteps: readonly number[] = [
  7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118,
  130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963, 1060,
  1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484,
  7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767,
];
