import { describe, expect, test } from "vitest";
import { nextWake } from "./scheduler.ts";
import { Run } from "./scheduler-run.ts";
import { abandonedAfterMs } from "./settle.ts";

const goal = (...keep: string[]) => ({ type: "goal", keep }) as const;
const failed = (unit: string, isFinal = false) => ({ type: "load-failed", unit, isFinal }) as const;

describe("what is to be kept", () => {
  test("is loaded without a request, in order, as far as it fits, and what does not is told at once", () => {
    const run = new Run({ budgets: { cpu: 100 }, maxLoading: () => 1 });
    for (const name of ["a", "b", "c"]) run.add(name, 40);
    expect(run.send(goal("b", "c", "a"))).toEqual([
      {
        type: "cannot-keep",
        unit: "a",
        refusal: { kind: "never-fits", model: "a", resource: "cpu", bytes: 40, budget: 100, kept: 80 },
      },
      { type: "load", unit: "b" },
    ]);
    expect(run.loaded("b")).toEqual([{ type: "load", unit: "c" }]);
    expect(run.loaded("c")).toEqual([]);
    expect(run.log.find((action) => action.type === "load")).toMatchObject({ reason: { kind: "kept", place: 0 } });
  });

  test("is loaded again by itself when its load failed, with growing pauses, though it was never up", () => {
    const run = new Run(100);
    run.add("a", 40);
    run.send(goal("a"));
    expect(run.send(failed("a"))).toEqual([{ type: "load", unit: "a" }]);
    run.send(failed("a"));
    expect(nextWake(run.state)).toBe(500);
    expect(run.pass(500)).toEqual([{ type: "load", unit: "a" }]);
  });

  test("makes idle units leave, of its own class or lower", () => {
    const run = new Run(100);
    run.add("idle", 80);
    run.add("kept", 80, { priority: "low" });
    run.add("urgent", 80);
    run.warm("idle");
    expect(run.send(goal("kept"))).toEqual([]);
    expect(run.send(goal("urgent"))).toEqual([{ type: "unload", unit: "idle", reason: "evicted for urgent" }]);
  });

  test("counts as critical while it is missing, if it is required", () => {
    const run = new Run(100);
    run.add("idle", 80, { priority: "critical" });
    run.add("kept", 80, { priority: "low", required: true });
    run.warm("idle");
    expect(run.send(goal("kept"))).toEqual([{ type: "unload", unit: "idle", reason: "evicted for kept" }]);
  });

  test("is not kept any more once the goal is another, or it is unloaded by name", () => {
    const run = new Run(100);
    run.add("a", 40);
    run.add("b", 40);
    run.send(goal("a", "b"));
    run.loaded("a");
    run.loaded("b");
    run.send(goal("b"));
    expect(run.units).toMatchObject({ a: { pinned: false }, b: { pinned: true } });
    run.send({ type: "unload-asked", unit: "b" });
    run.send({ type: "unloaded", unit: "b" });
    expect(run.pass(100_000)).toEqual([]);
  });
});

describe("a keep-alive", () => {
  test("of a request holds until one brings another, or the unit is loaded anew", () => {
    const run = new Run(100);
    run.add("a", 40, { keepAlive: 5000 });
    run.lease("a");
    run.released("a");
    run.ask("a", { keepAlive: 0 });
    expect(run.released("a")).toEqual([{ type: "unload", unit: "a", reason: "idle" }]);
    run.send({ type: "unloaded", unit: "a" });
    run.ask("a", { keepAlive: Number.POSITIVE_INFINITY });
    run.loaded("a");
    run.released("a");
    expect(nextWake(run.state)).toBe(Number.POSITIVE_INFINITY);
    run.lease("a");
    run.released("a");
    expect(nextWake(run.state)).toBe(Number.POSITIVE_INFINITY);
    run.send({ type: "unload-asked", unit: "a" });
    run.send({ type: "unloaded", unit: "a" });
    run.lease("a");
    run.released("a");
    expect(nextWake(run.state)).toBe(5000);
  });

  test("that is shorter than the unit's own holds until the next request, which may bring none", () => {
    const run = new Run(100);
    run.add("a", 40, { keepAlive: 5000 });
    run.lease("a");
    run.ask("a", { keepAlive: 0 });
    run.ask("a");
    run.released("a");
    run.released("a");
    expect(run.released("a")).toEqual([]);
    expect(nextWake(run.state)).toBe(5000);
  });

  test("of a request that is withdrawn or refused before it has a lease says nothing", () => {
    const run = new Run(100);
    run.add("a", 40, { keepAlive: 5000 });
    run.ask("a", { keepAlive: 60_000 });
    run.ask("a", { keepAlive: 0 });
    run.send({ type: "withdrawn", id: 1 });
    run.ask("a", { keepAlive: 0, wait: 10 });
    run.pass(10);
    run.loaded("a");
    expect(run.released("a")).toEqual([]);
    expect(nextWake(run.state)).toBe(60_010);
  });

  test("can be changed while the unit idles", () => {
    const run = new Run(100);
    run.add("a", 40);
    run.warm("a");
    expect(run.send({ type: "keep-alive", unit: "a", ms: 0 })).toEqual([{ type: "unload", unit: "a", reason: "idle" }]);
  });
});

