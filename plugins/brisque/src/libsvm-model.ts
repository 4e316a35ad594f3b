import { type ErrorCode, ModelError } from "@menagerie/core";

/** An epsilon-SVR with an RBF kernel as libsvm's `svm-save` writes it. */
export interface LibsvmModel {
  readonly gamma: number;
  readonly rho: number;
  readonly coefficients: Float64Array;
  /** `featureCount` numbers each, one vector after the other. */
  readonly vectors: Float64Array;
}

/** @throws ModelError of the given code, naming the file and the line that does not fit */
export function readLibsvm(text: string, file: string, featureCount: number, code: ErrorCode): LibsvmModel {
  const refuse = (what: string): never => {
    throw new ModelError(code, `${file} is not a libsvm regression that BRISQUE can use: ${what}.`, {
      details: { file },
    });
  };
  const [head = "", body] = text.split(/^SV\s*$/m, 2);
  if (body === undefined) return refuse('there is no line "SV"');
  const header = new Map(
    head
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => [line.split(" ")[0] ?? "", line.trim().split(" ").slice(1).join(" ")]),
  );
  for (const [key, expected] of [
    ["svm_type", "epsilon_svr"],
    ["kernel_type", "rbf"],
  ] as const)
    if (header.get(key) !== expected) refuse(`"${key}" is ${header.get(key) ?? "missing"}, ${expected} was expected`);
  const number = (key: string): number => {
    const value = Number(header.get(key) ?? Number.NaN);
    return Number.isFinite(value) ? value : refuse(`"${key}" is ${header.get(key) ?? "missing"}, no number`);
  };
  const lines = body.split("\n").filter((line) => line.trim() !== "");
  if (lines.length !== number("total_sv"))
    refuse(`there are ${lines.length} vectors, total_sv says ${number("total_sv")}`);
  const vectors = new Float64Array(lines.length * featureCount);
  const coefficients = Float64Array.from(lines, (line, row) => {
    const [coefficient = "", ...pairs] = line.trim().split(/\s+/);
    for (const pair of pairs) {
      const [index, value] = pair.split(":").map(Number) as [number, number];
      if (!(index >= 1 && index <= featureCount) || !Number.isFinite(value))
        refuse(`vector ${row + 1} has "${pair}", indices go from 1 to ${featureCount}`);
      vectors[row * featureCount + index - 1] = value;
    }
    const value = Number(coefficient);
    return Number.isFinite(value) ? value : refuse(`vector ${row + 1} begins with "${coefficient}", no number`);
  });
  return { gamma: number("gamma"), rho: number("rho"), coefficients, vectors };
}

/** sum of c_i exp(-gamma |x - v_i|^2), less rho */
export function predictLibsvm({ gamma, rho, coefficients, vectors }: LibsvmModel, features: Float64Array): number {
  let sum = -rho;
  for (const [i, coefficient] of coefficients.entries()) {
    let distance = 0;
    for (const [k, feature] of features.entries())
      distance += (feature - (vectors[i * features.length + k] as number)) ** 2;
    sum += coefficient * Math.exp(-gamma * distance);
  }
  return sum;
}
