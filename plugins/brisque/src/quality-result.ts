import type { ScoreImageOutput } from "@menagerie/core";

export type QualityBand = "excellent" | "good" | "fair" | "poor" | "bad";

/** How good a picture is, for people. One number cannot say what is wrong with it: neither blur nor noise is told apart. */
export interface QualityResult {
  /** The model's own score, 0 for flawless and 100 for ruined; the authors' release goes beyond both. */
  readonly brisque_score: number;
  /** The other way round, 0 to 100. */
  readonly quality_score: number;
  /** By twenties of the score. */
  readonly band: QualityBand;
  /** The score reaches the threshold. */
  readonly is_low_quality: boolean;
  readonly threshold: number;
}

const bands: readonly QualityBand[] = ["excellent", "good", "fair", "poor", "bad"];

/** @param threshold of the score, from which on a picture is of low quality */
export function qualityResult({ score }: ScoreImageOutput, threshold = 40): QualityResult {
  const bounded = Math.min(Math.max(score, 0), 100);
  return {
    brisque_score: score,
    quality_score: 100 - bounded,
    band: bands[Math.min(Math.floor(bounded / 20), bands.length - 1)] ?? "bad",
    is_low_quality: score >= threshold,
    threshold,
  };
}

/** Whether a camera sees so much worse than before that it may be covered or turned away. @param drop of `quality_score` */
export function qualityDropped(before: QualityResult, after: QualityResult, drop = 30): boolean {
  return before.quality_score - after.quality_score >= drop;
}
