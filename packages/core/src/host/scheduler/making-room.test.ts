import { describe, expect, test } from "vitest";
import { Run } from "./scheduler-run.ts";

/** Two models with room for one. */
function two(): Run {
  const run = new Run(100);
  run.add("a", 80);
  run.add("b", 80);
  return run;
}

test("of leased and loading models the one whose last use began first makes room", () => {
  for (const first of ["a", "b"]) {
    const run = new Run(100);
    for (const name of ["a", "b", "c"]) run.add(name, 50);
    const second = first === "a" ? "b" : "a";
    run.warm(second);
    run.now += 1;
    run.lease(first);
    run.now += 1;
    run.ask(second);
    run.ask("c");
    expect(run.units[first]?.leaving).toBe("evicted for c");
  }
  const loading = new Run(100);
  for (const name of ["a", "b", "c"]) loading.add(name, 50);
  loading.now += 1;
  loading.lease("b");
  loading.now += 1;
  loading.ask("a");
  loading.ask("c");
  expect(loading.units).toMatchObject({ a: { leaving: undefined }, b: { leaving: "evicted for c" } });
});

test("a model that answers waiting requests first is not taken for an idle one", () => {
  const run = new Run(100);
  run.add("a", 50);
  run.add("b", 50);
  run.add("c", 50);
  run.lease("a");
  run.lease("b");
  run.send({ type: "crashed", unit: "b" });
  run.ask("c");
  run.ask("b");
  run.released("b");
  expect(run.loaded("b")).toMatchObject([{ type: "grant", unit: "b" }]);
  expect(run.units).toMatchObject({ a: { leaving: "evicted for c" }, b: { leaving: undefined } });
});

describe("a mark", () => {
  test.each(["withdrawn", "late"])("is gone when its beneficiary is %s, and the model goes on answering", (how) => {
    const run = two();
    run.lease("a");
    run.ask("b", { wait: 5000 });
    run.pass(1999);
    expect(run.ask("a")).toEqual([]);
    const actions = how === "withdrawn" ? run.send({ type: "withdrawn", id: 1 }) : run.pass(3001);
    expect(actions).toContainEqual({ type: "grant", id: 2, unit: "a" });
    expect(run.units.a?.leaving).toBeUndefined();
    run.released("a");
    expect(run.released("a")).toEqual([]);
  });

  test("is gone when a pin makes its beneficiary hopeless", () => {
    const run = two();
    run.lease("a");
    run.ask("b");
    expect(run.send({ type: "pinned", unit: "a" })).toMatchObject([
      { type: "refuse", refusal: { kind: "never-fits", model: "b", kept: 80 } },
    ]);
    expect(run.released("a")).toEqual([]);
    expect(run.units.a).toMatchObject({ phase: "ready", pinned: true, leaving: undefined });
  });

  test("is gone when other room came first", () => {
    const run = new Run(200);
    for (const name of ["a", "b", "c"]) run.add(name, 80);
    run.lease("a");
    run.lease("b");
    run.ask("c");
    const marked = Object.values(run.units).filter((model) => model.leaving !== undefined);
    expect(marked.map((model) => model.name)).toEqual(["a"]);
    expect(run.released("b")).toEqual([{ type: "unload", unit: "b", reason: "evicted for c" }]);
    expect(run.units.a?.leaving).toBeUndefined();
  });
});

describe("who cannot be helped now", () => {
  test("stands in nobody's way: a smaller request behind it is served from free room", () => {
    const run = new Run(300);
    run.add("high", 100, { priority: "high" });
    run.add("large", 250);
    run.add("small", 50);
    run.warm("high");
    expect(run.ask("large")).toEqual([]);
    expect(run.ask("small")).toEqual([{ type: "load", unit: "small" }]);
  });

  test("is served as soon as it can be", () => {
    const run = new Run(300);
    run.add("high", 100, { priority: "high" });
    run.add("large", 250);
    run.warm("high");
    run.ask("large");
    run.send({ type: "unload-asked", unit: "high" });
    expect(run.send({ type: "unloaded", unit: "high" })).toEqual([{ type: "load", unit: "large" }]);
  });
});

describe("room that is made for one", () => {
  test("is not taken by later ones, of which those are served that fit beside it", () => {
    const run = new Run(100);
    run.add("a", 60);
    run.add("b", 60);
    run.add("c", 50);
    run.add("d", 40);
    run.lease("a");
    run.ask("b");
    expect(run.ask("c")).toEqual([]);
    expect(run.ask("d")).toEqual([{ type: "load", unit: "d" }]);
    expect(run.released("a")).toEqual([{ type: "unload", unit: "a", reason: "evicted for b" }]);
    expect(run.send({ type: "unloaded", unit: "a" })).toEqual([{ type: "load", unit: "b" }]);
  });

  test("is held while a model that will leave still loads", () => {
    const run = new Run(100);
    run.add("a", 60);
    run.add("large", 90);
    run.add("small", 30);
    run.ask("a");
    run.ask("large");
    expect(run.ask("small")).toEqual([]);
    run.loaded("a");
    expect(run.ask("small")).toEqual([]);
    expect(run.released("a")).toEqual([{ type: "unload", unit: "a", reason: "evicted for large" }]);
  });

  test("for two comes from two victims", () => {
    const run = new Run(100);
    for (const name of ["a", "b", "c", "d"]) run.add(name, 50);
    run.lease("a");
    run.lease("b");
    run.ask("c");
    run.ask("d");
    expect(run.units).toMatchObject({ a: { leaving: "evicted for c" }, b: { leaving: "evicted for d" } });
  });
});
