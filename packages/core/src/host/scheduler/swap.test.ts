import { describe, expect, test } from "vitest";
import { nextWake } from "./scheduler.ts";
import { Run } from "./scheduler-run.ts";
import { swapPatienceMs } from "./swap-patience.ts";

/** Two models with room for one. */
function two(): Run {
  const run = new Run(100);
  run.add("a", 80);
  run.add("b", 80);
  return run;
}

/**
 * Plays a runner per model: a load takes `loadMs`, an unload 10 ms, and requests are answered one after the other, 20 ms
 * each. @returns the models in the order of their answers
 */
function play(run: Run, arrivals: readonly { at: number; model: string }[], loadMs: number): string[] {
  const answers: string[] = [];
  const due: { at: number; act: () => void }[] = arrivals.map(({ at, model }) => ({
    at,
    act: () => take(run.ask(model)),
  }));
  const freeAt = new Map<string, number>();
  const later = (at: number, act: () => void): void => void due.push({ at, act });
  function take(actions: ReturnType<Run["send"]>): void {
    for (const action of actions) {
      if (action.type === "load") later(run.now + loadMs, () => take(run.loaded(action.unit)));
      if (action.type === "unload") later(run.now + 10, () => take(run.send({ type: "unloaded", unit: action.unit })));
      if (action.type !== "grant") continue;
      const at = Math.max(run.now, freeAt.get(action.unit) ?? 0) + 20;
      freeAt.set(action.unit, at);
      later(at, () => {
        answers.push(action.unit);
        take(run.released(action.unit));
      });
    }
  }
  for (let i = 0; i < 100_000; i++) {
    due.sort((x, y) => x.at - y.at);
    const next = due[0];
    const wake = nextWake(run.state);
    if (next === undefined && wake === Number.POSITIVE_INFINITY) return answers;
    if (next === undefined || wake < next.at) take(run.pass(wake - run.now));
    else {
      due.shift();
      run.now = Math.max(run.now, next.at);
      next.act();
    }
  }
  throw new Error("the play never ends");
}

describe("two models with room for one", () => {
  test.each([5, 100, 5000])("take two loads of %d ms for alternating requests that are all there at once", (loadMs) => {
    const run = two();
    const arrivals = Array.from({ length: 20 }, (_, i) => ({ at: 0, model: i % 2 === 0 ? "a" : "b" }));
    expect(play(run, arrivals, loadMs).join("")).toBe("aaaaaaaaaabbbbbbbbbb");
    expect(run.loads()).toBe(2);
  });

  test("are swapped once a patience at most while requests for both keep coming", () => {
    const run = two();
    const arrivals = Array.from({ length: 1000 }, (_, i) => ({ at: i * 10, model: i % 2 === 0 ? "a" : "b" }));
    expect(play(run, arrivals, 100)).toHaveLength(1000);
    // 1000 answers of 20 ms take 20 s. The last of them are backlogs, which are answered in one go.
    expect(run.loads()).toBeLessThanOrEqual(20_000 / swapPatienceMs);
    expect(run.log.filter((action) => action.type === "refuse")).toEqual([]);
  });

  test("serve the second within its patience and one load while requests for the first never pause", () => {
    const run = two();
    const steady = Array.from({ length: 300 }, (_, i) => ({ at: i * 15, model: "a" }));
    const answers = play(run, [...steady, { at: 1000, model: "b" }], 100);
    // From 1000 ms on, the first gives leases until 2000 ms, and its backlog of leases is answered.
    const before = answers.indexOf("b");
    expect(before).toBeGreaterThan(0);
    expect(before * 20).toBeLessThan(1000 + swapPatienceMs + 1000);
    expect(answers).toHaveLength(301);
    expect(run.loads()).toBe(3);
  });
});

describe("a model that makes room", () => {
  test("answers requests of its beneficiary's class until the patience is over, then no more", () => {
    const run = two();
    run.lease("a");
    run.ask("b");
    expect(run.units.a?.leaving).toBe("evicted for b");
    run.pass(swapPatienceMs - 1);
    expect(run.ask("a")).toMatchObject([{ type: "grant", unit: "a" }]);
    run.pass(1);
    expect(run.ask("a")).toEqual([]);
    run.released("a");
    expect(run.released("a")).toEqual([{ type: "unload", unit: "a", reason: "evicted for b" }]);
  });

  test("answers what waited for its load, however long that took", () => {
    const run = two();
    run.ask("a");
    run.ask("b");
    run.ask("a");
    run.now += 10 * swapPatienceMs;
    expect(run.loaded("a").map((action) => action.type)).toEqual(["grant", "grant"]);
    run.now += 1;
    expect(run.ask("a")).toEqual([]);
  });

  test("gives a lower class than its beneficiary's nothing, and a higher one all", () => {
    const run = two();
    run.lease("a");
    run.ask("b");
    expect(run.ask("a", { priority: "low" })).toEqual([]);
    run.pass(swapPatienceMs);
    expect(run.ask("a", { priority: "critical" })).toMatchObject([{ type: "grant" }]);
  });

  test("leaves half of a short wait for the load of its beneficiary", () => {
    const run = two();
    run.lease("a");
    run.ask("b", { wait: 400 });
    expect(nextWake(run.state)).toBe(200);
    run.pass(199);
    expect(run.ask("a")).toMatchObject([{ type: "grant" }]);
    run.pass(1);
    expect(run.ask("a")).toEqual([]);
  });

  test("answers others from time to time where its leases do not come back, and keeps them waiting for longer each time", () => {
    const run = two();
    run.lease("a");
    run.ask("b", { wait: 600_000 });
    const stalls: number[] = [];
    let since = 0;
    for (; run.now < 60_000; run.now += 100) {
      const [granted] = run.ask("a", { wait: 50 });
      if (granted?.type !== "grant") continue;
      run.released("a");
      if (run.now - since > 100) stalls.push(run.now - since);
      since = run.now;
    }
    expect(stalls.map((ms) => Math.floor(ms / swapPatienceMs))).toEqual([1, 2, 4, 8, 16]);
  });

  test("is woken for when its turn to answer others comes", () => {
    const run = two();
    run.lease("a");
    run.ask("b");
    run.pass(swapPatienceMs);
    run.ask("a");
    expect(nextWake(run.state)).toBe(2 * swapPatienceMs);
    expect(run.pass(swapPatienceMs)).toEqual([{ type: "grant", id: 2, unit: "a" }]);
  });

  test("leaves under overlapping leases that are longer than the patience", () => {
    const run = two();
    run.lease("a");
    run.ask("b", { wait: 600_000 });
    const ends: number[] = [3 * swapPatienceMs];
    while (run.units.a?.phase === "ready" && run.now < 100_000) {
      run.now += 100;
      run.send({ type: "time-passed" });
      for (; ends[0] !== undefined && ends[0] <= run.now; ends.shift()) run.released("a");
      if (run.units.a?.phase === "ready" && run.ask("a", { wait: 50 })[0]?.type === "grant")
        ends.push(run.now + 3 * swapPatienceMs);
    }
    expect(run.units.a?.phase).toBe("draining");
    expect(run.now).toBeLessThan(12 * swapPatienceMs);
  });

  test("is woken for when the patience ends, once", () => {
    const run = two();
    run.lease("a");
    run.ask("b");
    expect(nextWake(run.state)).toBe(swapPatienceMs);
    run.pass(swapPatienceMs);
    expect(nextWake(run.state)).toBe(60_000);
  });
});
