/** Samples of a recording in which somebody speaks, the end not included. */
export interface SpeechSpan {
  readonly start: number;
  readonly end: number;
}

/** What counts as speech. The names but for the units at their ends, and the defaults, are faster-whisper's `VadOptions`. */
export interface SpeechOptions {
  /** Frames of at least this probability are speech. */
  readonly threshold?: number | undefined;
  /** Speech ends in frames below this one; default: `threshold` less 0.15, at least 0.01. */
  readonly negThreshold?: number | undefined;
  /** Spans that are no longer are left out. */
  readonly minSpeechMs?: number | undefined;
  /** Longer spans are cut, at a silence of 98 ms if there is one. */
  readonly maxSpeechSeconds?: number | undefined;
  /** Shorter silences do not part spans. */
  readonly minSilenceMs?: number | undefined;
  /** Added to both ends of each span. */
  readonly speechPadMs?: number | undefined;
}

/** Hz and samples that every Silero works with. */
export const speechRate = 16_000;
export const frameSamples = 512;

/** Samples of silence that are heard at both ends of a span. */
export function speechPad({ speechPadMs = 400 }: SpeechOptions): number {
  return (speechRate * speechPadMs) / 1000;
}

/** In samples: a span that has become too long is cut at a silence longer than this. */
const cuttingSilence = (speechRate * 98) / 1000;

interface Thresholds {
  readonly speech: number;
  readonly silence: number;
  readonly minSpeech: number;
  readonly maxSpeech: number;
  readonly minSilence: number;
  readonly pad: number;
}

/**
 * Where somebody speaks: `get_speech_timestamps` of faster-whisper 1.2.1, from the probabilities of a recording's frames.
 * @param length of the recording in samples at `speechRate`
 */
export function speechSpans(probabilities: Float32Array, length: number, options: SpeechOptions = {}): SpeechSpan[] {
  const thresholds = thresholdsOf(options);
  return padded(unpadded(probabilities, length, thresholds), length, thresholds.pad);
}

function thresholdsOf(options: SpeechOptions): Thresholds {
  const { threshold = 0.5, minSpeechMs = 0, minSilenceMs = 2000 } = options;
  const { maxSpeechSeconds = Number.POSITIVE_INFINITY, negThreshold = Math.max(threshold - 0.15, 0.01) } = options;
  const pad = speechPad(options);
  return {
    // numpy compares float32 with a number of Python's in float32.
    speech: Math.fround(threshold),
    silence: Math.fround(negThreshold),
    minSpeech: (speechRate * minSpeechMs) / 1000,
    maxSpeech: speechRate * maxSpeechSeconds - frameSamples - 2 * pad,
    minSilence: (speechRate * minSilenceMs) / 1000,
    pad,
  };
}

/** Of the places below 0 stands for none, as in the reference. */
function unpadded(probabilities: Float32Array, length: number, limits: Thresholds): SpeechSpan[] {
  const spans: SpeechSpan[] = [];
  let start: number | undefined;
  /** Where the silence under way began. */
  let silence = 0;
  /** Where the last silence long enough to cut at began, and the speech after it. */
  let cut = 0;
  let next = 0;
  for (const [frame, probability] of probabilities.entries()) {
    const at = frame * frameSamples;
    const isSpeech = probability >= limits.speech;
    if (isSpeech && silence > 0) {
      silence = 0;
      if (next < cut) next = at;
    }
    if (isSpeech && start === undefined) {
      start = at;
      continue;
    }
    if (start !== undefined && at - start > limits.maxSpeech) {
      const isCut = cut > 0;
      spans.push({ start, end: isCut ? cut : at });
      // Speech may have come again since, and then goes on in a span of its own.
      start = isCut && next >= cut ? next : undefined;
      cut = next = silence = 0;
      if (!isCut) continue;
    }
    if (probability >= limits.silence || start === undefined) continue;
    if (silence === 0) silence = at;
    if (at - silence > cuttingSilence) cut = silence;
    if (at - silence < limits.minSilence) continue;
    if (silence - start > limits.minSpeech) spans.push({ start, end: silence });
    start = undefined;
    cut = next = silence = 0;
  }
  if (start !== undefined && length - start > limits.minSpeech) spans.push({ start, end: length });
  return spans;
}

/** Spans with something of the silence around them; a silence that is too short for two is halved. */
function padded(spans: readonly SpeechSpan[], length: number, pad: number): SpeechSpan[] {
  return spans.map(({ start, end }, i) => {
    const [before, after] = [spans[i - 1], spans[i + 1]];
    const silenceBefore = before === undefined ? Number.POSITIVE_INFINITY : start - before.end;
    const silenceAfter = after === undefined ? Number.POSITIVE_INFINITY : after.start - end;
    return {
      start: Math.trunc(Math.max(0, start - (silenceBefore < 2 * pad ? Math.floor(silenceBefore / 2) : pad))),
      end: silenceAfter < 2 * pad ? end + Math.floor(silenceAfter / 2) : Math.trunc(Math.min(length, end + pad)),
    };
  });
}
