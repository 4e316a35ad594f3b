import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import type { LoadReport, Runner, RunnerEnd, RunResult } from "../../runner/runner.ts";
import { type Deferred, deferred } from "../../time/abortable.ts";
import { systemClock } from "../../time/clock.ts";
import { RequestLimits } from "../../zoo/request-limits.ts";
import { ModelCalls } from "./model-calls.ts";

/** A runner whose work is over when the test says so. */
class Held implements Runner {
  readonly pid = undefined;
  readonly report: LoadReport = { tasks: ["embed-text"], versions: {}, verified: {}, stagesMs: {} };
  readonly ended = new Promise<RunnerEnd>(() => {});
  readonly work = new Map<unknown, Deferred<RunResult>>();

  run(_task: string, input: unknown): Promise<RunResult> {
    const work = deferred<RunResult>();
    this.work.set(input, work);
    return work.promise;
  }

  async answer(input: unknown): Promise<void> {
    this.work.get(input)?.resolve({ output: input, runMs: 1 });
    this.work.delete(input);
    await settled();
  }

  async memoryBytes(): Promise<number> {
    return 0;
  }

  async stop(): Promise<void> {}
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function callsOf(concurrency: number, crowded?: () => void) {
  const bounds = { count: 10, bytes: 1e6 };
  const told = crowded === undefined ? {} : { crowded };
  const calls = new ModelCalls({ model: "m", clock: systemClock, concurrency, bounds, lose: () => {}, ...told });
  let id = 0;
  const ask = async (input: string): Promise<unknown> => {
    const call = calls.enter(id++, "medium", new RequestLimits("m", systemClock, {}), { task: "embed-text", input });
    return (await calls.perform(call)).output;
  };
  return { calls, ask };
}

/** A share that may be had or not, and how many are out. */
function shares() {
  const state = { isOpen: true, out: 0 };
  const share = {
    take: () => {
      if (state.isOpen) state.out += 1;
      return state.isOpen;
    },
    giveBack: () => {
      state.out -= 1;
    },
  };
  return { state, share };
}

test("a call goes to the runner with the least work, and holds a share in it for as long as its work lasts", async () => {
  const { calls, ask } = callsOf(2);
  const { state, share } = shares();
  const [first, further] = [new Held(), new Held()];
  calls.attach(first);
  calls.attach(further, share);
  const answers = ["a", "b", "c", "d", "e"].map(ask);
  await settled();
  expect([...first.work.keys()]).toEqual(["a", "c"]);
  expect([...further.work.keys()]).toEqual(["b", "d"]);
  expect([calls.waiting, state.out]).toEqual([1, 2]);
  await further.answer("d");
  expect([...further.work.keys(), state.out]).toEqual(["b", "e", 2]);
  for (const runner of [first, further]) for (const input of [...runner.work.keys()]) await runner.answer(input);
  expect(await Promise.all(answers)).toEqual(["a", "b", "c", "d", "e"]);
  expect(state.out).toBe(0);
});

test("a runner in which there is no share, and one that has left, get no calls; those of one that ended go to the others", async () => {
  const { calls, ask } = callsOf(1);
  const { state, share } = shares();
  const [first, further] = [new Held(), new Held()];
  calls.attach(first);
  calls.attach(further, share);
  const answers = [ask("a"), ask("b")];
  await settled();
  state.isOpen = false;
  const third = ask("c");
  calls.detach(further, { expected: false, reason: "was killed", cause: "outside" });
  await settled();
  expect([...first.work.keys()]).toEqual(["a"]);
  expect([calls.waiting, state.out]).toEqual([2, 0]);
  for (const input of ["a", "b", "c"]) await first.answer(input);
  expect(await Promise.all([...answers, third])).toEqual(["a", "b", "c"]);
});

test("a call that waits for longer than runs take is reported again and again, until none waits", async () => {
  let told = 0;
  const { calls, ask } = callsOf(1, () => {
    told += 1;
  });
  const runner = new Held();
  calls.attach(runner);
  const warm = ask("warm");
  await settled();
  await runner.answer("warm");
  await warm;
  await setTimeout(60);
  expect(told).toBe(0);
  const answers = [ask("a"), ask("b")];
  await setTimeout(120);
  expect(told).toBeGreaterThan(1);
  await runner.answer("a");
  const before = told;
  await setTimeout(60);
  expect(told).toBe(before);
  await runner.answer("b");
  expect(await Promise.all(answers)).toEqual(["a", "b"]);
});
