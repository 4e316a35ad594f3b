import { describe, expect, test } from "vitest";
import type { JournalEntry } from "./journal.ts";
import { journalText, parseJournal } from "./journal-text.ts";
import { replay } from "./replay.ts";
import { schedule } from "./scheduler.ts";
import type { SchedulerEvent } from "./scheduler-event.ts";
import { Run } from "./scheduler-run.ts";
import { emptySchedulerState } from "./scheduler-state.ts";

const removed = (unit: string) => ({ type: "unit-removed", unit }) as const;
const asked = (unit: string) => ({ type: "unload-asked", unit }) as const;

function world(): Run {
  const run = new Run(100);
  for (const name of ["a", "b", "c"]) run.add(name, 60);
  return run;
}

describe("a unit that is removed", () => {
  test("is forgotten where it is cold, and the others are found as before", () => {
    const run = world();
    run.lease("c");
    expect(run.send(removed("a"))).toEqual([]);
    expect(run.seen("a")).toBeUndefined();
    expect(run.seen("b")?.name).toBe("b");
    expect(run.seen("c")).toMatchObject({ name: "c", phase: "ready", leases: 1 });
    expect(run.released("c")).toEqual([]);
    expect(run.ask("b")).toEqual([{ type: "unload", unit: "c", reason: "evicted for b" }]);
  });

  test("stays while it loads, and goes once the load is called off", () => {
    const run = world();
    run.ask("a");
    run.send(removed("a"));
    expect(run.seen("a")?.phase).toBe("loading");
    run.send({ type: "withdrawn", id: 0 });
    expect(run.send(asked("a"))).toEqual([{ type: "unload", unit: "a", reason: "asked" }]);
    run.send(removed("a"));
    expect(run.seen("a")?.phase).toBe("draining");
    run.send({ type: "unloaded", unit: "a" });
    run.send(removed("a"));
    expect(run.seen("a")).toBeUndefined();
  });

  test("stays while somebody waits for it", () => {
    const run = world();
    run.lease("b");
    run.ask("a");
    run.send(removed("a"));
    expect(run.seen("a")).toMatchObject({ phase: "cold", waiting: [{ id: 1 }] });
    run.send({ type: "withdrawn", id: 1 });
    run.send(removed("a"));
    expect(run.seen("a")).toBeUndefined();
  });

  test("stays while it is leased, also under a runner that ended", () => {
    const run = world();
    run.lease("a");
    run.send(removed("a"));
    expect(run.seen("a")).toMatchObject({ phase: "ready", leases: 1 });
    run.send({ type: "crashed", unit: "a" });
    run.send({ type: "load-failed", unit: "a", isFinal: true });
    run.send(removed("a"));
    expect(run.seen("a")).toMatchObject({ phase: "failed", leases: 1 });
    run.released("a");
    run.send(removed("a"));
    expect(run.seen("a")).toBeUndefined();
  });

  test("is refused from then on, and may come again as another", () => {
    const run = world();
    run.send(removed("a"));
    expect(run.ask("a")).toEqual([{ type: "refuse", id: 0, refusal: { kind: "closed", model: "a" } }]);
    run.add("a", 30);
    expect(run.ask("a")).toEqual([{ type: "load", unit: "a" }]);
    expect(run.seen("a")?.bytes).toBe(30);
  });

  test("takes nothing along that others wait for: room that was being made for it goes to the next", () => {
    const run = world();
    run.lease("c");
    run.ask("a");
    run.ask("b");
    expect(run.released("c")).toEqual([{ type: "unload", unit: "c", reason: "evicted for a" }]);
    run.send({ type: "withdrawn", id: 1 });
    run.send(removed("a"));
    expect(run.send({ type: "unloaded", unit: "c" })).toEqual([{ type: "load", unit: "b" }]);
  });

  test("that was to be kept is loaded no more, and its room is another's", () => {
    const run = world();
    run.send({ type: "goal", keep: ["a"] });
    run.loaded("a");
    run.send(asked("a"));
    run.send({ type: "unloaded", unit: "a" });
    expect(run.send(removed("a"))).toEqual([]);
    expect(run.send({ type: "goal", keep: ["a", "b"] })).toEqual([{ type: "load", unit: "b" }]);
    expect(run.pass(1e6)).toEqual([]);
  });

  test("goes out of a journal that is played again, too", () => {
    const start = emptySchedulerState({ budgets: { cpu: 100 } });
    const entries: JournalEntry[] = [];
    let state = start;
    const send = (at: number, event: SchedulerEvent): void => {
      const step = schedule(state, event, at);
      state = step.state;
      entries.push({ at, event, actions: step.actions });
    };
    const unit = { priority: "medium", pinned: false, keepAlive: Number.POSITIVE_INFINITY } as const;
    for (const name of ["a", "b"])
      send(1, { type: "unit-added", unit: { ...unit, name, placements: [{ device: "cpu", bytes: { cpu: 60 } }] } });
    send(2, { type: "kept", unit: "b", priority: "high", required: true, pinned: true });
    send(3, removed("a"));
    send(4, { type: "requested", request: { id: 0, model: "b", priority: "low", until: 100 } });
    const played = replay(parseJournal(journalText({ start, entries })));
    expect(played.differs).toBeUndefined();
    expect(played.state).toEqual(state);
    expect(state.units.map(({ name, priority, required }) => [name, priority, required])).toEqual([
      ["b", "high", true],
    ]);
  });
});
