import type { TranscribedSegment, TranscribedWord } from "@menagerie/core";

/** How words become cues: openai/whisper's options of the same names. */
export interface CueLayout {
  /** Most characters of a line. */
  readonly maxLineWidth?: number | undefined;
  /** Most lines of a cue. Together with a width, cues go on from one segment to the next. */
  readonly maxLineCount?: number | undefined;
  readonly maxWordsPerLine?: number | undefined;
  /** A cue for each word, underlined while it is spoken. */
  readonly highlightWords?: boolean | undefined;
}

/** Words on the screen at a time; lines are parted by `\n`. */
export interface Cue {
  /** Seconds from the start of the recording. */
  readonly start: number;
  readonly end: number;
  readonly words: readonly string[];
  /** The word that is underlined, by its place. */
  readonly spoken?: number | undefined;
}

/** Seconds without a word after which a new cue begins. */
const longPause = 3;
const unlimited = 1000;

/** What is shown, and when: a cue for each segment, or where words are known as openai/whisper's `SubtitlesWriter` lays them out. */
export function subtitleCues(segments: readonly TranscribedSegment[], layout: CueLayout = {}): Cue[] {
  if (segments[0]?.words === undefined) return segments.map(({ start, end, text }) => ({ start, end, words: [text] }));
  const cues = laidOut(segments, layout);
  if (layout.highlightWords) return cues.flatMap(highlighted);
  return cues.map((words) => ({
    start: (words[0] as TranscribedWord).start,
    end: (words.at(-1) as TranscribedWord).end,
    words: words.map(({ word }) => word),
  }));
}

function laidOut(segments: readonly TranscribedSegment[], layout: CueLayout): TranscribedWord[][] {
  const { maxLineWidth = unlimited, maxWordsPerLine = unlimited } = layout;
  const keepsSegments = layout.maxLineCount === undefined || layout.maxLineWidth === undefined;
  const cues: TranscribedWord[][] = [];
  let cue: TranscribedWord[] = [];
  let width = 0;
  let lines = 1;
  let last = segments.find(({ words }) => words?.length)?.words?.[0]?.start ?? 0;
  for (const { words = [] } of segments) {
    for (const [i, timed] of words.entries()) {
      const begins = i % maxWordsPerLine === 0;
      const pauses = !keepsSegments && timed.start - last > longPause;
      const breaks = begins && cue.length > 0 && keepsSegments;
      let { word } = timed;
      if (width > 0 && width + word.length <= maxLineWidth && !pauses && !breaks) width += word.length;
      else {
        word = word.trim();
        const isFull = layout.maxLineCount !== undefined && (pauses || lines >= layout.maxLineCount);
        if (breaks || (cue.length > 0 && isFull)) {
          cues.push(cue);
          cue = [];
          lines = 1;
        } else if (width > 0) {
          lines++;
          word = `\n${word}`;
        }
        width = word.trim().length;
      }
      cue.push({ ...timed, word });
      last = timed.start;
    }
  }
  return cue.length > 0 ? [...cues, cue] : cues;
}

function highlighted(cue: readonly TranscribedWord[]): Cue[] {
  const words = cue.map(({ word }) => word);
  let last = (cue[0] as TranscribedWord).start;
  return cue.flatMap(({ start, end }, spoken) => {
    const silence = last === start ? [] : [{ start: last, end: start, words }];
    last = end;
    return [...silence, { start, end, words, spoken }];
  });
}
