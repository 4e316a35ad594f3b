import { expect, test } from "vitest";
import { clothingResult } from "./clothing-result.ts";

const answer = (coverage: Record<string, number>) => ({
  width: 10,
  height: 10,
  classes: Object.entries(coverage).map(([label, part], index) => ({
    label,
    index,
    coverage: part,
    mask: { size: [10, 10] as [number, number], counts: "" },
  })),
});

test("clothes are parts of the person, largest first, whatever the background", () => {
  const person = { "Upper-clothes": 0.1, Pants: 0.06, Bag: 0.02, Face: 0.02 };
  const result = clothingResult(answer({ Background: 0.8, ...person }));
  expect(result.items).toEqual([
    { item: "upper_clothes", coverage: expect.closeTo(0.5, 12) },
    { item: "pants", coverage: expect.closeTo(0.3, 12) },
    { item: "bag", coverage: expect.closeTo(0.1, 12) },
  ]);
  expect([result.has_bag, result.person_coverage]).toEqual([true, expect.closeTo(0.2, 12)]);
  expect(clothingResult(answer(person)).items.map(({ item }) => item)).toEqual(["upper_clothes", "pants", "bag"]);
});

test("two shoes that are each too small are together an item", () => {
  const { items } = clothingResult(answer({ Pants: 0.984, "Left-shoe": 0.008, "Right-shoe": 0.008 }));
  expect(items).toContainEqual({ item: "shoes", coverage: expect.closeTo(0.016, 12) });
  expect(clothingResult(answer({ Pants: 0.995, Belt: 0.005 })).items.map(({ item }) => item)).toEqual(["pants"]);
});

test("a face is covered by what lies on it, with or without sunglasses, and not by looking away", () => {
  const covered = (parts: Record<string, number>) => {
    const { is_face_covered, face_visibility } = clothingResult(answer({ Pants: 0.5, ...parts }));
    return [is_face_covered, face_visibility];
  };
  expect(covered({ Hat: 0.2, Face: 0.01 })).toEqual([true, expect.closeTo(0.01 / 0.21, 12)]);
  expect(covered({ Sunglasses: 0.01, Face: 0.1, Hair: 0.09 })).toEqual([false, 0.5]);
  expect(covered({ Hair: 0.2 })).toEqual([false, 0]);
  expect(covered({})).toEqual([false, undefined]);
});

test("a picture of background alone has nothing, and classes of another model are refused", () => {
  expect(clothingResult(answer({ Background: 1 }))).toEqual({
    items: [],
    person_coverage: 0,
    has_bag: false,
    face_visibility: undefined,
    is_face_covered: false,
  });
  expect(() => clothingResult(answer({ road: 1 }))).toThrow(expect.objectContaining({ code: "input_invalid" }));
});