describe("pressure", () => {
  test("shortens keep-alives when it is soft, and ends them when it is hard, on its own device only", () => {
    const run = new Run({ budgets: { cpu: 100, "cuda:0": 100 } });
    run.add("a", 40);
    run.add("g", 0, { placements: [{ device: "cuda:0", bytes: { "cuda:0": 40 } }] });
    run.warm("a");
    run.warm("g");
    run.send({ type: "pressure", device: "cpu", level: "soft" });
    expect(nextWake(run.state)).toBe(60_001);
    expect(run.send({ type: "pressure", device: "cpu", level: "hard" })).toEqual([
      { type: "unload", unit: "a", reason: "hard pressure on cpu" },
    ]);
  });

  test("takes nothing from whoever holds a lease or is pinned, and is forgotten when it is over", () => {
    const run = new Run(100);
    run.add("leased", 40);
    run.add("pinned", 40, { pinned: true });
    run.lease("leased");
    run.warm("pinned");
    expect(run.send({ type: "pressure", device: "cpu", level: "hard" })).toEqual([]);
    run.send({ type: "pressure", device: "cpu", level: "none" });
    expect(run.released("leased")).toEqual([]);
  });
});

describe("a load that failed for what trying again cannot help", () => {
  test("is not tried for a request nor for the goal, until its cause is said to be gone", () => {
    const run = new Run(100);
    run.add("a", 40);
    run.send(goal("a"));
    run.ask("a");
    expect(run.send(failed("a", true))).toMatchObject([
      { type: "refuse", refusal: { kind: "load-failed" } },
      { type: "back-off", retryAt: Number.POSITIVE_INFINITY },
    ]);
    expect(run.ask("a")).toMatchObject([{ type: "refuse", refusal: { kind: "backing-off", failures: 1 } }]);
    expect(nextWake(run.state)).toBe(Number.POSITIVE_INFINITY);
    expect(run.send({ type: "mended", unit: "a" })).toEqual([{ type: "load", unit: "a" }]);
  });
});

describe("a load that nobody waits for", () => {
  test("is ended once nobody has come back for it", () => {
    const run = new Run(100);
    run.add("a", 40);
    run.ask("a");
    run.send({ type: "withdrawn", id: 0 });
    expect(nextWake(run.state)).toBe(abandonedAfterMs);
    expect(run.pass(abandonedAfterMs)).toMatchObject([{ type: "unload", reason: "nobody waits for it any more" }]);
  });

  test("goes on for as long as it has taken already, so that whoever gave up too early finds it loaded", () => {
    const run = new Run(100);
    run.add("a", 40);
    run.ask("a", { wait: 20_000 });
    run.pass(10_000);
    run.send({ type: "withdrawn", id: 0 });
    expect(run.pass(9999)).toEqual([]);
    expect(nextWake(run.state)).toBe(20_000);
    expect(run.pass(1)).toMatchObject([{ type: "unload", reason: "nobody waits for it any more" }]);
  });

  test("does not go on for long while another waits for its turn to load", () => {
    const run = new Run({ budgets: { cpu: 100 }, maxLoading: () => 1 });
    run.add("a", 40);
    run.add("b", 40);
    run.ask("a", { wait: 20_000 });
    run.pass(10_000);
    run.send({ type: "withdrawn", id: 0 });
    run.pass(500);
    expect(run.ask("b")).toEqual([]);
    expect(run.pass(abandonedAfterMs - 501)).toEqual([]);
    expect(run.pass(1)).toMatchObject([
      { type: "unload", unit: "a", reason: "nobody waits for it any more" },
      { type: "load", unit: "b" },
    ]);
  });

  test("goes on when somebody comes in time", () => {
    const run = new Run(100);
    run.add("a", 40);
    run.ask("a");
    run.send({ type: "withdrawn", id: 0 });
    run.pass(abandonedAfterMs - 1);
    run.ask("a");
    expect(run.pass(abandonedAfterMs)).toEqual([]);
  });
});

