import { secondsPerTimestamp } from "./token-layout.ts";
import { framesPerPosition } from "./whisper-files.ts";

/** A part of a text between two of its times. */
export interface Segment {
  /** Seconds from the start of the recording. */
  readonly start: number;
  readonly end: number;
  /** Its times included. */
  readonly ids: readonly number[];
}

/** The window that ids were heard in. */
export interface HeardWindow {
  /** Frame of the recording that it begins with. */
  readonly seek: number;
  /** Frames of it that lie within the recording. */
  readonly frames: number;
  /** The id that stands for 0 seconds. */
  readonly firstTimestamp: number;
}

/** The segments of a window, and how many frames later the next window begins. */
export interface CutWindow {
  readonly segments: readonly Segment[];
  readonly advance: number;
}

const framesPerSecond = framesPerPosition / secondsPerTimestamp;

/**
 * Cuts a window's text where two times meet, as transformers' `_retrieve_segment`. After a pair at the end, or text without
 * an end, the next window begins at the last pair; after a single time at the end nothing more was said in this one. A
 * window without pairs is one segment, from its own start even where its first time is later.
 * @param ids without the one that ended the text
 */
export function cutSegments(ids: readonly number[], window: HeardWindow): CutWindow {
  const { seek, frames, firstTimestamp } = window;
  const offset = seek / framesPerSecond;
  const isTime = ids.map((id) => id >= firstTimestamp);
  const position = (id: number | undefined): number => (id ?? firstTimestamp) - firstTimestamp;
  // One division of whole numbers gives 12.2 where a sum of seconds, as transformers makes it, is 12.200000000000001.
  const seconds = (positions: number): number => (seek + positions * framesPerPosition) / framesPerSecond;
  const cuts = ids.flatMap((_, i) => (i > 0 && isTime[i] && isTime[i - 1] ? [i] : []));
  if (cuts.length === 0) {
    const latest = ids.findLast((id) => id >= firstTimestamp);
    const isKnown = latest !== undefined && latest !== firstTimestamp;
    const end = isKnown ? position(latest) : positionsOf(frames);
    return { segments: [{ start: offset, end: seconds(end), ids }], advance: frames };
  }
  const endsInOne = endsInSingleTime(ids, window);
  if (endsInOne) cuts.push(ids.length);
  // The second time of the last pair stays with the last segment: it shows that the text did not end in one.
  else cuts[cuts.length - 1] = (cuts.at(-1) as number) + 1;
  const segments = cuts.map((cut, i) => {
    const part = ids.slice(i === 0 ? 0 : cuts[i - 1], cut);
    const endsInPair = i === cuts.length - 1 && !endsInOne;
    return { start: seconds(position(part[0])), end: seconds(position(part.at(endsInPair ? -2 : -1))), ids: part };
  });
  return { segments, advance: endsInOne ? frames : position(ids[(cuts.at(-1) as number) - 2]) * framesPerPosition };
}

/** Whether nothing was said after the last time of a text. */
export function endsInSingleTime(ids: readonly number[], { firstTimestamp }: HeardWindow): boolean {
  return ids.length > 1 && (ids.at(-1) as number) >= firstTimestamp && (ids.at(-2) as number) < firstTimestamp;
}

/** Times within so many frames. In float32, as torch computes it: 57 frames are 28 times there. */
function positionsOf(frames: number): number {
  const seconds = Math.fround(Math.fround(frames) * Math.fround(secondsPerTimestamp / framesPerPosition));
  return Math.trunc(Math.fround(seconds / Math.fround(secondsPerTimestamp)));
}
