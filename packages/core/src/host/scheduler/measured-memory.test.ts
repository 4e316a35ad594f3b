import { describe, expect, test } from "vitest";
import { reservedOf } from "./ledger.ts";
import { Run } from "./scheduler-run.ts";

const measured = (unit: string, bytes: number) => ({ type: "measured", unit, resident: { cpu: bytes } }) as const;

describe("a measurement", () => {
  test("raises what is reserved, lowers it again, and never below what is declared", () => {
    const run = new Run(100);
    run.add("a", 40);
    run.warm("a");
    run.send(measured("a", 70));
    expect(run.units.a).toMatchObject({ bytes: 70, placements: [{ declared: [40] }] });
    run.send(measured("a", 50));
    expect(reservedOf(run.state, "cpu")).toBe(50);
    run.send(measured("a", 10));
    expect(reservedOf(run.state, "cpu")).toBe(40);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1])("of %d bytes is none", (bytes) => {
    const run = new Run(100);
    run.add("a", 40);
    run.warm("a");
    run.send(measured("a", 60));
    run.send(measured("a", bytes));
    expect(run.units.a?.bytes).toBe(60);
  });

  test("frees nothing of a model that is on its way out before that is gone", () => {
    const run = new Run(100);
    run.add("a", 40);
    run.warm("a");
    run.send(measured("a", 90));
    run.send({ type: "unload-asked", unit: "a" });
    run.send(measured("a", 50));
    expect(reservedOf(run.state, "cpu")).toBe(90);
    run.send({ type: "unloaded", unit: "a" });
    expect(run.units.a?.bytes).toBe(50);
  });

  test("holds for the next load", () => {
    const run = new Run(100);
    run.add("a", 40);
    run.add("b", 50);
    run.warm("a");
    run.send(measured("a", 60));
    run.send({ type: "crashed", unit: "a" });
    run.lease("b");
    expect(run.ask("a")).toEqual([]);
  });

  test("above the whole budget counts as the whole budget, and the model is loaded again, alone", () => {
    const run = new Run(100);
    run.add("a", 40);
    run.add("b", 50);
    run.warm("a");
    run.send(measured("a", 900));
    expect(reservedOf(run.state, "cpu")).toBe(100);
    run.send({ type: "unload-asked", unit: "a" });
    run.send({ type: "unloaded", unit: "a" });
    run.warm("b");
    expect(run.ask("a")).toEqual([{ type: "unload", unit: "b", reason: "evicted for a" }]);
    expect(run.send({ type: "unloaded", unit: "b" })).toEqual([{ type: "load", unit: "a" }]);
  });
});

describe("what is measured beyond the budget", () => {
  test("makes idle models leave in the same step, the lowest class first, and only as many as it takes", () => {
    const run = new Run(100);
    run.add("a", 30);
    run.add("high", 30, { priority: "high" });
    run.add("low", 30, { priority: "low" });
    run.lease("a");
    run.warm("low");
    run.warm("high");
    expect(run.send(measured("a", 45))).toEqual([{ type: "unload", unit: "low", reason: "over budget" }]);
    expect(reservedOf(run.state, "cpu")).toBe(100);
    expect(run.send({ type: "unloaded", unit: "low" })).toEqual([]);
    expect(run.units.a?.bytes).toBe(45);
  });

  test("spares pinned models, and waits for the leases of others, which get no new ones", () => {
    const run = new Run(100);
    run.add("a", 30, { pinned: true });
    run.add("b", 30, { pinned: true });
    run.add("c", 30, { priority: "critical" });
    run.warm("a");
    run.warm("b");
    run.lease("c");
    expect(run.send(measured("a", 60))).toEqual([]);
    expect(run.units.c?.leaving).toBe("over budget");
    expect(run.ask("c", { priority: "critical" })).toEqual([]);
    expect(run.released("c")[0]).toEqual({ type: "unload", unit: "c", reason: "over budget" });
  });

  test("makes the model itself leave only where no other idle one suffices", () => {
    const run = new Run(100);
    run.add("a", 40);
    run.add("b", 40);
    run.warm("a");
    run.warm("b");
    expect(run.send(measured("a", 80))).toEqual([{ type: "unload", unit: "b", reason: "over budget" }]);
    const kept = new Run(100);
    kept.add("a", 40);
    kept.add("b", 40, { pinned: true });
    kept.warm("a");
    kept.warm("b");
    expect(kept.send(measured("a", 80))).toEqual([{ type: "unload", unit: "a", reason: "over budget" }]);
  });

  test("makes the model itself leave before an idle one of a more urgent class", () => {
    const run = new Run(100);
    run.add("a", 40, { priority: "low" });
    run.add("b", 40, { priority: "critical" });
    run.warm("a");
    run.warm("b");
    expect(run.send(measured("a", 70))).toEqual([{ type: "unload", unit: "a", reason: "over budget" }]);
  });

  test("makes all leave that may where that does not suffice", () => {
    const run = new Run(100);
    run.add("a", 40, { pinned: true });
    run.add("b", 40, { pinned: true });
    run.add("c", 20);
    for (const name of ["a", "b", "c"]) run.warm(name);
    expect(run.send(measured("a", 90))).toEqual([{ type: "unload", unit: "c", reason: "over budget" }]);
  });

  test("spares a model that is to answer what waited for its load", () => {
    const run = new Run(100);
    run.add("a", 40);
    run.add("b", 40);
    run.lease("b");
    run.now += 1;
    run.ask("a");
    run.send(measured("a", 80));
    expect(run.loaded("a")).toMatchObject([{ type: "grant", unit: "a" }]);
    expect(run.units.b?.leaving).toBe("over budget");
  });

  test("is no reason any more when it is measured smaller", () => {
    const run = new Run(100);
    run.add("a", 40);
    run.add("b", 40);
    run.lease("a");
    run.lease("b");
    run.send(measured("a", 80));
    expect(run.units).toMatchObject({ a: { leaving: "over budget" }, b: { leaving: undefined } });
    run.send(measured("a", 50));
    expect(run.units.a?.leaving).toBeUndefined();
    expect(run.released("a")).toEqual([]);
  });

  test("has the first claim on room that comes back", () => {
    const run = new Run(100);
    run.add("a", 40, { pinned: true });
    run.add("b", 40, { pinned: true });
    run.add("c", 20, { pinned: true });
    run.add("d", 20);
    for (const name of ["a", "b", "c"]) run.warm(name);
    run.send(measured("a", 60));
    run.send({ type: "unload-asked", unit: "c" });
    run.send({ type: "unloaded", unit: "c" });
    expect(run.units.a?.bytes).toBe(60);
    expect(run.ask("d")).toMatchObject([{ type: "refuse", refusal: { kind: "never-fits", kept: 100 } }]);
  });
});

describe("figures that are no numbers", () => {
  test("do no harm: a size fits nowhere, a wait is over, a time stands still, a timeout never comes", () => {
    const run = new Run(100);
    run.add("odd", Number.NaN);
    run.add("a", 40, { keepAlive: Number.NaN });
    expect(run.ask("odd")).toMatchObject([{ type: "refuse", refusal: { kind: "never-fits" } }]);
    expect(run.ask("a", { wait: Number.NaN })).toMatchObject([
      { type: "refuse", refusal: { kind: "waited-too-long", phase: "cold" } },
    ]);
    run.warm("a");
    run.now = Number.NaN;
    expect(run.send({ type: "time-passed" })).toEqual([]);
    expect(run.state.now).toBe(1);
    expect(reservedOf(run.state, "cpu")).toBe(40);
  });
});
