import { clipsOf } from "./clips.ts";
import { type DetectedLanguage, detectLanguages } from "./detect-language.ts";
import { EarlierText, type ShownText } from "./earlier-text.ts";
import type { FallbackWanted } from "./fallback.ts";
import type { HeardRecording } from "./hear-recording.ts";
import { type HeardSegment, Hearing } from "./hearing.ts";
import type { LengthWanted } from "./length-limits.ts";
import { SeekGuard } from "./seek-guard.ts";
import { type Question, startTokens } from "./start-tokens.ts";
import { throwIfCancelled } from "./throw-if-cancelled.ts";
import { type PartsWanted, TranscriptParts } from "./transcript-parts.ts";
import type { WhisperModel } from "./whisper-model.ts";
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
  const { layout } = model.files;
  const windows = new Windows(model, recording);
  const timestamps = request.timestamps || recording.features.frames > windows.frames;
  const words = request.words ? new WordTimes(model) : undefined;
  const earlier = new EarlierText(model, request);
  const { isSilent } = recording;
  const clips = isSilent ? [] : clipsOf(request.clipTimestamps, recording.frames, windows.framesPerSecond);
  throwIfCancelled(request.signal);
  let detected: DetectedLanguage | undefined;
  const start = await startTokens(layout, { ...request, timestamps }, async () => {
    // Where nobody speaks there is no language, and the start stands for none.
    if (isSilent) return layout.startOfTranscript;
    [detected] = await detectLanguages(model.decoder, await windows.first(), layout);
    return (detected as DetectedLanguage).id;
  });
  const { onPart } = request;
  const { timeline } = recording;
  const wanted = onPart && { hasTimes: timestamps, tellsTimes: request.timestamps, timeline, onPart };
  const told = wanted && new TranscriptParts(model, wanted);
  const hearing = new Hearing({ model, windows, request, start, timestamps, timeline, earlier, words, told });
  for (const clip of clips) {
    const guard = new SeekGuard(windows.frames);
    for (let seek = clip.start; seek < clip.end; ) {
      throwIfCancelled(request.signal);
      seek = guard.next(seek, await hearing.hear(seek, clip));
    }
  }
  told?.end();
  const spoken = new Set(layout.languages.values());
  const language = start.find((id) => spoken.has(id));
  return { start, language, languageProbability: detected?.probability, segments: hearing.segments };
}
