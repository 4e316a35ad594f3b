import { ModelError } from "@menagerie/core";

/** Frames of a recording that are heard, the end not included. */
export interface Clip {
  readonly start: number;
  readonly end: number;
}

/**
 * The parts of a recording to hear, as openai/whisper reads `clip_timestamps`: starts and ends in turn, the last end being
 * that of the recording where it is left out.
 * @param seconds undefined for all of it
 * @param frames of the recording
 * @throws `input_invalid` for parts that are empty, out of order or beyond the recording
 */
export function clipsOf(seconds: readonly number[] | undefined, frames: number, framesPerSecond: number): Clip[] {
  if (seconds === undefined) return [{ start: 0, end: frames }];
  const points = seconds.map((at) => Math.round(at * framesPerSecond));
  const wrong = points.findIndex(
    (point, i) => (i > 0 && point < (points[i - 1] as number)) || (i % 2 === 1 && point === points[i - 1]),
  );
  if (wrong > 0)
    throw new ModelError(
      "input_invalid",
      `clip_timestamps has ${seconds[wrong]} s after ${seconds[wrong - 1]} s. Give start,end,start,end,… in the order of time.`,
      { details: { clip_timestamps: seconds } },
    );
  const starts = points.filter((_, i) => i % 2 === 0);
  const beyond = starts.findIndex((start) => start >= frames);
  if (beyond >= 0)
    throw new ModelError(
      "input_invalid",
      `clip_timestamps starts a part at ${seconds[2 * beyond]} s, but the recording ends at ${frames / framesPerSecond} s.`,
      { details: { clip_timestamps: seconds, seconds: frames / framesPerSecond } },
    );
  return starts.map((start, i) => ({ start, end: Math.min(points[2 * i + 1] ?? frames, frames) }));
}
