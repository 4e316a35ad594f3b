import { type ClassifyImageOutput, ModelError } from "@menagerie/core";

/** What kind of pet a picture shows. */
export interface PetResult {
  /** The likeliest label; `other` where the model has labels besides cat and dog, and one of those is it. */
  readonly animal: "cat" | "dog" | "other";
  /** Score of the likeliest label, 0 to 1. */
  readonly confidence: number;
  readonly cat_score: number;
  readonly dog_score: number;
  /**
   * The animal is a cat or a dog with at least the threshold's confidence. A model that knows cats and dogs alone gives every
   * other animal to one of them, often with much confidence: ask it about what was detected as a cat or a dog, not about a fox.
   */
  readonly is_household_pet: boolean;
}

/**
 * Reads a classifier's labels as a pet. Labels are found by name (`cat`, `cats`, `Dog`), not by position.
 * @param threshold from 0 to 1: what a household pet must score
 * @throws ModelError `input_invalid` for an answer without labels of a cat and a dog: it is of another model, or was cut by `top_k`
 */
export function petResult({ labels }: ClassifyImageOutput, threshold = 0.85): PetResult {
  const cat = labels.find(({ label }) => /^\s*cats?\s*$/i.test(label));
  const dog = labels.find(({ label }) => /^\s*dogs?\s*$/i.test(label));
  const [best] = labels;
  if (cat === undefined || dog === undefined || best === undefined)
    throw new ModelError(
      "input_invalid",
      `The labels ${labels.map(({ label }) => label).join(", ")} do not name both cat and dog: the answer is of another model, or was cut off by "top_k".`,
      { details: { labels: labels.map(({ label }) => label) } },
    );
  const animal = best === cat ? "cat" : best === dog ? "dog" : "other";
  return {
    animal,
    confidence: best.score,
    cat_score: cat.score,
    dog_score: dog.score,
    is_household_pet: animal !== "other" && best.score >= threshold,
  };
}
