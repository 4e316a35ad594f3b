import { expect, test } from "vitest";
import { violenceResult } from "./violence-result.ts";

const answer = (scores: Record<string, number>) => ({
  labels: Object.entries(scores)
    .map(([label, score]) => ({ label, score }))
    .sort((a, b) => b.score - a.score),
});

test.each([
  ["NonViolence", "Violence"],
  ["non_violence", "violence"],
  ["Non-Violent", "Violent"],
  ["no violence", "violence"],
  ["safe", "violence"],
  ["normal", "fight"],
  ["NonFight", "Fight"],
  ["NoFight", "FightScene"],
  ["not violent", "is violent"],
])("%s and %s are told apart by name, in either order", (no, yes) => {
  for (const scores of [
    { [no]: 0.2, [yes]: 0.8 },
    { [yes]: 0.8, [no]: 0.2 },
  ])
    expect(violenceResult(answer(scores))).toEqual({
      is_violent: true,
      confidence: 0.8,
      violent_score: 0.8,
      non_violent_score: 0.2,
      threshold: 0.5,
    });
  expect(violenceResult(answer({ [no]: 0.9, [yes]: 0.1 }))).toMatchObject({ is_violent: false, confidence: 0.9 });
});

test("the threshold decides, and is part of the result", () => {
  expect(violenceResult(answer({ NonViolence: 0.2, Violence: 0.8 }), 0.9)).toMatchObject({
    is_violent: false,
    confidence: 0.2,
    threshold: 0.9,
  });
});

test("labels of another model are refused, and so is an answer that was cut off", () => {
  const refused = expect.objectContaining({ code: "input_invalid" });
  for (const scores of [
    { cats: 0.5, dogs: 0.5 },
    { Violence: 1 },
    { Violence: 0.4, violent: 0.6 },
    { unsafe: 0.4, violence: 0.6 },
    { abnormal: 0.5, fight: 0.5 },
  ] as Record<string, number>[])
    expect(() => violenceResult(answer(scores))).toThrow(refused);
});
