import { describe, expect, test } from "vitest";
import { Run } from "./scheduler-run.ts";

function two(): Run {
  const run = new Run(100);
  run.add("a", 80);
  run.add("b", 80);
  return run;
}

describe("a load that everybody left", () => {
  test("goes on while nobody needs its room", () => {
    const run = two();
    run.ask("a");
    expect(run.send({ type: "withdrawn", id: 0 })).toEqual([]);
    run.loaded("a");
    expect(run.units.a).toMatchObject({ phase: "ready", leases: 0 });
  });

  test.each(["low", "critical"] as const)("is called off for a %s request that needs its room", (priority) => {
    const run = two();
    run.ask("a");
    run.send({ type: "withdrawn", id: 0 });
    expect(run.ask("b", { priority })).toEqual([{ type: "unload", unit: "a", reason: "evicted for b" }]);
    expect(run.units.a?.phase).toBe("draining");
    expect(run.send({ type: "unloaded", unit: "a" })).toEqual([{ type: "load", unit: "b" }]);
  });

  test("makes room before any model that is up, of whatever class", () => {
    const run = new Run(100);
    run.add("idle", 50, { priority: "low" });
    run.add("critical", 50, { priority: "critical" });
    run.add("c", 50);
    run.warm("idle");
    run.ask("critical");
    run.send({ type: "withdrawn", id: 1 });
    expect(run.ask("c")).toEqual([{ type: "unload", unit: "critical", reason: "evicted for c" }]);
  });

  test("is called off for what another model has grown by", () => {
    const run = new Run(100);
    run.add("a", 40);
    run.add("b", 40);
    run.lease("a");
    run.ask("b");
    run.send({ type: "withdrawn", id: 1 });
    expect(run.send({ type: "measured", unit: "a", resident: { cpu: 70 } })).toEqual([
      { type: "unload", unit: "b", reason: "over budget" },
    ]);
  });

  test("is none while somebody waits for it, a pin keeps it, or leases wait for it to come back", () => {
    const waitedFor = two();
    waitedFor.ask("a");
    expect(waitedFor.ask("b")).toEqual([]);
    const pinned = new Run(100);
    pinned.add("a", 80, { pinned: true });
    pinned.add("b", 80);
    pinned.ask("a");
    pinned.send({ type: "withdrawn", id: 0 });
    expect(pinned.ask("b")).toMatchObject([{ type: "refuse", refusal: { kind: "never-fits", kept: 80 } }]);
    const leased = two();
    leased.lease("a");
    leased.send({ type: "crashed", unit: "a" });
    expect(leased.ask("b")).toEqual([]);
    expect(leased.released("a")).toEqual([{ type: "unload", unit: "a", reason: "evicted for b" }]);
  });
});

describe("a load under way", () => {
  test("is called off when its model is to be unloaded and nobody waits for it", () => {
    const run = two();
    run.ask("a");
    run.send({ type: "withdrawn", id: 0 });
    expect(run.send({ type: "unload-asked", unit: "a" })).toEqual([{ type: "unload", unit: "a", reason: "asked" }]);
    expect(run.send({ type: "unloaded", unit: "a" })).toEqual([]);
  });

  test("is for those who wait when its model is to be unloaded, which then leaves with the last of them", () => {
    const run = two();
    run.ask("a");
    expect(run.send({ type: "unload-asked", unit: "a" })).toEqual([]);
    run.now += 1;
    expect(run.loaded("a")).toMatchObject([{ type: "grant", id: 0 }]);
    expect(run.ask("a")).toEqual([]);
    expect(run.released("a")).toEqual([{ type: "unload", unit: "a", reason: "asked" }]);
    expect(run.send({ type: "unloaded", unit: "a" })).toEqual([{ type: "load", unit: "a" }]);
  });

  test("answers none who came after the unload was asked for: those have the model loaded anew, and a pin of theirs holds", () => {
    const run = two();
    run.ask("a");
    run.send({ type: "unload-asked", unit: "a" });
    run.now += 1;
    run.ask("a");
    run.now += 1;
    expect(run.loaded("a")).toMatchObject([{ type: "grant", id: 0 }]);
    expect(run.released("a")).toEqual([{ type: "unload", unit: "a", reason: "asked" }]);
    expect(run.send({ type: "unloaded", unit: "a" })).toEqual([{ type: "load", unit: "a" }]);
    expect(run.loaded("a")).toMatchObject([{ type: "grant", id: 1 }]);
    run.send({ type: "pinned", unit: "a" });
    expect(run.released("a")).toEqual([]);
    expect(run.units.a).toMatchObject({ phase: "ready", pinned: true });
  });

  test("is for all who wait when a second unload is asked for: the last wish counts", () => {
    const run = two();
    run.ask("a");
    run.send({ type: "unload-asked", unit: "a" });
    run.ask("a");
    run.now += 1;
    run.send({ type: "unload-asked", unit: "a" });
    run.now += 1;
    expect(run.loaded("a")).toMatchObject([
      { type: "grant", id: 0 },
      { type: "grant", id: 1 },
    ]);
    run.released("a");
    expect(run.released("a")).toEqual([{ type: "unload", unit: "a", reason: "asked" }]);
    expect(run.send({ type: "unloaded", unit: "a" })).toEqual([]);
  });

  test("that those who came before the unload have left is called off under those who came after it", () => {
    const run = two();
    run.ask("a");
    run.send({ type: "unload-asked", unit: "a" });
    run.ask("a");
    expect(run.send({ type: "withdrawn", id: 0 })).toEqual([{ type: "unload", unit: "a", reason: "asked" }]);
    expect(run.send({ type: "unloaded", unit: "a" })).toEqual([{ type: "load", unit: "a" }]);
  });

  test.each(["loaded", "load-failed", "crashed"] as const)("once called off, comes to nothing by a late %s", (type) => {
    const run = two();
    run.ask("a");
    run.send({ type: "withdrawn", id: 0 });
    run.send({ type: "unload-asked", unit: "a" });
    expect(run.send({ type, unit: "a" })).toEqual([]);
    expect(run.units.a).toMatchObject({ phase: "draining", failures: 0 });
    run.send({ type: "unloaded", unit: "a" });
    const { state } = run;
    expect(run.send({ type, unit: "a" })).toEqual([]);
    expect(run.state).toEqual(state);
  });

  test("is not ended by a late unloaded", () => {
    const run = two();
    run.ask("a");
    expect(run.send({ type: "unloaded", unit: "a" })).toEqual([]);
    expect(run.send({ type: "crashed", unit: "a" })).toEqual([]);
    expect(run.units.a?.phase).toBe("loading");
  });
});

