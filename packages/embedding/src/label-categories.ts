import type { LabelMatch } from "@menagerie/core";

/** Labels that mean one thing to whoever acts on it. */
export interface LabelCategory {
  readonly name: string;
  /** The least sum of its labels' scores at which the category is found. */
  readonly threshold: number;
  readonly labels: readonly string[];
}

export interface FoundCategory<Category extends LabelCategory> {
  category: Category;
  /** Sum of its labels' scores, 0 to 1. Unlike the best of them it does not fall as a category gets more synonyms. */
  score: number;
  /** Its best label. */
  label: string;
}

/**
 * The categories whose labels reach their threshold, best first; none where nothing is sure enough.
 * @param matches scores of all labels that were asked, one softmax; labels of no category count as none
 */
export function findCategories<Category extends LabelCategory>(
  matches: readonly LabelMatch[],
  categories: readonly Category[],
): FoundCategory<Category>[] {
  return categories
    .flatMap((category) => {
      const own = matches.filter(({ label }) => category.labels.includes(label));
      const score = own.reduce((sum, match) => sum + match.score, 0);
      const [best] = own.toSorted((a, b) => b.score - a.score);
      return best !== undefined && score >= category.threshold ? [{ category, score, label: best.label }] : [];
    })
    .sort((a, b) => b.score - a.score);
}
