import { ModelError, type TranscribedWord } from "@menagerie/core";
import { seededRandom } from "@menagerie/text";
import { clipsOf } from "./clips.ts";
import { detectLanguage } from "./detect-language.ts";
import { EarlierText, keptIds, type ShownText } from "./earlier-text.ts";
import { type FallbackWanted, fallbackOf, hearWithFallback, isSilent, mayBeTakenBack } from "./fallback.ts";
import type { HeardRecording } from "./hear-recording.ts";
import { atTemperature, LengthLimits, type LengthWanted } from "./length-limits.ts";
import { SeekGuard } from "./seek-guard.ts";
import { cutSegments, endsInSingleTime, type Segment, within } from "./segments.ts";
import { type Question, startTokens } from "./start-tokens.ts";
import { type PartsWanted, TranscriptParts } from "./transcript-parts.ts";
import type { WhisperModel } from "./whisper-model.ts";
import { hearWindow, type WindowText } from "./window-text.ts";
import { Windows } from "./windows.ts";
import { WordTimes } from "./words/word-times.ts";

export interface TranscribeRequest extends Question, LengthWanted, FallbackWanted, ShownText {
  /** Whether it is said when each word was spoken. */
  readonly words?: boolean | undefined;
  /** Starts and ends in turn, in seconds, of the parts to hear. */
  readonly clipTimestamps?: readonly number[] | undefined;
  /** 0..2^32-1, for what is drawn at temperatures above 0. */
  readonly seed?: number | undefined;
  /** Looked at between steps. */
  readonly signal?: AbortSignal | undefined;
  /** Takes what is heard while it is heard. */
  readonly onPart?: PartsWanted["onPart"] | undefined;
}

/** A segment, the window that it was heard in, and its words where they are wanted. */
export interface HeardSegment extends Segment {
  readonly heard: WindowText;
  readonly words?: TranscribedWord[] | undefined;
}

/** A recording as ids. */
export interface Transcript {
  /** The ids that opened each window's text. */
  readonly start: readonly number[];
  /** Id of the language that is spoken, in models that know several. */
  readonly language: number | undefined;
  /** Where it was detected. */
  readonly languageProbability: number | undefined;
  readonly segments: readonly HeardSegment[];
}

/**
 * Writes down a recording window by window, as `WhisperForConditionalGeneration.generate` of transformers 5 does: each
 * window begins where the last whole segment of the one before ended, and what lies after the end of the recording is 0
 * among its features. A recording of several windows is heard with times, which say where to go on. What transformers
 * leaves to be asked for (temperatures, thresholds, earlier text, words, parts) is done as in openai/whisper's `transcribe`,
 * and as there no window begins after the end of the recording.
 * @throws `cancelled`; `input_invalid` as `startTokens`, `LengthLimits`, `clipsOf`, `EarlierText`; `graph_mismatch` as `WordTimes`
 */
export async function transcribe(
  model: WhisperModel,
  recording: HeardRecording,
  request: TranscribeRequest,
): Promise<Transcript> {
  const { signal } = request;
  const windows = new Windows(model, recording);
  const timestamps = request.timestamps || recording.features.frames > windows.frames;
  const words = request.words ? new WordTimes(model) : undefined;
  const earlier = new EarlierText(model, request);
  const clips = clipsOf(request.clipTimestamps, recording.frames, windows.framesPerSecond);
  const fallback = fallbackOf(request);
  throwIfCancelled(signal);
  let languageProbability: number | undefined;
  const start = await startTokens(model.files.layout, { ...request, timestamps }, async () => {
    const detected = await detectLanguage(model.decoder, await windows.first(), model.files.layout);
    languageProbability = detected.probability;
    return detected.id;
  });
  const limits = new LengthLimits(model, start.length, request);
  const seeds = seededRandom(request.seed ?? 0, 0);
  const segments: HeardSegment[] = [];
  const { onPart } = request;
  const { seconds } = recording;
  const parts =
    onPart && new TranscriptParts(model, { hasTimes: timestamps, tellsTimes: request.timestamps, seconds, onPart });
  for (const clip of clips) {
    const guard = new SeekGuard(windows.frames);
    let seek = clip.start;
    while (seek < clip.end) {
      throwIfCancelled(signal);
      const states = await windows.at(seek, clip);
      const window = windows.cutOut(seek, clip);
      const opening = [...earlier.opening, ...start];
      const config = limits.next(opening.length);
      const tellsTokens = parts !== undefined && words === undefined && !mayBeTakenBack(fallback);
      const heard = await hearWithFallback(fallback, (temperature) => {
        const drawn = atTemperature(config, temperature, Math.floor(seeds() * 2 ** 32));
        // Beams are compared until the end of a window.
        const onToken = tellsTokens && drawn.num_beams === 1 ? (id: number) => parts.push(id, window) : undefined;
        return hearWindow(model, { states, opening, config: drawn, timestamps, signal, onToken });
      });
      if (isSilent(heard, fallback)) {
        seek = guard.next(seek, window.frames);
        continue;
      }
      const cut = cutSegments(heard.ids, window);
      let { advance } = cut;
      let told: readonly HeardSegment[] = cut.segments.map((segment) => ({ ...segment, heard }));
      if (words !== undefined) {
        const sounding = Math.min(windows.frames, clip.end - seek);
        told = await words.add(told, { states, start, seek, frames: sounding });
        const next = Math.round(words.lastEnd * windows.framesPerSecond);
        if (next > seek && !endsInSingleTime(heard.ids, window)) advance = next - seek;
      }
      earlier.add(
        told.map((segment) => ({ ids: keptIds(model, segment) })),
        heard.temperature,
      );
      told = told.map((segment) => within(segment, seconds));
      segments.push(...told);
      parts?.endWindow(told);
      await parts?.taken;
      seek = guard.next(seek, advance);
    }
  }
  parts?.end();
  const spoken = new Set(model.files.layout.languages.values());
  return { start, language: start.find((id) => spoken.has(id)), languageProbability, segments };
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new ModelError("cancelled", "The transcript was no longer wanted; what there was of it is lost.");
}
