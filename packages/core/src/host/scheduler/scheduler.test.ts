import { describe, expect, test } from "vitest";
import { everydayStep } from "./everyday-step.ts";
import { reservedOf } from "./ledger.ts";
import { nextWake } from "./scheduler.ts";
import { Run } from "./scheduler-run.ts";

describe("a cold model", () => {
  test("is loaded once however many ask, and granted to all when it is ready", () => {
    const run = new Run(100);
    run.add("a", 60);
    expect(run.ask("a")).toEqual([{ type: "load", unit: "a" }]);
    expect(run.ask("a")).toEqual([]);
    expect(run.send({ type: "loaded", unit: "a" })).toEqual([
      { type: "grant", id: 0, unit: "a" },
      { type: "grant", id: 1, unit: "a" },
    ]);
    expect(run.units.a?.leases).toBe(2);
  });

  test("larger than the budget is refused with the arithmetic, and nothing is unloaded for it", () => {
    const run = new Run(100);
    run.add("a", 60);
    run.add("huge", 101);
    run.warm("a");
    expect(run.ask("huge")).toEqual([
      {
        type: "refuse",
        id: 1,
        refusal: { kind: "never-fits", model: "huge", resource: "cpu", bytes: 101, budget: 100, kept: 0 },
      },
    ]);
  });

  test("that pinned models leave no room for is refused at once, naming their bytes", () => {
    const run = new Run(100);
    run.add("kept", 60, { pinned: true });
    run.add("b", 50);
    run.warm("kept");
    expect(run.ask("b")).toEqual([
      {
        type: "refuse",
        id: 1,
        refusal: { kind: "never-fits", model: "b", resource: "cpu", bytes: 50, budget: 100, kept: 60 },
      },
    ]);
  });

  test("whose load fails refuses everyone who waits for it, and may be asked for again", () => {
    const run = new Run(100);
    run.add("a", 60);
    run.ask("a");
    run.ask("a");
    expect(run.send({ type: "load-failed", unit: "a" }).map((action) => action.type)).toEqual(["refuse", "refuse"]);
    expect(run.ask("a")).toEqual([{ type: "load", unit: "a" }]);
  });
});

test("a model that is known already stays as it is when it is added again", () => {
  const run = new Run(100);
  run.add("a", 60);
  run.lease("a");
  run.add("a", 30);
  expect(run.units.a).toMatchObject({ phase: "ready", leases: 1, bytes: 60 });
});

describe("when memory is short", () => {
  test("the least recently used idle model makes room, and the load starts only when its bytes are back", () => {
    const run = new Run(100);
    for (const name of ["a", "b", "c"]) run.add(name, 50);
    run.warm("a");
    run.warm("b");
    expect(run.ask("c")).toEqual([{ type: "unload", unit: "a", reason: "evicted for c" }]);
    expect(run.send({ type: "unloaded", unit: "a" })).toEqual([{ type: "load", unit: "c" }]);
  });

  test("a lower priority class goes first, whatever its age", () => {
    const run = new Run(100);
    run.add("old", 50, { priority: "high" });
    run.add("young", 50, { priority: "low" });
    run.add("c", 50);
    run.warm("old");
    run.warm("young");
    expect(run.ask("c")).toEqual([{ type: "unload", unit: "young", reason: "evicted for c" }]);
  });

  test("a request does not push out a model of a higher class", () => {
    const run = new Run(100);
    run.add("critical", 100, { priority: "critical" });
    run.add("b", 50, { priority: "low" });
    run.warm("critical");
    expect(run.ask("b", { priority: "low" })).toEqual([]);
  });

  test("small early victims are spared when a large one suffices", () => {
    const run = new Run(100);
    run.add("small", 10);
    run.add("large", 90);
    run.add("c", 85);
    run.warm("small");
    run.warm("large");
    expect(run.ask("c")).toEqual([{ type: "unload", unit: "large", reason: "evicted for c" }]);
  });

  test("a leased model is waited for, gives no new leases once the patience is over, and leaves with the last one", () => {
    const run = new Run(100);
    run.add("a", 80);
    run.add("b", 80);
    run.ask("a");
    run.send({ type: "loaded", unit: "a" });
    expect(run.ask("b")).toEqual([]);
    run.pass(1000);
    expect(run.ask("a")).toEqual([]);
    expect(run.send({ type: "released", unit: "a" })).toEqual([{ type: "unload", unit: "a", reason: "evicted for b" }]);
  });

  test("a later, smaller request does not overtake one that waits for room", () => {
    const run = new Run(100);
    run.add("a", 60);
    run.add("large", 90);
    run.add("small", 30);
    run.ask("a");
    run.send({ type: "loaded", unit: "a" });
    run.ask("large");
    expect(run.ask("small")).toEqual([]);
  });
});

