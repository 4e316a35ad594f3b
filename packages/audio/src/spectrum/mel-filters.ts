import { ModelError } from "@menagerie/core";
import { hertzToMel, type MelScale, melToHertz } from "./mel-scale.ts";

export interface MelFilterOptions {
  readonly melCount: number;
  /** Bins of the spectrum, `fftSize / 2 + 1`. */
  readonly binCount: number;
  /** In Hz. */
  readonly minFrequency: number;
  /** In Hz. */
  readonly maxFrequency: number;
  /** In Hz. */
  readonly sampleRate: number;
  readonly scale: MelScale;
  /**
   * `triangles` reach from the centre of the filter before to that of the filter after; `slaney-triangles` are divided
   * by half their width in Hz, so that each has the same area; `speechbrain` ones are as wide on the right as on the left.
   */
  readonly shape: "triangles" | "slaney-triangles" | "speechbrain";
}

/** A bank of filters of which each covers few bins: only these have weights. */
export interface MelFilters {
  readonly melCount: number;
  readonly binCount: number;
  /** First bin of each filter, `[melCount]` */
  readonly firstBin: Int32Array;
  /** Where each filter's weights begin, and last where they all end, `[melCount + 1]` */
  readonly offsets: Int32Array;
  /** float64 */
  readonly weights: Float64Array;
}

/**
 * Filters as `transformers.audio_utils.mel_filter_bank` and librosa make them, or as SpeechBrain's `Filterbank` does.
 * The highest bin lies at half the sample rate, rounded down to a whole Hz, as both have it.
 *
 * @throws ModelError `model_spec_invalid` for counts and frequencies that make no bank.
 */
export function melFilters(options: MelFilterOptions): MelFilters {
  checkOptions(options);
  const { melCount, binCount, sampleRate } = options;
  const edges = filterEdges(options);
  const binWidth = Math.floor(sampleRate / 2) / (binCount - 1);
  const firstBin = new Int32Array(melCount);
  const offsets = new Int32Array(melCount + 1);
  const weights: number[] = [];
  for (let mel = 0; mel < melCount; mel++) {
    const [left, centre, right] = edges.slice(mel, mel + 3) as [number, number, number];
    const fall = options.shape === "speechbrain" ? centre - left : right - centre;
    const scale = options.shape === "slaney-triangles" ? 2 / (right - left) : 1;
    let isEmpty = true;
    for (let bin = 0; bin < binCount; bin++) {
      const distance = bin * binWidth - centre;
      const weight = Math.min(distance / (centre - left), -distance / fall) + 1;
      if (!(weight > 0)) continue;
      if (isEmpty) firstBin[mel] = bin;
      isEmpty = false;
      weights.push(weight * scale);
    }
    offsets[mel + 1] = weights.length;
  }
  return { melCount, binCount, firstBin, offsets, weights: Float64Array.from(weights) };
}

/** Centres of the filters in Hz, with the one before the first and the one after the last. */
function filterEdges({ melCount, minFrequency, maxFrequency, scale }: MelFilterOptions): number[] {
  const lowest = hertzToMel(minFrequency, scale);
  const step = (hertzToMel(maxFrequency, scale) - lowest) / (melCount + 1);
  return Array.from({ length: melCount + 2 }, (_, i) => melToHertz(lowest + i * step, scale));
}

function checkOptions({ melCount, binCount, minFrequency, maxFrequency, sampleRate }: MelFilterOptions): void {
  const areCounts = [melCount, binCount, sampleRate].every((count) => Number.isInteger(count) && count > 0);
  const isRange = minFrequency >= 0 && maxFrequency > minFrequency && maxFrequency < Number.POSITIVE_INFINITY;
  if (areCounts && isRange && binCount >= 2 && melCount <= 4096 && binCount <= 2 ** 21 + 1) return;
  throw new ModelError(
    "model_spec_invalid",
    `No mel filters can be made of ${melCount} mels, ${binCount} bins, ${minFrequency} to ${maxFrequency} Hz at a sample rate of ` +
      `${sampleRate} Hz: counts and rates are whole and above 0, and the range is not empty.`,
    { details: { melCount, binCount, minFrequency, maxFrequency, sampleRate } },
  );
}
