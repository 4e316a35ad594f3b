import type { ClassLabels } from "./class-labels.ts";

/** What makes scores of a classifier's numbers; `none` where the graph has made them already. */
export type ClassifierActivation = "softmax" | "sigmoid" | "none";

/** How the numbers of a graph become scores, and the sentence about it. */
export interface FoundActivation {
  readonly activation: ClassifierActivation;
  readonly finding: string;
}

/** Functions that neither give logits nor scores from 0 to 1, as far as ONNX has names for them. */
const unknown = new Set([
  ...["LogSoftmax", "Hardmax", "ArgMax", "ArgMin", "TopK", "HardSigmoid", "HardSwish", "Softplus", "Softsign", "Tanh"],
  ...["Exp", "Log", "Sqrt", "Pow", "Reciprocal", "Erf", "Sign"],
]);

/**
 * @param operator that gives the graph's output its values, where it is known
 * @returns what is wrong with the operator, as a text, for one whose values are neither logits nor scores
 */
export function classifierActivation(
  operator: string | undefined,
  { labels, problemType }: Pick<ClassLabels, "labels" | "problemType">,
): FoundActivation | string {
  if (operator === "Softmax" || operator === "Sigmoid")
    return { activation: "none", finding: `scores as the graph's ${operator} gives them` };
  if (operator !== undefined && unknown.has(operator))
    return `is what ${operator} gives, which is neither logits nor scores from 0 to 1; export the graph up to its logits, or with Softmax or Sigmoid at its end`;
  // As transformers' pipeline decides it.
  const isSigmoid = problemType === "multi_label_classification" || labels.length === 1;
  const activation = isSigmoid ? "sigmoid" : "softmax";
  return { activation, finding: activation };
}
