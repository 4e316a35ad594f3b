import { describe, expect, test } from "vitest";
import { assessClothing } from "./clothing-assessment.ts";
import { clothingCategories, clothingColours, clothingLabels } from "./clothing-categories.ts";

/** Matches in which some labels have the given scores and the others share the rest. */
function matches(labels: readonly string[], scores: Readonly<Record<string, number>>) {
  for (const label of Object.keys(scores)) expect(labels).toContain(label);
  const given = Object.values(scores).reduce((a, b) => a + b, 0);
  const rest = (1 - given) / (labels.length - Object.keys(scores).length);
  return labels
    .map((label) => ({ label, score: scores[label] ?? rest, similarity: 0 }))
    .sort((a, b) => b.score - a.score);
}

describe("the table of clothes", () => {
  test("has each label once, no colours among garments, and these thresholds", () => {
    expect(new Set(clothingLabels).size).toBe(clothingLabels.length);
    expect(clothingLabels.filter((label) => clothingColours.labels.includes(label))).toEqual([]);
    const rows = [...clothingCategories, clothingColours].map(({ name, threshold }) => [name, threshold]);
    expect(Object.fromEntries(rows)).toEqual({
      suspicious: 0.25,
      delivery_branded: 0.35,
      delivery_generic: 0.3,
      utility_service: 0.35,
      casual_civilian: 0.4,
      colours: 0.35,
    });
  });
});

describe("a picture's matches", () => {
  test("are an alert where something hides the person, though another garment fits better", () => {
    const answer = assessClothing(
      matches(clothingLabels, { "a person wearing a balaclava": 0.3, "a courier's uniform": 0.5 }),
    );
    expect(answer).toMatchObject({ isSuspicious: true, isServiceUniform: false });
    expect(answer.description).toBe("Alert: a person wearing a balaclava");
    expect(answer.best?.category.name).toBe("delivery_generic");
  });

  test("are a service worker by a uniform that is sure enough, and nothing by one that is not", () => {
    const sure = assessClothing(matches(clothingLabels, { "a high-visibility vest": 0.6 }));
    expect(sure).toMatchObject({ isSuspicious: false, isServiceUniform: true });
    expect(sure.description).toBe("Service worker: a high-visibility vest");
    const low = clothingLabels.map((label) => ({
      label,
      score: label === "a FedEx uniform" ? 0.34 : 0,
      similarity: 0,
    }));
    expect(assessClothing(low)).toEqual({
      best: undefined,
      found: [],
      isSuspicious: false,
      isServiceUniform: false,
      colour: undefined,
      description: "",
    });
  });

  test("of plain clothes are described by the label, with the colour that was asked by itself", () => {
    const garments = matches(clothingLabels, { "a suit and tie": 0.8 });
    const colours = matches(clothingColours.labels, { "black clothes": 0.5 });
    expect(assessClothing(garments, colours)).toMatchObject({ description: "A suit and tie", colour: "black clothes" });
    const unsure = matches(clothingColours.labels, { "black clothes": 0.34 });
    expect(assessClothing(garments, unsure).colour).toBeUndefined();
  });
});
