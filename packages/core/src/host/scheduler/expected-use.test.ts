import { expect, test } from "vitest";
import { expectedIdleMs, isAskedWithin } from "./expected-use.ts";
import { Run } from "./scheduler-run.ts";
import type { Unit, Use } from "./scheduler-state.ts";

function asked(use: Use): Unit {
  const run = new Run(100);
  run.add("a", 10);
  return { ...(run.state.units[0] as Unit), use };
}

/** Requests by chance: the gaps lie as far from their mean as the mean itself. */
const byChance: Use = { at: 0, count: 32, gap: 100, spread: 100 };

test("a pause that chance explains says nothing of how soon a unit is asked for again; a longer one does", () => {
  expect(expectedIdleMs(asked(byChance), 300)).toBe(100);
  expect(expectedIdleMs(asked(byChance), 700)).toBe(100);
  expect(expectedIdleMs(asked(byChance), 7000)).toBe(1000);
});

test("a unit that comes in a rhythm is due when its gap is over", () => {
  const regular: Use = { at: 0, count: 10, gap: 5000, spread: 20 };
  expect(expectedIdleMs(asked(regular), 1000)).toBe(4000);
});

test("who has paused for three gaps keeps nobody waiting", () => {
  expect(isAskedWithin(asked(byChance), 300, 1000)).toBe(true);
  expect(isAskedWithin(asked(byChance), 301, 1000)).toBe(false);
});
