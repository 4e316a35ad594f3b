import type { TranscribedWord } from "@menagerie/core";
import { hundredths } from "./rounding.ts";
import { type SpeechSpan, speechRate } from "./speech/speech-spans.ts";

/** What has times in seconds: a segment, and its words where it has any. */
export interface Timed {
  readonly start: number;
  readonly end: number;
  readonly words?: TranscribedWord[] | undefined;
}

/** Where what was heard lies in the recording that was sent. */
export interface Timeline {
  /** The same segment at its place in the recording, none of its times beyond its end. */
  place<Cut extends Timed>(segment: Cut): Cut;
}

/** Of a recording that was heard as it is. @param seconds its length */
export function wholeTimeline(seconds: number): Timeline {
  const within = (time: number): number => Math.min(time, seconds);
  return { place: (segment) => moved(segment, (timed) => ({ start: within(timed.start), end: within(timed.end) })) };
}

/**
 * Of a recording of which speech alone was heard, one span right after the other: faster-whisper's
 * `restore_speech_timestamps`, to the hundredth of a second as there. Segments get the times of their words. One without
 * words that reaches into the silence around a span, and no further, does not last over the pause before or after it.
 * @param pad samples of silence at each end of a span
 * @param seconds length of the recording
 */
export function speechTimeline(spans: readonly SpeechSpan[], pad: number, seconds: number): Timeline {
  let heard = 0;
  const parts = spans.map(({ start, end }) => {
    const silence = (start - heard) / speechRate;
    heard += end - start;
    return { end: heard, silence };
  });
  const heardTimeline = wholeTimeline(heard / speechRate);
  const partAt = (time: number, isEnd: boolean): number => {
    const sample = Math.trunc(time * speechRate);
    const ending = isEnd ? parts.findIndex(({ end }) => end === sample) : -1;
    const next = ending >= 0 ? ending : parts.findIndex(({ end }) => end > sample);
    return next >= 0 ? next : parts.length - 1;
  };
  const at = (time: number, part: number): number => Math.min(hundredths((parts[part]?.silence ?? 0) + time), seconds);
  const placeWord = <Word extends Timed>(word: Word): Word => {
    const part = partAt((word.start + word.end) / 2, false);
    return { ...word, start: at(word.start, part), end: at(word.end, part) };
  };
  const placeUnspoken = ({ start, end }: Timed): { start: number; end: number } => {
    let [first, last] = [partAt(start, false), partAt(end, true)];
    const placed = { start: at(start, first), end: at(end, last) };
    const isPause = (part: number): boolean => (spans[part + 1]?.start ?? 0) > (spans[part]?.end ?? 0);
    const endOf = (part: number): number => parts[part]?.end ?? 0;
    if (first < last && isPause(last - 1) && end * speechRate - endOf(last - 1) <= pad)
      placed.end = (spans[--last]?.end ?? 0) / speechRate;
    if (first < last && isPause(first) && endOf(first) - start * speechRate <= pad)
      placed.start = (spans[++first]?.start ?? 0) / speechRate;
    return placed;
  };
  return {
    place(segment) {
      const cut = heardTimeline.place(segment);
      const words = cut.words?.map(placeWord);
      const [first, last] = [words?.[0], words?.at(-1)];
      if (words === undefined || first === undefined || last === undefined) return { ...cut, ...placeUnspoken(cut) };
      return { ...cut, start: first.start, end: last.end, words };
    },
  };
}

function moved<Cut extends Timed>(segment: Cut, move: (timed: Timed) => { start: number; end: number }): Cut {
  const { words } = segment;
  return {
    ...segment,
    ...move(segment),
    ...(words === undefined ? {} : { words: words.map((word) => ({ ...word, ...move(word) })) }),
  };
}
