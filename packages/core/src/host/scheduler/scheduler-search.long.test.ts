import { describe, expect, test } from "vitest";
import { leavingUnits, schedule } from "./scheduler.ts";
import { search, type World } from "./scheduler-search.ts";
import { smallWorlds } from "./scheduler-worlds.ts";

const rulings = { schedule, leaving: leavingUnits };

/** Three units, two devices, and every order of nine events. */
const wide: World = {
  budgets: { cpu: 100, "cuda:0": 100 },
  units: [
    { name: "a", bytes: 60 },
    { name: "b", bytes: 60 },
    { name: "both", placements: [{ device: "cuda:0", bytes: { "cuda:0": 60, cpu: 30 } }] },
  ],
  requests: 2,
  events: 9,
  without: ["closed"],
};

describe("no order of events breaks a rule", () => {
  test("of nine events on three units and two devices", { timeout: 1_800_000 }, () => {
    const found = search(wide, rulings);
    expect(found.counterexample).toEqual([]);
    expect(found.states).toBeGreaterThan(4000);
  });

  test.each(Object.keys(smallWorlds))("of two events more in a world of %s", { timeout: 1_800_000 }, (name) => {
    const world = smallWorlds[name] as World;
    expect(search({ ...world, events: world.events + 2 }, rulings).counterexample).toEqual([]);
  });
});