describe("time", () => {
  test("refuses a request that has waited until its limit, with what was reserved", () => {
    const run = new Run(100);
    run.add("a", 80);
    run.add("b", 80);
    run.ask("a");
    run.send({ type: "loaded", unit: "a" });
    run.ask("b", { wait: 500 });
    run.now = 250;
    run.send({ type: "time-passed" });
    expect(nextWake(run.state)).toBe(500);
    run.now = 500;
    expect(run.send({ type: "time-passed" })).toEqual([
      {
        type: "refuse",
        id: 1,
        refusal: {
          kind: "waited-too-long",
          model: "b",
          phase: "cold",
          resource: "cpu",
          bytes: 80,
          budget: 100,
          reserved: 80,
        },
      },
    ]);
  });

  test("unloads a model that has idled for its timeout, and not a moment earlier", () => {
    const run = new Run(100);
    run.add("a", 80, { keepAlive: 600 });
    run.warm("a");
    expect(nextWake(run.state)).toBe(601);
    run.now = 600;
    expect(run.send({ type: "time-passed" })).toEqual([]);
    run.now = 601;
    expect(run.send({ type: "time-passed" })).toEqual([{ type: "unload", unit: "a", reason: "idle" }]);
  });
});

describe("a crash", () => {
  test("of a leased model loads it again under the same reservation", () => {
    const run = new Run(100);
    run.add("a", 80);
    run.ask("a");
    run.send({ type: "loaded", unit: "a" });
    expect(run.send({ type: "crashed", unit: "a" })).toEqual([{ type: "load", unit: "a" }]);
    expect(reservedOf(run.state, "cpu")).toBe(80);
  });

  test("of an idle model gives its bytes back", () => {
    const run = new Run(100);
    run.add("a", 80);
    run.warm("a");
    expect(run.send({ type: "crashed", unit: "a" })).toEqual([]);
    expect(reservedOf(run.state, "cpu")).toBe(0);
  });
});

describe("the everyday step", () => {
  const asked = { type: "requested", request: { id: 9, model: "a", priority: "medium", until: 60_000 } } as const;

  function ready(): Run {
    const run = new Run(100);
    run.add("a", 60, { keepAlive: 1000 });
    run.add("b", 60);
    run.warm("a");
    return run;
  }

  test("is taken where a ready model is asked for and given back, and nothing else is under way", () => {
    const run = ready();
    const granted = everydayStep(run.state, asked, 5);
    expect(granted?.actions).toEqual([{ type: "grant", id: 9, unit: "a" }]);
    expect(everydayStep(granted?.state ?? run.state, { type: "released", unit: "a" }, 6)?.state.units[0]?.leases).toBe(
      0,
    );
  });

  test("is not taken where more may follow", () => {
    const run = ready();
    const { state } = run;
    expect(everydayStep(state, asked, 2000), "a model has idled enough").toBeUndefined();
    expect(everydayStep(state, asked, 60_000), "its deadline has come").toBeUndefined();
    expect(everydayStep(state, { type: "released", unit: "a" }, 5), "nothing was leased").toBeUndefined();
    expect(everydayStep(state, { ...asked, request: { ...asked.request, model: "b" } }, 5), "cold").toBeUndefined();
    const waited = new Run(100);
    waited.add("a", 60, { priority: "critical" });
    waited.add("b", 60);
    waited.warm("a");
    waited.ask("b", { priority: "low", wait: 10 });
    expect(waited.units.b?.waiting).toHaveLength(1);
    expect(everydayStep(waited.state, asked, 100), "somebody waits, whose time has come").toBeUndefined();
  });
});
