import type { TranscribedWord } from "@menagerie/core";
import { seededRandom } from "@menagerie/text";
import type { Clip } from "./clips.ts";
import { type EarlierText, keptIds } from "./earlier-text.ts";
import {
  type Fallback,
  type FallbackWanted,
  fallbackOf,
  hearWithFallback,
  isSilent,
  mayBeTakenBack,
} from "./fallback.ts";
import { atTemperature, LengthLimits, type LengthWanted } from "./length-limits.ts";
import { cutSegments, endsInSingleTime, type HeardWindow, type Segment } from "./segments.ts";
import type { Timeline } from "./timeline.ts";
import type { TranscriptParts } from "./transcript-parts.ts";
import type { WhisperModel } from "./whisper-model.ts";
import { hearWindow, type WindowText } from "./window-text.ts";
import type { Windows } from "./windows.ts";
import type { WordTimes } from "./words/word-times.ts";

/** A segment, the window that it was heard in, and its words where they are wanted. */
export interface HeardSegment extends Segment {
  readonly heard: WindowText;
  readonly words?: TranscribedWord[] | undefined;
}

/** What a recording's windows are heard with. */
export interface HearingParts {
  readonly model: WhisperModel;
  readonly windows: Windows;
  readonly request: LengthWanted &
    FallbackWanted & { readonly seed?: number | undefined; readonly signal?: AbortSignal | undefined };
  /** Ids that start each window's transcript. */
  readonly start: readonly number[];
  readonly timestamps: boolean;
  readonly timeline: Timeline;
  readonly earlier: EarlierText;
  readonly words: WordTimes | undefined;
  readonly told: TranscriptParts | undefined;
}

/** Hears the windows of a recording one after the other, and keeps what was heard. */
export class Hearing {
  readonly segments: HeardSegment[] = [];
  readonly #parts: HearingParts;
  readonly #limits: LengthLimits;
  readonly #fallback: Fallback;
  readonly #nextSeed: () => number;

  /** @throws `input_invalid` as `LengthLimits` */
  constructor(parts: HearingParts) {
    const { model, start, request } = parts;
    const random = seededRandom(request.seed ?? 0, 0);
    this.#parts = parts;
    this.#limits = new LengthLimits(model, start.length, request);
    this.#fallback = fallbackOf(request);
    this.#nextSeed = () => Math.floor(random() * 2 ** 32);
  }

  /** Hears the window that begins with a frame. @returns how many frames later the next one begins */
  async hear(seek: number, clip: Clip): Promise<number> {
    const { model, windows, earlier, words, told, timeline } = this.#parts;
    const window = windows.cutOut(seek, clip);
    const states = await windows.at(seek, clip);
    const heard = await this.#listen(states, window);
    if (isSilent(heard, this.#fallback)) return window.frames;
    const cut = cutSegments(heard.ids, window);
    let { advance } = cut;
    let segments: HeardSegment[] = cut.segments.map((segment) => ({ ...segment, heard }));
    if (words !== undefined) {
      const frames = Math.min(windows.frames, clip.end - seek);
      segments = await words.add(segments, { states, start: this.#parts.start, seek, frames });
      const next = Math.round(words.lastEnd * windows.framesPerSecond);
      if (next > seek && !endsInSingleTime(heard.ids, window)) advance = next - seek;
    }
    const kept = segments.map((segment) => ({ ids: keptIds(model, segment) }));
    earlier.add(kept, heard.temperature);
    segments = segments.map((segment) => timeline.place(segment));
    this.segments.push(...segments);
    told?.endWindow(segments);
    await told?.taken;
    return advance;
  }

  #listen(states: Parameters<typeof hearWindow>[1]["states"], window: HeardWindow): Promise<WindowText> {
    const { model, start, earlier, timestamps, words, told, request } = this.#parts;
    const opening = [...earlier.opening, ...start];
    const likeliest = this.#limits.next(opening.length);
    const tellsTokens = told !== undefined && words === undefined && !mayBeTakenBack(this.#fallback);
    return hearWithFallback(this.#fallback, (temperature) => {
      const config = atTemperature(likeliest, temperature, this.#nextSeed());
      // Beams are compared until the end of a window.
      const onToken = tellsTokens && config.num_beams === 1 ? (id: number) => told.push(id, window) : undefined;
      return hearWindow(model, { states, opening, config, timestamps, signal: request.signal, onToken });
    });
  }
}
