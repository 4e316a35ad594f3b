import type { TranscribedWord } from "@menagerie/core";
import type { Segment } from "../segments.ts";

/** Seconds by which a word may reach beyond its segment before the segment's own time is believed. */
const tolerance = 0.5;

/**
 * Gives a segment the times of its first and last word, where these are not too long: the end of openai/whisper's
 * `add_word_timestamps`. Words, in seconds from the start of the recording, are changed in place.
 * @param spoken where the last word before it ended @param median duration of words in the window
 */
export function fitSegment<Cut extends Segment>(
  segment: Cut,
  words: readonly TranscribedWord[],
  spoken: number,
  median: number,
): Cut {
  const [first, second] = words;
  const last = words.at(-1);
  if (first === undefined || last === undefined) return segment;
  shortenAfterPause(first, second, spoken, median);
  let { start, end } = segment;
  if (start < first.end && start - tolerance > first.start)
    first.start = Math.max(0, Math.min(first.end - median, start));
  else start = first.start;
  if (end > last.start && end + tolerance < last.end) last.end = Math.max(last.start + median, end);
  else end = last.end;
  return { ...segment, start, end };
}

/** After a pause, the first word, and the second with it, is not longer than twice the median. */
function shortenAfterPause(
  first: TranscribedWord,
  second: TranscribedWord | undefined,
  spoken: number,
  median: number,
): void {
  const longest = 2 * median;
  const isLong = (from: TranscribedWord, to: TranscribedWord, most: number): boolean => to.end - from.start > most;
  if (first.end - spoken <= 4 * median) return;
  if (!isLong(first, first, longest) && (second === undefined || !isLong(first, second, 2 * longest))) return;
  if (second !== undefined && isLong(second, second, longest)) {
    const boundary = Math.max(second.end / 2, second.end - longest);
    first.end = boundary;
    second.start = boundary;
  }
  first.start = Math.max(0, first.end - longest);
}
