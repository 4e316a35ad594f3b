import { expect, test } from "vitest";
import { petResult } from "./pet-result.ts";

const answer = (scores: Record<string, number>) => ({
  labels: Object.entries(scores)
    .map(([label, score]) => ({ label, score }))
    .sort((a, b) => b.score - a.score),
});

test("a pet is what scores best, by the labels' names and not by their positions", () => {
  const expected = { animal: "cat", confidence: 0.9, cat_score: 0.9, dog_score: 0.1, is_household_pet: true };
  expect(petResult(answer({ cats: 0.9, dogs: 0.1 }))).toEqual(expected);
  expect(petResult(answer({ Dog: 0.1, Cat: 0.9 }))).toEqual(expected);
});

test("a doubtful one is no household pet, and neither is another animal, however sure the model is", () => {
  expect(petResult(answer({ cats: 0.3, dogs: 0.7 }))).toMatchObject({ animal: "dog", is_household_pet: false });
  expect(petResult(answer({ cats: 0.3, dogs: 0.7 }), 0.7)).toMatchObject({ is_household_pet: true });
  expect(petResult(answer({ cat: 0.01, dog: 0.02, fox: 0.97 }))).toMatchObject({
    animal: "other",
    confidence: 0.97,
    is_household_pet: false,
  });
});

test("labels of another model are refused, and so is an answer that was cut off", () => {
  const refused = expect.objectContaining({ code: "input_invalid" });
  expect(() => petResult(answer({ tench: 0.9, goldfish: 0.1 }))).toThrow(refused);
  expect(() => petResult(answer({ cats: 0.9 }))).toThrow(refused);
});
