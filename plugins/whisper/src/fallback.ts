import type { WindowText } from "./window-text.ts";

/** When a window is heard anew at a higher temperature, and when it is silent: the thresholds of openai/whisper's `transcribe`. */
export interface Fallback {
  /** Tried in this order until a text misses no threshold; the last one's text is taken as it is. */
  readonly temperatures: readonly number[];
  /** Undefined thresholds are never missed. */
  readonly compressionRatioThreshold: number | undefined;
  readonly logprobThreshold: number | undefined;
  readonly noSpeechThreshold: number | undefined;
}

/** What a caller says of it. */
export interface FallbackWanted {
  readonly temperatures?: readonly number[] | undefined;
  readonly compressionRatioThreshold?: number | undefined;
  readonly logprobThreshold?: number | undefined;
  readonly noSpeechThreshold?: number | undefined;
}

/** openai/whisper's own thresholds. */
const usual = { compressionRatioThreshold: 2.4, logprobThreshold: -1, noSpeechThreshold: 0.6 };

/** Who names several temperatures wants them used: thresholds that are left out are then openai/whisper's. */
export function fallbackOf(wanted: FallbackWanted): Fallback {
  const temperatures = wanted.temperatures ?? [0];
  const left: Partial<typeof usual> = temperatures.length > 1 ? usual : {};
  return {
    temperatures,
    compressionRatioThreshold: wanted.compressionRatioThreshold ?? left.compressionRatioThreshold,
    logprobThreshold: wanted.logprobThreshold ?? left.logprobThreshold,
    noSpeechThreshold: wanted.noSpeechThreshold ?? left.noSpeechThreshold,
  };
}

/** Whether a window's text may be taken back once it is whole. */
export function mayBeTakenBack({ temperatures, noSpeechThreshold }: Fallback): boolean {
  return temperatures.length > 1 || noSpeechThreshold !== undefined;
}

/** Hears a window at one temperature after the other, as `decode_with_fallback` does. */
export async function hearWithFallback(
  fallback: Fallback,
  hear: (temperature: number) => Promise<WindowText>,
): Promise<WindowText> {
  const [first = 0, ...higher] = fallback.temperatures;
  let text = await hear(first);
  for (const temperature of higher) {
    if (!needsFallback(text, fallback)) break;
    text = await hear(temperature);
  }
  return text;
}

function needsFallback(
  { compressionRatio, avgLogprob, noSpeechProb }: WindowText,
  { compressionRatioThreshold, logprobThreshold, noSpeechThreshold }: Fallback,
): boolean {
  const isUnlikely = logprobThreshold !== undefined && avgLogprob < logprobThreshold;
  // Silence is no reason to try again.
  if (isUnlikely && noSpeechThreshold !== undefined && noSpeechProb > noSpeechThreshold) return false;
  return isUnlikely || (compressionRatioThreshold !== undefined && compressionRatio > compressionRatioThreshold);
}

/** Whether nobody speaks in a window: a likely text is one nevertheless. */
export function isSilent(
  { noSpeechProb, avgLogprob }: WindowText,
  { noSpeechThreshold, logprobThreshold }: Fallback,
): boolean {
  if (noSpeechThreshold === undefined || noSpeechProb <= noSpeechThreshold) return false;
  return logprobThreshold === undefined || avgLogprob <= logprobThreshold;
}
