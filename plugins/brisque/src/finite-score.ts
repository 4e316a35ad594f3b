import { ModelError } from "@menagerie/core";

/** A regression's score as it is. @throws ModelError `model_output_invalid` for one that is no number: features always are */
export function finiteScore(score: number): number {
  if (Number.isFinite(score)) return score;
  throw new ModelError(
    "model_output_invalid",
    `The regression gave ${score} instead of a score: a number in its files is too large. Fetch them again.`,
    { details: { score: String(score) } },
  );
}
