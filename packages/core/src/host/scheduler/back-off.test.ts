import { describe, expect, test } from "vitest";
import { pauseMs } from "./back-off.ts";
import { nextWake } from "./scheduler.ts";
import { Run } from "./scheduler-run.ts";

const failed = (unit: string) => ({ type: "load-failed", unit }) as const;
const crashed = (unit: string) => ({ type: "crashed", unit }) as const;

function one(options: { pinned?: boolean } = {}): Run {
  const run = new Run(100);
  run.add("a", 80, options);
  return run;
}

/** The next thing happens at its own time. */
function wake(run: Run): ReturnType<Run["pass"]> {
  return run.pass(nextWake(run.state) - run.now);
}

test("the pauses are 0, 0.5, 1 and 2 s, then 10 s doubling to 15 minutes", () => {
  expect([1, 2, 3, 4, 5, 6, 7].map(pauseMs)).toEqual([0, 500, 1000, 2000, 10_000, 20_000, 40_000]);
  expect(pauseMs(100)).toBe(900_000);
  expect(pauseMs(5000)).toBe(900_000);
});

test("a model that dies under requests is loaded again without a pause: others must not wait for what an input does", () => {
  const run = one({ pinned: true });
  run.lease("a");
  for (let i = 0; i < 5; i++) {
    expect(run.send({ ...crashed("a"), isUnderWork: true })).toEqual([{ type: "load", unit: "a" }]);
    run.loaded("a");
  }
  expect(run.units.a).toMatchObject({ phase: "ready", failures: 0 });
});