describe("a request whose wait is hopeless", () => {
  /** Two units with room for one, of which b has been seen to take 5 s to load. */
  function slow(): Run {
    const run = new Run(100);
    run.add("a", 80);
    run.add("b", 80);
    run.ask("b");
    run.now += 5000;
    run.loaded("b");
    run.now += 1;
    run.released("b");
    run.ask("a");
    run.send({ type: "unloaded", unit: "b" });
    run.loaded("a");
    run.now += 1;
    run.released("a");
    return run;
  }

  test("makes nobody leave, since no load would be there in time", () => {
    const run = slow();
    expect(run.ask("b", { wait: 4999 })).toEqual([]);
    expect(run.units.a?.leaving).toBeUndefined();
    expect(run.ask("b", { wait: 6000 })).toEqual([{ type: "unload", unit: "a", reason: "evicted for b" }]);
  });

  test("is loaded for where there is room, which serves whoever asks next", () => {
    const run = slow();
    run.send({ type: "unload-asked", unit: "a" });
    run.send({ type: "unloaded", unit: "a" });
    expect(run.ask("b", { wait: 1000 })).toEqual([{ type: "load", unit: "b" }]);
  });

  test("is no measure of loads that make a prepared form first, which later loads need not", () => {
    const run = new Run(100);
    run.add("a", 80);
    run.ask("a");
    run.send({ type: "preparing", unit: "a" });
    run.now += 30_000;
    run.loaded("a");
    expect(run.units.a).toMatchObject({ loadMs: undefined, fastestLoadMs: 0 });
  });
});

test("a waiting request whose deadline is moved ends at the new one", () => {
  const run = new Run(100);
  run.add("a", 80);
  run.add("b", 80);
  run.lease("a");
  run.ask("b");
  run.send({ type: "deadline", id: 1, until: 300 });
  expect(run.pass(300)).toMatchObject([{ type: "refuse", id: 1, refusal: { kind: "waited-too-long" } }]);
});

describe("a unit that is kept otherwise from now on", () => {
  const kept = (unit: string, pinned: boolean | undefined, priority: "high" | "low" = "high") =>
    ({ type: "kept", unit, priority, required: false, pinned }) as const;

  function world(): Run {
    const run = new Run(100);
    run.add("a", 60);
    run.add("b", 60);
    return run;
  }

  test("gives its room up where it is kept no more, though it was a part of the goal", () => {
    const run = world();
    run.send(goal("a"));
    run.loaded("a");
    expect(run.ask("b", { wait: 1000 })).toEqual([
      { type: "refuse", id: 0, refusal: expect.objectContaining({ kind: "never-fits", kept: 60 }) },
    ]);
    expect(run.send(kept("a", false, "low"))).toEqual([]);
    expect(run.seen("a")).toMatchObject({ pinned: false, goal: undefined, priority: "low" });
    expect(run.ask("b")).toEqual([{ type: "unload", unit: "a", reason: "evicted for b" }]);
  });

  test("is not loaded any more for a goal that it is no part of", () => {
    const run = world();
    run.lease("b");
    run.send(goal("a"));
    expect(run.seen("a")?.wantedSince).toBe(0);
    run.send(kept("a", false));
    expect(run.released("b")).toEqual([]);
    expect(run.seen("a")).toMatchObject({ phase: "cold", wantedSince: undefined });
  });

  test("makes no room any more where it is kept, and whoever waited for that room is told", () => {
    const run = world();
    run.lease("a");
    run.ask("b");
    expect(run.send(kept("a", true))).toEqual([
      { type: "refuse", id: 1, refusal: expect.objectContaining({ kind: "never-fits", kept: 60 }) },
    ]);
    expect(run.released("a")).toEqual([]);
    expect(run.seen("a")).toMatchObject({ phase: "ready", pinned: true });
  });

  test("goes all the same where an unload by name was asked for meanwhile", () => {
    const run = world();
    run.lease("a");
    run.send({ type: "unload-asked", unit: "a" });
    run.send(kept("a", true));
    expect(run.seen("a")).toMatchObject({ pinned: false, priority: "high" });
    expect(run.released("a")).toEqual([{ type: "unload", unit: "a", reason: "asked" }]);
  });

  test("stays pinned by hand where nothing is said of that", () => {
    const run = world();
    run.lease("a");
    run.send({ type: "pinned", unit: "a" });
    run.send(kept("a", undefined, "low"));
    expect(run.seen("a")).toMatchObject({ pinned: true, priority: "low" });
  });
});
