import { expect, test } from "vitest";
import { chooseVictims, leastRecentlyUsed } from "./eviction-policy.ts";
import { Run } from "./scheduler-run.ts";
import type { ScheduledModel } from "./scheduler-state.ts";

function models(): readonly ScheduledModel[] {
  const run = new Run(100);
  for (const name of ["a", "b", "c"]) run.add(name, 20);
  return Object.values(run.state.models);
}

test("what a policy names twice counts once, and what was no candidate not at all", () => {
  const [a, b, c] = models() as [ScheduledModel, ScheduledModel, ScheduledModel];
  const twice = (): ScheduledModel[] => [a, a, c, b];
  expect(chooseVictims(twice, [a, b], 40)).toEqual([a, b]);
  expect(chooseVictims(twice, [a, b], 60)).toBeUndefined();
});

test("a policy that keeps models back keeps them from leaving", () => {
  const [a, b] = models() as [ScheduledModel, ScheduledModel];
  expect(chooseVictims((candidates) => leastRecentlyUsed(candidates).slice(0, 1), [a, b], 40)).toBeUndefined();
});
