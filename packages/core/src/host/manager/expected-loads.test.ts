import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { logTo } from "../../contract/log.ts";
import { schedule } from "../scheduler/scheduler.ts";
import type { SchedulerEvent } from "../scheduler/scheduler-event.ts";
import { emptySchedulerState } from "../scheduler/scheduler-state.ts";
import { ExpectedLoads } from "./expected-loads.ts";

/** The numbers of expected loads that a pool hears, with three models of 100 MB asked for at once and one load at a time. */
function told(budget: number, { runsApart = true, announced = 0 } = {}): number[] {
  const loads: number[] = [];
  const entry = {} as never;
  const expected = new ExpectedLoads({
    log: logTo(() => {}),
    pool: { expect: (number) => loads.push(number) },
    entryOf: () => entry,
    runsApart: () => runsApart,
  });
  let state = emptySchedulerState({ budgets: { cpu: budget }, maxLoading: () => 1 });
  if (announced > 0) expected.announce(announced, state);
  const placements = [{ device: "cpu", bytes: { cpu: 100e6 } }] as const;
  const after = (event: SchedulerEvent): void => {
    state = schedule(state, event, 0).state;
    expected.note(state);
  };
  for (const name of ["a", "b", "c"])
    after({ type: "unit-added", unit: { name, placements, priority: "medium", pinned: false, keepAlive: 1e6 } });
  for (const [id, model] of ["a", "b", "c"].entries())
    after({ type: "requested", request: { id, model, priority: "medium", until: 1e6 } });
  after({ type: "loaded", unit: "a" });
  after({ type: "closed" });
  return loads;
}

test("a pool hears how many loads wait for their turn, and again as each begins", () => {
  expect(told(1e9)).toEqual([1, 2, 1, 0]);
});

test("there are no more spares than there is memory for beside what is reserved", () => {
  expect(told(310e6)).toEqual([1, 2, 1, 0]);
  expect(told(250e6)).toEqual([1, 2, 0]);
  expect(told(190e6)).toEqual([1, 0]);
});

test("no process waits for a model that runs in this one; announced loads count", () => {
  expect(told(1e9, { runsApart: false })).toEqual([]);
  expect(told(1e9, { runsApart: false, announced: 3 })).toEqual([3]);
});

test.each([
  [
    "throws",
    () => {
      throw new Error("no");
    },
  ],
  [
    "rejects",
    async () => {
      throw new Error("no");
    },
  ],
])("a pool that %s when it hears of loads is logged, and ends nothing", async (_, fail: () => unknown) => {
  const said: unknown[] = [];
  const expected = new ExpectedLoads({
    log: logTo((level, message, fields) => void said.push([level, message, fields])),
    pool: { expect: fail as () => void },
    entryOf: () => undefined,
    runsApart: () => true,
  });
  expected.announce(2, emptySchedulerState({ budgets: { cpu: 1e9 } }));
  await setImmediate();
  expect(said).toEqual([["error", "a pool could not be told of the loads to come", { error: "no" }]]);
});
