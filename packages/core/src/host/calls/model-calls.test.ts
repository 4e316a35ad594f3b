import { expect, test } from "vitest";
import { ModelError } from "../../contract/model-error.ts";
import type { LoadReport, Runner, RunnerEnd, RunResult } from "../../runner/runner.ts";
import { type Deferred, deferred } from "../../time/abortable.ts";
import { systemClock } from "../../time/clock.ts";
import { type LimitOptions, RequestLimits } from "../../zoo/request-limits.ts";
import { ModelCalls } from "./model-calls.ts";
import type { QueuedCall } from "./model-queue.ts";

/** A runner whose work is over when the test says so. */
class HeldRunner implements Runner {
  readonly pid = undefined;
  readonly report: LoadReport = { tasks: ["embed-text"], versions: {}, verified: {}, stagesMs: {} };
  readonly ended = new Promise<RunnerEnd>(() => {});
  /** What was asked, by what it was asked. */
  readonly under = new Map<unknown, Deferred<RunResult>>();

  run(_task: string, input: unknown): Promise<RunResult> {
    const work = deferred<RunResult>();
    this.under.set(input, work);
    return work.promise;
  }

  answer(input: unknown): void {
    this.under.get(input)?.resolve({ output: input, runMs: 1 });
  }

  async memoryBytes(): Promise<number> {
    return 0;
  }

  async stop(): Promise<void> {}
}

interface Asked {
  readonly call: QueuedCall;
  readonly limits: RequestLimits;
  perform(): Promise<string>;
}

function callsOf(concurrency: number): { calls: ModelCalls; ask(input: string, options?: LimitOptions): Asked } {
  const bounds = { count: 10, bytes: 1e6 };
  const calls = new ModelCalls({ model: "m", clock: systemClock, concurrency, bounds, lose: () => {} });
  let id = 0;
  return {
    calls,
    ask(input, options = {}) {
      const limits = new RequestLimits("m", systemClock, options);
      const call = calls.enter(id++, "medium", limits, { task: "embed-text", input });
      const perform = (): Promise<string> =>
        calls.perform(call).then(
          ({ output }) => String(output),
          (error: ModelError) => error.code,
        );
      return { call, limits, perform };
    },
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const withdrawn = new ModelError("cancelled", "withdrawn");

test("a place that comes in the moment of its caller's leaving goes to the next", async () => {
  const { calls, ask } = callsOf(1);
  const runner = new HeldRunner();
  const [first, second] = [ask("first"), ask("second")];
  const answers = Promise.all([first.perform(), second.perform()]);
  calls.attach(runner);
  first.limits.end(withdrawn);
  await settled();
  runner.answer("second");
  expect(await answers).toEqual(["cancelled", "second"]);
  expect(runner.under.has("first")).toBe(false);
  expect(calls.running).toBe(0);
});

test("nothing runs beside a call that is asked again alone, and what it kept back runs when it leaves", async () => {
  const { calls, ask } = callsOf(2);
  const runner = new HeldRunner();
  calls.attach(runner);
  const [before, alone, behind] = [ask("before"), ask("alone"), ask("behind")];
  alone.call.isAlone = true;
  const answers = [before, alone, behind].map((asked) => asked.perform());
  await settled();
  expect([...runner.under.keys()]).toEqual(["before"]);
  runner.answer("before");
  await settled();
  expect([...runner.under.keys()]).toEqual(["before", "alone"]);
  runner.answer("alone");
  await settled();
  runner.answer("behind");
  expect(await Promise.all(answers)).toEqual(["before", "alone", "behind"]);

  const [busy, leaves, waits] = [ask("busy"), ask("leaves"), ask("waits")];
  leaves.call.isAlone = true;
  const later = [busy, leaves, waits].map((asked) => asked.perform());
  await settled();
  expect(runner.under.has("waits")).toBe(false);
  leaves.limits.end(withdrawn);
  calls.leave(leaves.call);
  await settled();
  expect(runner.under.has("waits")).toBe(true);
  for (const input of ["busy", "waits"]) runner.answer(input);
  expect(await Promise.all(later)).toEqual(["busy", "cancelled", "waits"]);
});

test("a call has its place until its work is over, however long ago its caller left", async () => {
  const { calls, ask } = callsOf(1);
  const runner = new HeldRunner();
  calls.attach(runner);
  const [left, next] = [ask("left"), ask("next")];
  const answers = [left.perform(), next.perform()];
  await settled();
  left.limits.end(withdrawn);
  expect(await answers[0]).toBe("cancelled");
  expect([calls.running, runner.under.has("next")]).toEqual([1, false]);
  runner.answer("left");
  await settled();
  runner.answer("next");
  expect(await answers[1]).toBe("next");
});

test("a call that waits for its turn says its place, and one that ends says how long it waited", async () => {
  const { calls, ask } = callsOf(1);
  const runner = new HeldRunner();
  calls.attach(runner);
  const [runs, waits] = [ask("runs"), ask("waits", { deadlineMs: 30 })];
  const answer = runs.perform();
  await expect(calls.perform(waits.call)).rejects.toMatchObject({
    code: "deadline_exceeded",
    message: expect.stringContaining("was still waiting, at place 1 of 1, when its deadline came"),
    details: { position: 1, waiting: 1 },
  });
  calls.leave(waits.call);
  runner.answer("runs");
  expect(await answer).toBe("runs");
});
