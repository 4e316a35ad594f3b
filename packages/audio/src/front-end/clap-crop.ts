import { ModelError } from "@menagerie/core";

/** Where a recording that is longer than a clip is cut. Transformers draws these at random. */
export interface ClapCrop {
  /** "rand_trunc": first sample of the clip; 0 unless given. */
  readonly firstSample?: number;
  /**
   * "fusion": first frames of the three views. Each lies in its third of the possible frames; unless given they are the
   * first frame of all, the middle one of the middle third, and the last frame of all.
   */
  readonly frames?: FusionFrames;
}

export interface FusionFrames {
  readonly front: number;
  readonly middle: number;
  readonly back: number;
}

/** @throws ModelError `input_invalid` for a frame that is not in its third. */
export function fusionFrames(total: number, frames: number, wanted: FusionFrames | undefined): FusionFrames {
  const [first, second, third] = thirds(total - frames + 1);
  if (wanted === undefined) {
    return { front: first.start, middle: Math.floor((second.start + second.last) / 2), back: third.last };
  }
  for (const [name, frame, { start, last }] of [
    ["front", wanted.front, first],
    ["middle", wanted.middle, second],
    ["back", wanted.back, third],
  ] as const) {
    if (Number.isInteger(frame) && frame >= start && frame <= last) continue;
    throw new ModelError(
      "input_invalid",
      `The ${name} view was to begin at frame ${frame}; for this recording it begins at frame ${start} to ${last}.`,
      { details: { frame, start, last } },
    );
  }
  return wanted;
}

interface Range {
  readonly start: number;
  readonly last: number;
}

/** `numpy.array_split(range(count), 3)`: the first parts are the longer ones; an empty part stands for frame 0. */
function thirds(count: number): readonly [Range, Range, Range] {
  const sizes = [0, 1, 2].map((part) => Math.floor(count / 3) + (part < count % 3 ? 1 : 0)) as [number, number, number];
  const range = (start: number, size: number): Range =>
    size === 0 ? { start: 0, last: 0 } : { start, last: start + size - 1 };
  return [range(0, sizes[0]), range(sizes[0], sizes[1]), range(sizes[0] + sizes[1], sizes[2])];
}
