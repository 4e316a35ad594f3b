import type { LabelMatch } from "@menagerie/core";
import { type FoundCategory, findCategories } from "@menagerie/embedding";
import { type ActionCategory, type ActionRisk, actionCategories } from "./action-categories.ts";

export interface ActionAssessment {
  /** Of the worst category that was found; `undefined` where nothing is sure enough to say. */
  risk: ActionRisk | undefined;
  /** The worst category that was found, its best label and the sum of its labels' scores. */
  worst: FoundCategory<ActionCategory> | undefined;
  /** All that reach their thresholds, best first. */
  found: FoundCategory<ActionCategory>[];
}

/**
 * What a video's matches mean by categories of risk. Each category's threshold is applied to the sum of its labels' scores,
 * so the answer may be that nothing was found.
 * @param matches of `match-video` on `actionLabels`, all of them: scores of a list that `top_k` cut are too low
 */
export function assessAction(
  matches: readonly LabelMatch[],
  categories: readonly ActionCategory[] = actionCategories,
): ActionAssessment {
  const found = findCategories(matches, categories);
  const [worst] = found.toSorted((a, b) => risks.indexOf(a.category.risk) - risks.indexOf(b.category.risk));
  return { risk: worst?.category.risk, worst, found };
}

const risks: readonly ActionRisk[] = ["critical", "high", "medium", "low"];