describe("an unload by name", () => {
  test("that nobody waits for any more is forgotten: the model goes on giving leases", () => {
    const run = two();
    run.lease("a");
    run.send({ type: "unload-asked", unit: "a" });
    expect(run.ask("a")).toEqual([]);
    expect(run.send({ type: "unload-withdrawn", unit: "a" })).toMatchObject([{ type: "grant", unit: "a" }]);
    run.released("a");
    expect(run.released("a")).toEqual([]);
    expect(run.units.a).toMatchObject({ phase: "ready", leaving: undefined });
  });

  test("is later than the load that a lease before it stands for: a pin that comes after it does not hold", () => {
    const run = two();
    run.lease("a");
    run.send({ type: "unload-asked", unit: "a" });
    run.send({ type: "pinned", unit: "a" });
    expect(run.released("a")).toEqual([{ type: "unload", unit: "a", reason: "asked" }]);
    expect(run.units.a?.pinned).toBe(false);
  });

  test("happens under steady traffic, as no new leases are given", () => {
    const run = two();
    run.lease("a");
    run.send({ type: "unload-asked", unit: "a" });
    expect(run.ask("a", { priority: "critical" })).toEqual([]);
    expect(run.released("a")).toEqual([{ type: "unload", unit: "a", reason: "asked" }]);
    expect(run.send({ type: "unloaded", unit: "a" })).toEqual([{ type: "load", unit: "a" }]);
  });
});

describe("a wait that is too long", () => {
  test("says what its model was doing", () => {
    const run = two();
    run.ask("a", { wait: 100 });
    run.ask("b", { wait: 100 });
    const actions = run.pass(100);
    expect(actions).toMatchObject([
      { type: "refuse", refusal: { kind: "waited-too-long", model: "a", phase: "loading" } },
      { type: "refuse", refusal: { kind: "waited-too-long", model: "b", phase: "cold" } },
    ]);
  });

  test("that ends as its model has idled long enough: the request is answered, not the model unloaded", () => {
    const run = new Run(100);
    run.add("a", 80, { keepAlive: 500 });
    run.warm("a");
    run.now += 500;
    expect(run.ask("a")).toMatchObject([{ type: "grant", unit: "a" }]);
  });
});

describe("a closed zoo", () => {
  test("refuses what waits, calls loads off, unloads what is free at once and what is leased with its last lease", () => {
    const run = new Run(100);
    for (const name of ["idle", "leased", "loading", "reloading"]) run.add(name, 25);
    run.warm("idle");
    run.lease("leased");
    run.lease("reloading");
    run.send({ type: "crashed", unit: "reloading" });
    run.ask("loading");
    expect(run.send({ type: "closed" })).toEqual([
      { type: "refuse", id: 3, refusal: { kind: "closed", model: "loading" } },
      { type: "unload", unit: "idle", reason: "closing" },
      { type: "unload", unit: "loading", reason: "closing" },
      { type: "unload", unit: "reloading", reason: "closing" },
    ]);
    expect(run.released("leased")).toEqual([{ type: "unload", unit: "leased", reason: "closing" }]);
  });

  test("loads nothing any more, not for a request nor for leases nor for a pin", () => {
    const run = new Run(100);
    run.add("a", 40, { pinned: true });
    run.add("b", 40);
    run.warm("a");
    run.lease("b");
    run.send({ type: "closed" });
    expect(run.ask("a")).toMatchObject([{ type: "refuse", refusal: { kind: "closed" } }]);
    expect(run.send({ type: "crashed", unit: "b" })).toEqual([]);
    run.send({ type: "unloaded", unit: "a" });
    expect(run.pass(100_000)).toEqual([]);
  });
});
