import { type ClassifyImageOutput, ModelError } from "@menagerie/core";

/** Whether a picture shows violence. */
export interface ViolenceResult {
  /** `violent_score` reaches the threshold. */
  readonly is_violent: boolean;
  /** Score of what `is_violent` says. */
  readonly confidence: number;
  readonly violent_score: number;
  readonly non_violent_score: number;
  readonly threshold: number;
}

/**
 * Reads a classifier's two labels as violence. They are found by name, in any order: `Violence` and `NonViolence`, `violent`
 * and `safe`. The model saw single frames of videos: one frame is a weak sign, so watch several and raise the threshold.
 * @param threshold from 0 to 1, 0.5 being what is likelier
 * @throws ModelError `input_invalid` for labels of which not exactly one is violence and one is not
 */
export function violenceResult({ labels }: ClassifyImageOutput, threshold = 0.5): ViolenceResult {
  const calm = labels.filter(({ label }) => isPeaceful(label));
  const violent = labels.filter(
    ({ label }) => !isPeaceful(label) && wordsOf(label).some((word) => /^(violen|fight)/.test(word)),
  );
  const [no, yes] = [calm[0], violent[0]];
  if (no === undefined || yes === undefined || labels.length !== 2)
    throw new ModelError(
      "input_invalid",
      `The labels ${labels.map(({ label }) => label).join(", ")} are not one for violence and one for none: the answer is of another model, or was cut off by "top_k".`,
      { details: { labels: labels.map(({ label }) => label) } },
    );
  const isViolent = yes.score >= threshold;
  return {
    is_violent: isViolent,
    confidence: isViolent ? yes.score : no.score,
    violent_score: yes.score,
    non_violent_score: no.score,
    threshold,
  };
}

const peaceful = new Set(["no", "non", "not", "none", "safe", "normal", "peace", "peaceful", "calm", "neutral"]);

/** `NonViolence` names violence too, so what denies it is looked for first; `unsafe` and `abnormal` deny nothing. */
function isPeaceful(label: string): boolean {
  return wordsOf(label).some((word) => peaceful.has(word) || /^non?(?=violen|fight)/.test(word));
}

/** `NonViolent_scene` is three words. */
function wordsOf(label: string): string[] {
  const words = label.replaceAll(/(\p{Ll})(\p{Lu})/gu, "$1 $2").toLowerCase();
  return words.split(/[^\p{L}]+/u).filter((word) => word !== "");
}
