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
 * `restore_speech_timestamps`, to the hundredth of a second as there. Segments get the times of their words.
 * @param seconds length of the recording
 */
export function speechTimeline(spans: readonly SpeechSpan[], seconds: number): Timeline {
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
  return {
    place(segment) {
      const cut = heardTimeline.place(segment);
      const words = cut.words?.map(placeWord);
      const start = words?.[0]?.start ?? at(cut.start, partAt(cut.start, false));
      const end = words?.at(-1)?.end ?? at(cut.end, partAt(cut.end, true));
      return { ...cut, start, end, ...(words === undefined ? {} : { words }) };
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
