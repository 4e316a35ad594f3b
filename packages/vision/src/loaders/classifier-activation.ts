import type { ClassLabels } from "./class-labels.ts";

/** What makes scores of a classifier's numbers; `none` where the graph has made them already. */
export type ClassifierActivation = "softmax" | "sigmoid" | "none";

/** What gives an output its values, as the engine's kit tells it. */
export interface ScoreOrigin {
  /** The operator that decides it, or that is not understood. */
  readonly operator: string;
  /** `distribution` for scores that sum to 1, `scores` for others from 0 to 1. */
  readonly gives: "logits" | "distribution" | "scores" | "unknown";
}

/** How the numbers of a graph become scores, and the sentence about it. */
export interface FoundActivation {
  readonly activation: ClassifierActivation;
  /** True where the scores of one picture must sum to 1. */
  readonly sumsToOne?: boolean;
  readonly finding: string;
}

/** Functions that neither give logits nor scores from 0 to 1, as far as ONNX has names for them. */
const neither = new Set([
  ...["LogSoftmax", "Hardmax", "ArgMax", "ArgMin", "TopK", "HardSwish", "Softplus", "Softsign", "Tanh"],
  ...["Exp", "Log", "Sqrt", "Pow", "Reciprocal", "Erf", "Sign"],
]);

/** Of these, the ones that keep nothing of how much each label fits. */
const counting = new Set(["Hardmax", "ArgMax", "ArgMin", "TopK", "Sign"]);

/**
 * @param origin of the graph's output, where it was looked for
 * @param chosen what the person who adopts has said, which counts before it
 * @returns what is wrong with the graph, as a text, where its values are neither logits nor scores, or nobody knows
 */
export function classifierActivation(
  origin: ScoreOrigin | undefined,
  { labels, problemType }: Pick<ClassLabels, "labels" | "problemType">,
  chosen?: ClassifierActivation | undefined,
): FoundActivation | string {
  if (chosen !== undefined) return ofChoice(origin, chosen);
  if (origin?.gives === "unknown") return problemOf(origin.operator);
  if (origin?.gives === "scores" || origin?.gives === "distribution")
    return {
      activation: "none",
      sumsToOne: origin.gives === "distribution",
      finding: `scores as the graph's ${origin.operator} gives them`,
    };
  // As transformers' pipeline decides it.
  const isSigmoid = problemType === "multi_label_classification" || labels.length === 1;
  const activation = isSigmoid ? "sigmoid" : "softmax";
  return { activation, finding: activation };
}

/** What the person has said counts, unless it would make scores of scores, or of what holds none. */
function ofChoice(origin: ScoreOrigin | undefined, chosen: ClassifierActivation): FoundActivation | string {
  const { operator = "", gives = "logits" } = origin ?? {};
  const isScores = gives === "scores" || gives === "distribution" || operator.startsWith(overPictures);
  if (isScores && chosen !== "none")
    return `is what ${operator} gives, which is scores already: ${chosen} would be applied to them once more. Leave --activation out, or export the graph up to its logits`;
  if (gives === "unknown" && counting.has(operator)) return problemOf(operator);
  // A softmax of logarithms of scores that sum to 1 gives these scores again.
  if (operator === "LogSoftmax" && chosen !== "softmax") return problemOf(operator);
  return { activation: chosen, finding: chosen === "none" ? "scores as the graph gives them (--activation)" : chosen };
}

const overPictures = "Softmax over the pictures";

function problemOf(operator: string): string {
  if (operator === "LogSoftmax")
    return `is what ${operator} gives, the logarithms of scores. Name --activation softmax, which makes the scores of them, or export the graph up to its logits`;
  const way = "export the graph up to its logits, or with Softmax or Sigmoid at its end";
  if (operator.startsWith(overPictures))
    return `is what ${operator} gives, so that scores depend on how many pictures are asked about; export it with Softmax over the labels (axis 1), or up to its logits`;
  if (neither.has(operator)) return `is what ${operator} gives, which is neither logits nor scores from 0 to 1; ${way}`;
  return `is what ${operator} gives, of which it cannot be told whether it is logits or scores; ${way}, or name what makes scores of it: --activation softmax, sigmoid, or none where it is scores`;
}
