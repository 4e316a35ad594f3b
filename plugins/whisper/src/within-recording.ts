import type { TranscribedWord } from "@menagerie/core";
import type { Segment } from "./segments.ts";

/** The same segment with no time, of its words neither, beyond the end of the recording. @param end in seconds */
export function withinRecording<Cut extends Segment & { readonly words?: TranscribedWord[] | undefined }>(
  segment: Cut,
  end: number,
): Cut {
  const { words } = segment;
  return {
    ...segment,
    ...within(segment, end),
    ...(words === undefined ? {} : { words: words.map((word) => ({ ...word, ...within(word, end) })) }),
  };
}

function within(timed: { readonly start: number; readonly end: number }, end: number): { start: number; end: number } {
  return { start: Math.min(timed.start, end), end: Math.min(timed.end, end) };
}
