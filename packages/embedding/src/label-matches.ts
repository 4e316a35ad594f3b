import { type LabelMatch, type MatchImageOutput, ModelError, type ModelSpec } from "@menagerie/core";
import { softmax } from "@menagerie/core/loader";

/** What a caller says of the labels to match. */
export interface LabelChoice {
  readonly labels?: readonly string[] | undefined;
  /** Sentence around each label, `{}` standing for it. */
  readonly template?: string | undefined;
  readonly top_k?: number | undefined;
}

/**
 * The labels to match, the model's own where the caller names none, and each in its sentence.
 * @param template the model's, where the caller has none
 * @throws ModelError `input_invalid` where neither has labels
 */
export function labelSentences(
  spec: ModelSpec,
  choice: LabelChoice,
  template: string,
): { labels: readonly string[]; sentences: readonly string[] } {
  const labels = choice.labels ?? spec.labels ?? [];
  if (labels.length === 0)
    throw new ModelError(
      "input_invalid",
      `${spec.model_name} has no labels of its own: say which to match, as "labels".`,
      { model: spec.model_name },
    );
  const sentence = choice.template ?? template;
  return { labels, sentences: labels.map((label) => sentence.replaceAll("{}", () => label)) };
}

/** @param values one logit for each label, and the cosine that it comes from. @returns the best first, `top_k` of them */
export function rankLabels(
  labels: readonly string[],
  values: { readonly logits: readonly number[]; readonly similarity: readonly number[] },
  top_k: number | undefined,
): LabelMatch[] {
  const { logits, similarity } = values;
  return ranked(logits, top_k, (i, score) => ({ label: labels[i] ?? "", score, similarity: similarity[i] ?? 0 }));
}

/**
 * Softmax both ways round: over the labels for each picture, and over the pictures for each label that the caller named.
 * @param similarity cosines `[pictures][labels]`
 * @param scale factor of the cosine before the softmax
 */
export function matchBothWays(
  similarity: readonly (readonly number[])[],
  labels: readonly string[],
  scale: number,
  choice: LabelChoice,
): MatchImageOutput {
  const logits = (cosines: readonly number[]): number[] => cosines.map((cosine) => cosine * scale);
  return {
    per_image: similarity.map((row, image) => ({
      image,
      matches: rankLabels(labels, { logits: logits(row), similarity: row }, choice.top_k),
    })),
    // Nobody asks which of the pictures fits best to each of the model's own thousand labels.
    per_label: (choice.labels ?? []).map((label, i) => {
      const column = similarity.map((row) => row[i] ?? 0);
      const match = (image: number, score: number) => ({ image, score, similarity: column[image] ?? 0 });
      return { label, matches: ranked(logits(column), choice.top_k, match) };
    }),
  };
}

function ranked<Match extends { score: number }>(
  logits: readonly number[],
  top_k: number | undefined,
  match: (i: number, score: number) => Match,
): Match[] {
  const matches = softmax(logits).map((score, i) => match(i, score));
  return matches.sort((a, b) => b.score - a.score).slice(0, top_k);
}
