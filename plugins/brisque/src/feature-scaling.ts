import { type ErrorCode, ModelError } from "@menagerie/core";

/** How features are brought to one range, as libsvm's `svm-scale` brings them. */
export interface FeatureScaling {
  readonly lower: number;
  readonly upper: number;
  /** Least and greatest value of each feature in training, which become `lower` and `upper`. */
  readonly ranges: readonly (readonly [number, number])[];
}

/**
 * Reads what `svm-scale -s` writes: a line `x`, a line with `lower` and `upper`, and for each feature its number from 1 on
 * with its least and greatest value, in any order.
 * @throws ModelError of the given code, naming the file and the line
 */
export function readScaling(
  { text, file }: { readonly text: string; readonly file: string },
  featureCount: number,
  code: ErrorCode,
): FeatureScaling {
  const refuse = (what: string): never => {
    throw new ModelError(code, `${file} is not a table of ranges that BRISQUE can use: ${what}.`, {
      details: { file },
    });
  };
  const [head, bounds = "", ...lines] = text.split("\n").map((line) => line.trim());
  if (head === "y") return refuse('it scales scores too (a section "y"), which the release does not');
  if (head !== "x") return refuse(`its first line is "${head}", "x" was expected`);
  const [lower, upper, ...surplus] = bounds.split(/\s+/).map(Number);
  if (!isFinitePair(lower, upper) || surplus.length > 0 || lower === upper)
    return refuse(`its second line is "${bounds}", two numbers were expected`);
  const ranges = new Map<number, readonly [number, number]>();
  for (const line of lines.filter((one) => one !== "")) {
    const [index = 0, low, high, ...more] = line.split(/\s+/).map(Number);
    if (!isFinitePair(low, high) || more.length > 0 || low === high)
      return refuse(`the line "${line}" is not a number of a feature with its least and greatest value`);
    ranges.set(index, [low as number, high as number]);
  }
  const all = Array.from({ length: featureCount }, (_, i) => ranges.get(i + 1) ?? refuse(`it has no feature ${i + 1}`));
  if (ranges.size !== featureCount) return refuse(`it has ${ranges.size} features, ${featureCount} were expected`);
  return { lower: lower as number, upper: upper as number, ranges: all };
}

function isFinitePair(low: number | undefined, high: number | undefined): boolean {
  return Number.isFinite(low) && Number.isFinite(high);
}