describe("a load that fails", () => {
  test("is tried again by the next request at once, and after a second failure not before its pause is over", () => {
    const run = one();
    run.ask("a");
    run.send(failed("a"));
    expect(run.ask("a")).toEqual([{ type: "load", unit: "a" }]);
    expect(run.send(failed("a"))).toEqual([
      { type: "refuse", id: 1, refusal: { kind: "load-failed", model: "a" } },
      { type: "back-off", unit: "a", retryAt: 500, failures: 2 },
    ]);
    run.pass(499);
    expect(run.ask("a")).toEqual([
      { type: "refuse", id: 2, refusal: { kind: "backing-off", model: "a", retryAt: 500, failures: 2 } },
    ]);
    run.pass(1);
    expect(run.ask("a")).toEqual([{ type: "load", unit: "a" }]);
  });

  test("is tried again before its pause is over by whoever says that it is mended, and counts if it is not", () => {
    const run = one();
    for (let i = 0; i < 4; i++) {
      run.ask("a");
      run.send(failed("a"));
      run.pass(i < 3 ? 2000 : 0);
    }
    expect(run.units.a).toMatchObject({ phase: "failed", retryAt: run.now + 2000 });
    run.send({ type: "mended", unit: "a" });
    expect(run.ask("a")).toEqual([{ type: "load", unit: "a" }]);
    run.send(failed("a"));
    expect(run.units.a).toMatchObject({ phase: "failed", failures: 5, retryAt: run.now + 10_000 });
  });

  test("is not tried again without a request if the model was never up", () => {
    const run = one({ pinned: true });
    run.ask("a");
    expect(run.send(failed("a")).map((action) => action.type)).toEqual(["refuse"]);
    expect(nextWake(run.state)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("a kept model", () => {
  test("whose one reload failed is loaded again by itself", () => {
    const run = one({ pinned: true });
    run.warm("a");
    run.pass(20_000);
    expect(run.send(crashed("a"))).toEqual([{ type: "load", unit: "a" }]);
    expect(run.send(failed("a"))).toEqual([{ type: "load", unit: "a" }]);
    expect(run.send(failed("a")).map((action) => action.type)).toEqual(["back-off"]);
    expect(wake(run)).toEqual([{ type: "load", unit: "a" }]);
    run.loaded("a");
    expect(run.units.a).toMatchObject({ phase: "ready", wantedSince: undefined });
  });

  test("that dies after each load is loaded with growing pauses", () => {
    const run = one({ pinned: true });
    run.warm("a");
    const times: number[] = [];
    for (let i = 0; i < 10; i++) {
      run.now += 20;
      if (run.send(crashed("a"))[0]?.type !== "load") expect(wake(run)).toEqual([{ type: "load", unit: "a" }]);
      times.push(run.now);
      run.loaded("a");
    }
    const pauses = times.slice(1).map((time, i) => time - (times[i] ?? 0) - 20);
    expect(pauses).toEqual([500, 1000, 2000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000]);
  });

  test("is not loaded any more once it is unloaded by name or the zoo is closed", () => {
    for (const event of [{ type: "unload-asked", unit: "a" }, { type: "closed" }] as const) {
      const run = one({ pinned: true });
      run.warm("a");
      for (let i = 0; i < 2; i++) {
        run.send(crashed("a"));
        run.loaded("a");
      }
      expect(run.units.a).toMatchObject({ phase: "failed", failures: 2 });
      run.send(event);
      expect(nextWake(run.state)).toBe(Number.POSITIVE_INFINITY);
      expect(run.pass(100_000)).toEqual([]);
    }
  });

  test("that found its room taken gets it back when its turn comes", () => {
    const run = one({ pinned: true });
    run.add("b", 80);
    run.warm("a");
    run.send(crashed("a"));
    run.send(failed("a"));
    expect(run.units.a?.phase).toBe("failed");
    run.lease("b");
    expect(wake(run)).toEqual([]);
    expect(run.units.b?.leaving).toBe("evicted for a");
    run.released("b");
    expect(run.send({ type: "unloaded", unit: "b" })).toEqual([{ type: "load", unit: "a" }]);
  });
});

describe("a leased model", () => {
  test("that crashes is loaded again whatever was planned for it, and unloaded as asked once the leases are back", () => {
    const run = one();
    run.lease("a");
    run.send({ type: "unload-asked", unit: "a" });
    expect(run.send(crashed("a"))).toEqual([{ type: "load", unit: "a" }]);
    expect(run.loaded("a")).toEqual([]);
    expect(run.released("a")).toEqual([{ type: "unload", unit: "a", reason: "asked" }]);
  });

  test("that makes room and crashes is loaded again, and makes room after that", () => {
    const run = one();
    run.add("b", 80);
    run.lease("a");
    run.ask("b");
    expect(run.send(crashed("a"))).toEqual([{ type: "load", unit: "a" }]);
    run.loaded("a");
    expect(run.released("a")).toEqual([{ type: "unload", unit: "a", reason: "evicted for b" }]);
  });

  test("that backs off is not loaded again once its leases are back", () => {
    const run = one();
    run.lease("a");
    run.send(crashed("a"));
    expect(run.send(failed("a")).map((action) => action.type)).toEqual(["back-off"]);
    expect(nextWake(run.state)).toBe(500);
    run.released("a");
    expect(nextWake(run.state)).toBe(Number.POSITIVE_INFINITY);
    expect(run.pass(1000)).toEqual([]);
  });

  test("that backs off comes before requests of its class", () => {
    const run = one();
    run.add("b", 80);
    run.add("c", 80);
    run.lease("a");
    run.send(crashed("a"));
    run.send(failed("a"));
    run.lease("b");
    run.ask("c");
    expect(wake(run)).toEqual([]);
    run.released("b");
    expect(run.send({ type: "unloaded", unit: "b" })).toEqual([{ type: "load", unit: "a" }]);
  });

  test("that backs off is not loaded again once it is to be unloaded", () => {
    const run = one();
    run.lease("a");
    run.send(crashed("a"));
    run.send(failed("a"));
    run.send({ type: "unload-asked", unit: "a" });
    expect(nextWake(run.state)).toBe(Number.POSITIVE_INFINITY);
    expect(run.pass(1000)).toEqual([]);
  });

  test("that backs off while an unload was asked for stays cold and forgets the order once its leases are back", () => {
    const run = one();
    run.lease("a");
    run.send({ type: "unload-asked", unit: "a" });
    run.send(crashed("a"));
    run.send(failed("a"));
    expect(run.units.a).toMatchObject({ phase: "failed", isAsked: true });
    run.released("a");
    expect(run.units.a?.leaving).toBeUndefined();
    run.now += 500;
    run.lease("a");
    expect(run.units.a).toMatchObject({ phase: "ready", leases: 1 });
  });
});

describe("failures are forgotten", () => {
  const twiceFailed = (): Run => {
    const run = one();
    run.ask("a");
    run.send(failed("a"));
    run.lease("a");
    expect(run.units.a?.failures).toBe(1);
    return run;
  };

  test("when a request is answered ten seconds after a load, and not before", () => {
    const run = twiceFailed();
    run.now += 9999;
    run.released("a");
    expect(run.units.a?.failures).toBe(1);
    run.lease("a");
    run.now += 1;
    run.released("a");
    expect(run.units.a).toMatchObject({ failures: 0, retryAt: undefined });
  });

  test("when the model has been ready for a minute", () => {
    const run = twiceFailed();
    run.pass(59_999);
    expect(run.units.a?.failures).toBe(1);
    run.pass(1);
    expect(run.units.a?.failures).toBe(0);
  });

  test("but a crash within ten seconds of the load counts, one after that does not", () => {
    const run = twiceFailed();
    run.now += 10_000;
    run.send(crashed("a"));
    expect(run.units.a?.failures).toBe(1);
    run.loaded("a");
    run.now += 9999;
    run.send(crashed("a"));
    expect(run.units.a?.failures).toBe(2);
  });
});
