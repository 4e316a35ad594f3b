import type { OpencvYml } from "./opencv-yml.ts";

/** A support vector regression with a radial basis kernel, as OpenCV's `ml::SVM` stores it. */
export interface Svr {
  readonly gamma: number;
  readonly rho: number;
  /** One weight per support vector. */
  readonly alpha: Float64Array;
  /** Support vectors, `featureCount` numbers each, one after the other. */
  readonly vectors: Float32Array;
  readonly featureCount: number;
}

/** @throws the file's own error, naming the key that is missing or not what a regression with an RBF kernel has. */
export function readSvr(file: OpencvYml, featureCount: number): Svr {
  // Both kinds of regression predict alike; they are trained to another aim.
  for (const [key, ...known] of [
    ["svmType", "EPS_SVR", "NU_SVR"],
    ["type", "RBF"],
  ] as const) {
    const found = file.word(key);
    if (!known.some((one) => one === found))
      throw file.refusal(key, `is ${found}; this model is read only as ${known.join(" or ")}`);
  }
  const variables = file.number("var_count");
  if (variables !== featureCount)
    throw file.refusal("var_count", `is ${variables}, but there are ${featureCount} features`);
  const count = file.number("sv_total");
  const used = file.number("sv_count");
  if (used !== count) throw file.refusal("sv_count", `is ${used}, but sv_total is ${count}`);
  return {
    gamma: file.number("gamma"),
    rho: file.number("rho"),
    alpha: Float64Array.from(file.numbers("alpha", count)),
    vectors: file.matrix("support_vectors", count, featureCount),
    featureCount,
  };
}

/** sum of alpha_i exp(-gamma |x - v_i|^2), less rho; distances in double and kernels in float32, as OpenCV has them. */
export function predictSvr({ gamma, rho, alpha, vectors, featureCount }: Svr, features: Float32Array): number {
  let sum = -rho;
  for (let i = 0; i < alpha.length; i++) {
    let distance = 0;
    for (let k = 0; k < featureCount; k++) {
      distance += Math.fround((features[k] as number) - (vectors[i * featureCount + k] as number)) ** 2;
    }
    sum += (alpha[i] as number) * Math.fround(Math.exp(Math.fround(-gamma * distance)));
  }
  return sum;
}
