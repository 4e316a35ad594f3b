import { describe, expect, test } from "vitest";
import { Run } from "./scheduler-run.ts";
import type { Placement } from "./scheduler-state.ts";

const onAnyGpu = (bytes: number): Placement[] => [
  { device: "cuda:0", bytes: { "cuda:0": bytes } },
  { device: "cuda:1", bytes: { "cuda:1": bytes } },
];
const gpu = (vram: number, ram: number): Placement[] => [{ device: "cuda:0", bytes: { "cuda:0": vram, cpu: ram } }];

function deviceOf(run: Run, name: string): string | undefined {
  const unit = run.units[name];
  return unit?.placements[unit.placement ?? -1]?.device;
}

describe("a unit that needs two devices at once", () => {
  test("waits for both, and the one that is short decides who makes room", () => {
    const run = new Run({ budgets: { cpu: 100, "cuda:0": 100 } });
    run.add("host", 60);
    run.add("other", 0, { placements: gpu(30, 0) });
    run.add("both", 0, { placements: gpu(60, 60) });
    run.warm("other");
    run.warm("host");
    expect(run.ask("both")).toEqual([{ type: "unload", unit: "host", reason: "evicted for both" }]);
    expect(run.send({ type: "unloaded", unit: "host" })).toEqual([{ type: "load", unit: "both" }]);
    expect(run.units.both?.reserved).toEqual([60, 60]);
  });

  test("is refused with the device that can never have it", () => {
    const run = new Run({ budgets: { cpu: 100, "cuda:0": 100 } });
    run.add("both", 0, { placements: gpu(60, 160) });
    expect(run.ask("both")).toMatchObject([{ type: "refuse", refusal: { resource: "cpu", bytes: 160, budget: 100 } }]);
  });

  test("is measured on each device by itself", () => {
    const run = new Run({ budgets: { cpu: 100, "cuda:0": 100 } });
    run.add("both", 0, { placements: gpu(60, 10) });
    run.warm("both");
    run.send({ type: "measured", unit: "both", resident: { cpu: 30 }, peak: { cpu: 45 } });
    expect(run.units.both?.reserved).toEqual([45, 60]);
    run.send({ type: "measured", unit: "both", resident: { cpu: 20 }, peak: { cpu: 25 } });
    expect(run.units.both?.reserved).toEqual([25, 60]);
  });
});

describe("a unit that may go to either of two devices", () => {
  test("goes where most is free", () => {
    const run = new Run({ budgets: { "cuda:0": 100, "cuda:1": 100 } });
    for (const name of ["a", "b", "c"]) run.add(name, 0, { placements: onAnyGpu(30) });
    run.lease("a");
    run.lease("b");
    expect([deviceOf(run, "a"), deviceOf(run, "b")]).toEqual(["cuda:0", "cuda:1"]);
  });

  test("takes free room before any that has to be made, and idle victims before leased ones", () => {
    const run = new Run({ budgets: { "cuda:0": 100, "cuda:1": 60 } });
    for (const name of ["a", "b", "c", "d"]) run.add(name, 0, { placements: onAnyGpu(60) });
    run.warm("a");
    run.lease("b");
    expect(run.ask("c")).toEqual([{ type: "unload", unit: "a", reason: "evicted for c" }]);
  });

  test("is loaded on the other when its own is gone, and its leases wait for that", () => {
    const run = new Run({ budgets: { "cuda:0": 100, "cuda:1": 60 } });
    run.add("a", 0, { placements: onAnyGpu(60) });
    run.lease("a");
    const gone = run.send({ type: "device-gone", device: "cuda:0" });
    expect(gone).toEqual([{ type: "unload", unit: "a", reason: "cuda:0 is gone" }]);
    expect(run.send({ type: "unloaded", unit: "a" })).toEqual([{ type: "load", unit: "a" }]);
    expect(deviceOf(run, "a")).toBe("cuda:1");
    run.loaded("a");
    expect(run.units.a).toMatchObject({ phase: "ready", leases: 1 });
  });

  test("is refused once every device that could have it is gone", () => {
    const run = new Run({ budgets: { "cuda:0": 100 } });
    run.add("a", 0, { placements: gpu(0, 0) });
    run.send({ type: "device-gone", device: "cuda:0" });
    expect(run.ask("a")).toMatchObject([{ type: "refuse", refusal: { kind: "never-fits", budget: 0 } }]);
  });
});

describe("a limit on units that are loaded", () => {
  test("makes room by number as by bytes", () => {
    const run = new Run({ budgets: { cpu: 1000 }, maxLoaded: 2 });
    for (const name of ["a", "b", "c"]) run.add(name, 10);
    run.warm("a");
    run.warm("b");
    expect(run.ask("c")).toEqual([{ type: "unload", unit: "a", reason: "evicted for c" }]);
  });
});

describe("a limit on loads", () => {
  test("keeps the room of the next, which begins when one has ended", () => {
    const run = new Run({ budgets: { cpu: 100 }, maxLoading: () => 1 });
    for (const name of ["a", "b", "c"]) run.add(name, 40);
    run.ask("a");
    expect(run.ask("b")).toEqual([]);
    expect(run.ask("c")).toEqual([]);
    expect(run.loaded("a")).toEqual([
      { type: "load", unit: "b" },
      { type: "grant", id: 0, unit: "a" },
    ]);
  });

  test("counts for each device by itself", () => {
    const run = new Run({ budgets: { cpu: 100, "cuda:0": 100 }, maxLoading: () => 1 });
    run.add("a", 40);
    run.add("g", 0, { placements: gpu(40, 0) });
    run.ask("a");
    expect(run.ask("g")).toEqual([{ type: "load", unit: "g" }]);
  });

  test("lets another begin when one is called off", () => {
    const run = new Run({ budgets: { cpu: 100 }, maxLoading: () => 1 });
    for (const name of ["a", "b"]) run.add(name, 40);
    run.ask("a");
    run.ask("b");
    run.send({ type: "withdrawn", id: 0 });
    expect(run.send({ type: "unload-asked", unit: "a" })).toEqual([
      { type: "unload", unit: "a", reason: "asked" },
      { type: "load", unit: "b" },
    ]);
  });
});

test("a group answers for all of its models, and is loaded and evicted as one", () => {
  const run = new Run(100);
  run.add("small-ones", 60, { models: ["a", "b"] });
  run.add("c", 60);
  expect(run.ask("a")).toEqual([{ type: "load", unit: "small-ones" }]);
  expect(run.ask("b")).toEqual([]);
  expect(run.loaded("small-ones")).toMatchObject([
    { type: "grant", id: 0, unit: "small-ones" },
    { type: "grant", id: 1, unit: "small-ones" },
  ]);
  run.released("small-ones");
  expect(run.ask("c")).toEqual([]);
  expect(run.released("small-ones")).toMatchObject([{ type: "unload", unit: "small-ones" }]);
});
