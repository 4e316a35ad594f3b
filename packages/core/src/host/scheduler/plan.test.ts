import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explain } from "./explain.ts";
import { planHolds, recorded, traffic, zoo } from "./fixtures/plan-property.ts";
import { journalText, parseJournal } from "./journal-text.ts";
import { perfettoTrace } from "./perfetto.ts";
import { planOf } from "./plan.ts";
import { replay, tallyOf, whatIf } from "./replay.ts";
import { schedule } from "./scheduler.ts";
import type { Arrival } from "./simulation.ts";

const alternating: readonly Arrival[] = Array.from({ length: 12 }, (_, i) => ({
  at: i * 400,
  model: i % 2 === 0 ? "m0" : "m2",
  runMs: 30,
}));

describe("a plan", () => {
  test("is what then happens, for any traffic before it", () => {
    fc.assert(planHolds, { numRuns: 150 });
  });

  test("tells what can never fit, and who would leave", () => {
    const { simulation } = recorded(zoo(), [{ at: 0, model: "m0", runMs: 10 }]);
    simulation.advance(5000);
    const plan = planOf(simulation.state, ["m2"]);
    expect(plan.leaves).toMatchObject([{ unit: "m0", reason: { kind: "evicted", for: "m2" } }]);
    expect(plan.models).toMatchObject([{ model: "m2", device: "cpu" }]);
    expect(planOf(zoo(60), ["m2"]).models).toMatchObject([{ waitMs: undefined, refusal: { kind: "never-fits" } }]);
  });
});

describe("a journal", () => {
  test("is played again to the same decisions, from its text as well", () => {
    fc.assert(
      fc.property(traffic, (arrivals) => {
        const { simulation, journal } = recorded(zoo(), arrivals);
        const { record } = journal;
        if (record === undefined) throw new Error("nothing was recorded");
        const read = parseJournal(journalText(record));
        const again = replay(read);
        expect(again.differs).toBeUndefined();
        expect(again.state.units).toEqual(simulation.state.units);
      }),
      { numRuns: 50 },
    );
  });

  test("keeps the last of what happened, and can still be played from there", () => {
    const many = Array.from({ length: 9000 }, (_, i): Arrival => ({ at: i * 50, model: "m0", runMs: 1 }));
    const { record } = recorded(zoo(), many).journal;
    expect(record?.entries.length).toBeLessThanOrEqual(10_000);
    expect(record === undefined ? -1 : replay(record).differs).toBeUndefined();
  });

  test("that is none is refused with the line", () => {
    expect(() => parseJournal("{}\n")).toThrow(/line 1: it does not begin with/);
    expect(() => parseJournal("no")).toThrow(/line 1: it is no JSON/);
  });

  test("says what a larger budget would have saved", () => {
    const { record } = recorded(zoo(), alternating).journal;
    if (record === undefined) throw new Error("nothing was recorded");
    expect(tallyOf(record).loads).toBeGreaterThan(2);
    expect(whatIf(record, { cpu: 200 })).toMatchObject({ requests: 12, loads: 2, refused: 0 });
  });

  test("becomes a trace with a slice for each phase and the reason why", () => {
    const { record } = recorded(zoo(), alternating).journal;
    if (record === undefined) throw new Error("nothing was recorded");
    const { traceEvents } = perfettoTrace(record);
    const slices = traceEvents.filter(({ ph }) => ph === "X");
    expect(slices.map(({ name }) => name)).toContain("draining");
    expect(slices.every(({ dur = -1 }) => dur >= 0)).toBe(true);
    const evicted = slices.find(({ name }) => name === "draining");
    expect(evicted?.args?.why).toMatchObject({ kind: "evicted" });
  });
});

describe("an explanation", () => {
  test("names the one who holds the room, and what would have to happen", () => {
    const { simulation, journal } = recorded(zoo(), [{ at: 0, model: "m0", runMs: 1e6 }]);
    simulation.advance(5000);
    simulation.ask({ model: "m2", runMs: 1 });
    const told = explain(simulation.state, "m2", journal.record);
    expect(told).toMatchObject({ phase: "cold", remedy: "wait until they have" });
    expect(told?.reason).toBe("it waits for 0 MB on cpu, of which 0 MB are free; m0 (1 lease) make room for it");
  });

  test("tells who evicted it and what that freed", () => {
    const { simulation, journal } = recorded(zoo(), [
      { at: 0, model: "m0", runMs: 1 },
      { at: 5000, model: "m2", runMs: 1 },
    ]);
    simulation.advance(10_000);
    const told = explain(simulation.state, "m0", journal.record);
    expect(told?.left).toMatchObject({ at: 5000, reason: "m2 needed its room", freed: "0 MB on cpu" });
    expect(told?.reason).toBe("nobody has asked for it since it was unloaded, because m2 needed its room");
    expect(explain(simulation.state, "m2")?.reason).toBe("it is loaded");
    expect(explain(simulation.state, "nobody")).toBeUndefined();
  });

  test("tells a failed load from one that can never fit", () => {
    let state = schedule(zoo(60), { type: "goal", keep: ["m1"] }, 0).state;
    state = schedule(state, { type: "load-failed", unit: "m1", isFinal: true }, 5).state;
    expect(explain(state, "m1")).toMatchObject({ phase: "failed", remedy: "mend it, then `zoo load m1`" });
    expect(explain(state, "m2")?.reason).toContain("it can never fit");
    expect(explain(state, "m3")?.reason).toBe("it has not been asked for");
  });
});
