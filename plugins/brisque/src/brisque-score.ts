import type { RgbImage } from "@menagerie/vision";
import { brisqueFeatures, featureCount } from "./brisque-features.ts";
import { finiteScore } from "./finite-score.ts";
import type { OpencvYml } from "./opencv-yml.ts";
import { predictSvr, readSvr, type Svr } from "./svr.ts";

/** All that turns a picture into a score: the regression, and the range that each feature had in training. */
export interface BrisqueRegression {
  readonly svr: Svr;
  readonly minimum: Float32Array;
  readonly maximum: Float32Array;
}

export function readBrisqueRegression(svm: OpencvYml, range: OpencvYml): BrisqueRegression {
  const [rows, columns] = [range.number("rows"), range.number("cols")];
  if (rows !== 2 || columns !== featureCount)
    throw range.refusal("rows", `and "cols" give a table of ${rows} x ${columns}, not 2 x ${featureCount}`);
  const data = Float32Array.from(range.numbers("data", 2 * featureCount));
  const flat = data.subarray(0, featureCount).findIndex((low, i) => low === data[featureCount + i]);
  if (flat >= 0)
    throw range.refusal("data", `has no range for feature ${flat + 1}: both of its ends are ${data[flat]}`);
  return {
    svr: readSvr(svm, featureCount),
    minimum: data.subarray(0, featureCount),
    maximum: data.subarray(featureCount),
  };
}

/**
 * 0 for a flawless picture to 100 for a ruined one, as OpenCV's QualityBRISQUE gives it.
 * @throws ModelError `model_output_invalid` where the regression's numbers give none
 */
export function brisqueScore(model: BrisqueRegression, image: RgbImage): number {
  const scaled = scaleFeatures(model, brisqueFeatures(image));
  return Math.min(Math.max(finiteScore(Math.fround(predictSvr(model.svr, scaled))), 0), 100);
}

/** To -1..1 over the range seen in training, in float32; beyond it for pictures unlike those. */
function scaleFeatures({ minimum, maximum }: BrisqueRegression, features: Float32Array): Float32Array {
  const f = Math.fround;
  return features.map((value, i) => {
    const [low, high] = [minimum[i] as number, maximum[i] as number];
    return f(f(2 * f(value - low)) / f(high - low)) - 1;
  });
}
