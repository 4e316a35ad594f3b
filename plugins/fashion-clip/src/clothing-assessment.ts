import type { LabelMatch } from "@menagerie/core";
import { type FoundCategory, findCategories } from "@menagerie/embedding";
import { type ClothingCategory, clothingCategories, clothingColours } from "./clothing-categories.ts";

export interface ClothingAssessment {
  /** The category that fits best, its best label and the sum of its labels' scores; `undefined` where none is sure enough. */
  best: FoundCategory<ClothingCategory> | undefined;
  /** All that reach their thresholds, best first. */
  found: FoundCategory<ClothingCategory>[];
  /** Something that hides a person was found, whatever else was. */
  isSuspicious: boolean;
  /** A uniform of a delivery or a service was found, and nothing suspicious. */
  isServiceUniform: boolean;
  /** Label of the colour, where colours were asked and one is sure enough. */
  colour: string | undefined;
  /** A sentence for a log; empty where nothing is sure enough. */
  description: string;
}

/**
 * What a person's clothes say, from the matches of one picture. Each category's threshold is applied to the sum of its labels'
 * scores, that of colours to the best of them.
 * @param garments matches on `clothingLabels`, all of them: scores of a list that `top_k` cut are too low
 * @param colours matches on the labels of `clothingColours`, asked by themselves
 */
export function assessClothing(
  garments: readonly LabelMatch[],
  colours: readonly LabelMatch[] = [],
): ClothingAssessment {
  const found = findCategories(garments, clothingCategories);
  const suspicious = found.find(({ category }) => category.name === "suspicious");
  const service = found.find(({ category }) => uniforms.includes(category.name));
  const [best] = found;
  const [colour] = colours
    .filter(({ label, score }) => clothingColours.labels.includes(label) && score >= clothingColours.threshold)
    .toSorted((a, b) => b.score - a.score);
  return {
    best,
    found,
    isSuspicious: suspicious !== undefined,
    isServiceUniform: service !== undefined && suspicious === undefined,
    colour: colour?.label,
    description: describe(suspicious, service, best),
  };
}

const uniforms: readonly ClothingCategory["name"][] = ["delivery_branded", "delivery_generic", "utility_service"];

type Found = FoundCategory<ClothingCategory> | undefined;

function describe(suspicious: Found, service: Found, best: Found): string {
  if (suspicious !== undefined) return `Alert: ${suspicious.label}`;
  if (service !== undefined) return `Service worker: ${service.label}`;
  const label = best?.label ?? "";
  return label.charAt(0).toUpperCase() + label.slice(1);
}
