import type { ModelSpec } from "@menagerie/core";
import { softmax } from "@menagerie/core/loader";
import fc from "fast-check";
import { expect, test } from "vitest";
import { findCategories } from "./label-categories.ts";
import { labelSentences, matchBothWays, rankLabels } from "./label-matches.ts";
import { dot, unitRows } from "./vectors.ts";

test("softmax does not overflow, however large or many its values", () => {
  expect(softmax([1000, 1000])).toEqual([0.5, 0.5]);
  expect(softmax(new Array(200_000).fill(3))[7]).toBeCloseTo(1 / 200_000, 12);
  expect(softmax([])).toEqual([]);
});

test("rows come out at unit length", () => {
  const rows = unitRows(Float32Array.of(3, 4, 0, -2), 2);
  expect(rows.map((row) => [...row])).toEqual([
    [0.6, 0.8],
    [0, -1],
  ]);
  expect(dot(rows[0] as Float64Array, rows[1] as Float64Array)).toBeCloseTo(-0.8, 12);
});

test("labels stand in the caller's sentence, else in the model's, and signs of replacement in them are letters", () => {
  const spec = { model_name: "m", labels: ["own"] } as unknown as ModelSpec;
  expect(labelSentences(spec, {}, "a {}, {}")).toEqual({ labels: ["own"], sentences: ["a own, own"] });
  expect(labelSentences(spec, { labels: ["$&"], template: "<{}>" }, "{}").sentences).toEqual(["<$&>"]);
  expect(() => labelSentences({ model_name: "m" } as ModelSpec, {}, "{}")).toThrow("m has no labels of its own");
});

test("both ways round the scores of each ranking sum to 1 and fall", () => {
  const cosine = fc.double({ min: -1, max: 1, noNaN: true });
  const table = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 }))
    .chain(([images, labels]) =>
      fc.array(fc.array(cosine, { minLength: labels, maxLength: labels }), { minLength: images, maxLength: images }),
    );
  fc.assert(
    fc.property(table, fc.double({ min: 0.1, max: 100, noNaN: true }), (similarity, scale) => {
      const labels = (similarity[0] ?? []).map((_, i) => `label ${i}`);
      const { per_image, per_label } = matchBothWays(similarity, labels, scale, { labels });
      expect([per_image.length, per_label.length]).toEqual([similarity.length, labels.length]);
      for (const { matches } of [...per_image, ...per_label]) {
        const scores = matches.map(({ score }) => score);
        expect(scores.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
        expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      }
    }),
  );
});

test("the best are kept, and a model's own labels are not searched", () => {
  const ranked = rankLabels(["a", "b", "c"], { logits: [0, 2, 1], similarity: [0, 0.2, 0.1] }, 2);
  expect(ranked.map(({ label, similarity }) => [label, similarity])).toEqual([
    ["b", 0.2],
    ["c", 0.1],
  ]);
  expect(matchBothWays([[1, 0]], ["a", "b"], 1, {}).per_label).toEqual([]);
});

test("a category is found by the sum of its labels, at its threshold and not below", () => {
  const matches = [
    { label: "a", score: 0.3, similarity: 0 },
    { label: "b", score: 0.2, similarity: 0 },
    { label: "c", score: 0.4, similarity: 0 },
    { label: "of none", score: 0.1, similarity: 0 },
  ];
  const categories = [
    { name: "first", threshold: 0.5, labels: ["b", "a"] },
    { name: "second", threshold: 0.41, labels: ["c"] },
    { name: "not asked", threshold: 0, labels: ["d"] },
  ];
  expect(findCategories(matches, categories)).toEqual([{ category: categories[0], score: 0.5, label: "a" }]);
});
