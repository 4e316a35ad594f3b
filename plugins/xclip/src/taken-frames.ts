/**
 * Which frames of a video a model looks at, by position. X-CLIP has no sampler of its own: of more frames than it takes,
 * these are spread evenly from the first on (`floor(i * count / frames)`); of fewer, the last is shown again.
 * @param count frames there are, at least 1
 * @param frames frames the model takes
 */
export function takenFrames(count: number, frames: number): number[] {
  return Array.from({ length: frames }, (_, i) =>
    count > frames ? Math.floor((i * count) / frames) : Math.min(i, count - 1),
  );
}
