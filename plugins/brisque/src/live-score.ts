import type { ErrorCode } from "@menagerie/core";
import type { RgbImage } from "@menagerie/vision";
import { type FeatureScaling, readScaling } from "./feature-scaling.ts";
import { finiteScore } from "./finite-score.ts";
import { type LibsvmModel, predictLibsvm, readLibsvm } from "./libsvm-model.ts";
import { liveFeatures } from "./live-features.ts";

/** The authors' release: a libsvm regression, and the range that each feature had in training. */
export interface LiveRegression {
  readonly svr: LibsvmModel;
  readonly scaling: FeatureScaling;
}

/**
 * @param range the file `allrange` of the release (libsvm's `svm-scale` wrote it); its numbers are known, so it may be left out
 * @throws ModelError of the given code, naming the file
 */
export function readLiveRegression(
  model: { readonly text: string; readonly file: string },
  range: { readonly text: string; readonly file: string } | undefined,
  code: ErrorCode,
): LiveRegression {
  const svr = readLibsvm(model.text, model.file, liveRanges.length, code);
  const release: FeatureScaling = { lower: -1, upper: 1, ranges: liveRanges };
  return { svr, scaling: range === undefined ? release : readScaling(range, liveRanges.length, code) };
}

/** About 0 for a flawless picture and 100 for a ruined one; not clipped to either, as the release does not. @throws ModelError `model_output_invalid` */
export function liveScore({ svr, scaling: { lower, upper, ranges } }: LiveRegression, image: RgbImage): number {
  const scaled = liveFeatures(image).map((value, i) => {
    const [low, high] = ranges[i] as readonly [number, number];
    return lower + ((upper - lower) * (value - low)) / (high - low);
  });
  return finiteScore(predictLibsvm(svr, scaled));
}

/** Least and greatest value of each feature in training, from the release of Mittal, Moorthy and Bovik. */
const liveRanges: readonly (readonly [number, number])[] = [
  [0.338, 10],
  [0.017204, 0.806612],
  [0.236, 1.642],
  [-0.123884, 0.20293],
  [0.000155, 0.712298],
  [0.001122, 0.470257],
  [0.244, 1.641],
  [-0.123586, 0.179083],
  [0.000152, 0.710456],
  [0.000975, 0.470984],
  [0.249, 1.555],
  [-0.135687, 0.100858],
  [0.000174, 0.684173],
  [0.000913, 0.534174],
  [0.258, 1.561],
  [-0.143408, 0.100486],
  [0.000179, 0.685696],
  [0.000888, 0.536508],
  [0.471, 3.264],
  [0.012809, 0.703171],
  [0.218, 1.046],
  [-0.094876, 0.187459],
  [0.000015, 0.442057],
  [0.001272, 0.40803],
  [0.222, 1.042],
  [-0.115772, 0.162604],
  [0.000016, 0.444362],
  [0.001374, 0.40243],
  [0.227, 0.996],
  [-0.117188, 0.098323],
  [0.00003, 0.531903],
  [0.001122, 0.369589],
  [0.228, 0.99],
  [-0.12243, 0.098658],
  [0.000028, 0.530092],
  [0.001118, 0.370399],
];
