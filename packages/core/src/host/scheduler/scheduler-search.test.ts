import { describe, expect, test } from "vitest";
import { leavingUnits, schedule } from "./scheduler.ts";
import { search, type World } from "./scheduler-search.ts";
import { smallWorlds } from "./scheduler-worlds.ts";

describe("no order of events breaks a rule", () => {
  test.each(Object.keys(smallWorlds))(
    "in a world of %s",
    (name) => {
      const found = search(smallWorlds[name] as World, { schedule, leaving: leavingUnits });
      expect(found.counterexample).toEqual([]);
    },
    60_000,
  );
});
