import { describe, expect, test } from "vitest";
import { actionCategories, actionLabels } from "./action-categories.ts";
import { assessAction } from "./action-risk.ts";

/** Matches in which some labels have the given scores and the others share the rest. */
function matches(scores: Readonly<Record<string, number>>) {
  const given = Object.values(scores).reduce((a, b) => a + b, 0);
  const rest = (1 - given) / (actionLabels.length - Object.keys(scores).length);
  return actionLabels
    .map((label) => ({ label, score: scores[label] ?? rest, similarity: 0 }))
    .sort((a, b) => b.score - a.score);
}

describe("the table of actions", () => {
  test("has each label once, and thresholds that ask for less certainty the worse the action", () => {
    expect(new Set(actionLabels).size).toBe(actionLabels.length);
    expect(actionCategories.map(({ name, threshold, risk }) => [name, threshold, risk])).toEqual([
      ["high_risk", 0.2, "critical"],
      ["suspicious", 0.25, "high"],
      ["fleeing", 0.25, "high"],
      ["approaching", 0.3, "medium"],
      ["delivery", 0.35, "low"],
      ["normal", 0.4, "low"],
      ["stationary", 0.4, "low"],
    ]);
  });

  test("calls climbing over a fence and forcing a door a risk, and taking letters out of a mailbox none", () => {
    expect(assessAction(matches({ "a person climbing over a fence": 0.9 })).risk).toBe("high");
    expect(assessAction(matches({ "a person forcing a door open": 0.9 })).risk).toBe("critical");
    expect(assessAction(matches({ "a person trying a door handle": 0.9 })).risk).toBe("high");
    expect(assessAction(matches({ "a person taking letters out of a mailbox": 0.9 })).risk).toBe("low");
  });
});

describe("a video's matches", () => {
  test("mean the worst category that reaches its threshold, even if a harmless one fits better", () => {
    const answer = assessAction(matches({ "a person walking past": 0.5, "people fighting": 0.25 }));
    expect(answer.risk).toBe("critical");
    expect(answer.worst?.label).toBe("people fighting");
    expect(answer.found.map(({ category }) => category.name)).toEqual(["normal", "high_risk"]);
  });

  test("mean nothing where no category reaches its threshold", () => {
    const scores = Object.fromEntries(
      actionCategories.map(({ labels, threshold }) => [labels[0] as string, threshold * 0.4]),
    );
    const low = actionLabels.map((label) => ({ label, score: scores[label] ?? 0, similarity: 0 }));
    expect(assessAction(low)).toEqual({ risk: undefined, worst: undefined, found: [] });
  });

  test("are summed over synonyms, so that two of them are as sure as one", () => {
    const half = assessAction(matches({ "a person picking a lock": 0.12, "a person breaking a window": 0.1 }));
    expect(half.worst?.category.name).toBe("high_risk");
    expect(half.worst?.score).toBeGreaterThan(0.2);
    expect(half.worst?.label).toBe("a person picking a lock");
  });
});
