import { expect, test } from "vitest";
import {
  deliveryLabels,
  labelsOfPriority,
  securityCategories,
  securityCategoryOf,
  securityFindings,
  securityLabels,
  securityQuestion,
  threatLabels,
} from "./security-categories.ts";

const found = (label: string, score: number) => ({ label, score, box: { x1: 0, y1: 0, x2: 1, y2: 1 } });

test("no label stands in two categories, so none competes with itself", () => {
  const labels = securityCategories.flatMap((category) => category.labels);
  expect(new Set(labels).size).toBe(labels.length);
  expect(securityLabels()).toEqual(labels);
});

test("the question's threshold is the least of its categories, so that none is hidden", () => {
  const image = new Uint8Array(1);
  expect(securityQuestion(image)).toEqual({ image, labels: securityLabels(), threshold: 0.2 });
  const animals = securityCategories.filter(({ name }) => name === "animals");
  expect(securityQuestion(image, animals)).toMatchObject({ threshold: 0.45, labels: animals[0]?.labels });
});

test("each finding has reached its category's own threshold, the most pressing first", () => {
  const objects = [
    found("dog", 0.44),
    found("cat", 0.46),
    found("person", 0.36),
    found("person", 0.9),
    found("knife", 0.21),
    found("crowbar", 0.24),
    found("crowbar", 0.26),
    found("unicorn", 0.99),
  ];
  expect(
    securityFindings(objects).map(({ label, score, category, priority }) => [label, score, category, priority]),
  ).toEqual([
    ["knife", 0.21, "weapons", "critical"],
    ["crowbar", 0.26, "suspicious_items", "high"],
    ["person", 0.9, "people", "medium"],
    ["person", 0.36, "people", "medium"],
    ["cat", 0.46, "animals", "low"],
  ]);
});

test("labels by priority, threats and deliveries", () => {
  expect(labelsOfPriority("critical")).toContain("knife");
  expect(threatLabels()).toEqual([...labelsOfPriority("critical"), ...labelsOfPriority("high")]);
  expect(deliveryLabels()).toEqual(expect.arrayContaining(["cardboard box", "courier"]));
  expect(securityCategoryOf("courier")?.name).toBe("people");
  expect(securityCategoryOf("unicorn")).toBeUndefined();
});
