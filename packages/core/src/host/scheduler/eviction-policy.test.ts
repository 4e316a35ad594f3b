import { describe, expect, test } from "vitest";
import { costAware } from "./cost-aware.ts";
import { type Candidate, type Costs, chooseVictims, type Need } from "./eviction-policy.ts";
import { leastRecentlyUsed, leastUrgentLeastRecent } from "./least-recently-used.ts";
import { Run } from "./scheduler-run.ts";
import type { Unit } from "./scheduler-state.ts";

const costs: Costs = { now: 0, reloadMs: () => 1, idleMs: () => 1 };

function candidates(changes: readonly Partial<Unit>[] = [{}, {}, {}]): Candidate[] {
  const run = new Run(100);
  changes.forEach((_, i) => {
    run.add("abcdef"[i] ?? "", 20);
  });
  return run.state.units.map((unit, i) => {
    const changed = { ...unit, reserved: [20], ...changes[i] };
    return { unit: changed, frees: changed.reserved };
  });
}

function need(...amounts: number[]): Need {
  return { unit: "x", amounts, resources: new Run(100).state.resources };
}

function names(victims: readonly Candidate[] | undefined): string | undefined {
  return victims?.map(({ unit }) => unit.name).join("");
}

test("what a policy names twice counts once, and what was no candidate not at all", () => {
  const [a, b, c] = candidates() as [Candidate, Candidate, Candidate];
  const twice = (): Candidate[] => [a, a, c, b];
  expect(chooseVictims(twice, need(40), [a, b], costs)).toEqual([a, b]);
  expect(chooseVictims(twice, need(60), [a, b], costs)).toBeUndefined();
});

test("a policy that keeps units back keeps them from leaving", () => {
  const all = candidates([{}, {}]);
  expect(chooseVictims(() => all.slice(0, 1), need(40), all, costs)).toBeUndefined();
  expect(chooseVictims(() => undefined, need(20), all, costs)).toBeUndefined();
});

test("the least recently used goes first, whatever its class, unless the policy looks at classes", () => {
  const all = candidates([
    { lastUsed: 1, priority: "high" },
    { lastUsed: 3, priority: "medium" },
    { lastUsed: 2, priority: "low" },
  ]);
  expect(names(leastRecentlyUsed(need(20), all, costs))).toBe("a");
  expect(names(leastUrgentLeastRecent(need(20), all, costs))).toBe("c");
  expect(names(leastUrgentLeastRecent(need(40), all, costs))).toBe("cb");
});

describe("the cost-aware policy", () => {
  const priced = (reload: Record<string, number>, idle: Record<string, number> = {}): Costs => ({
    now: 0,
    reloadMs: ({ name }) => reload[name] ?? 1,
    idleMs: ({ name }) => idle[name] ?? 1,
  });

  test("gives up what loads quickly rather than what loads slowly", () => {
    expect(names(costAware(need(20), candidates(), priced({ a: 9000, b: 100, c: 500 })))).toBe("b");
  });

  test("gives up what is not expected soon rather than what is", () => {
    expect(names(costAware(need(20), candidates(), priced({}, { a: 10, b: 10_000, c: 100 })))).toBe("b");
  });

  test("looks at the class before the cost", () => {
    const all = candidates([{ priority: "low" }, {}, {}]);
    expect(names(costAware(need(20), all, priced({ a: 1e6 })))).toBe("a");
  });

  test("takes one large unit rather than several that cost more together, and several where they cost less", () => {
    const all = candidates([{ reserved: [20] }, { reserved: [20] }, { reserved: [100] }]);
    expect(names(costAware(need(40), all, priced({ a: 10, b: 10, c: 15 })))).toBe("c");
    expect(names(costAware(need(40), all, priced({ a: 10, b: 10, c: 45 })))).toBe("ab");
  });

  test("frees every device that lacks something", () => {
    const all = candidates([{ reserved: [20, 0] }, { reserved: [0, 20] }, { reserved: [5, 5] }]);
    expect(names(costAware(need(10, 10), all, priced({})))).toBe("ab");
  });
});
