import { expect, test } from "vitest";
import { ModelError } from "../../contract/model-error.ts";
import type { LoadReport, Runner, RunnerEnd, RunResult } from "../../runner/runner.ts";
import { type Deferred, deferred } from "../../time/abortable.ts";
import { systemClock } from "../../time/clock.ts";
import { RequestLimits } from "../../zoo/request-limits.ts";
import { ModelCalls } from "./model-calls.ts";
import { RunnerTurns } from "./runner-turns.ts";

/** One model's part in a runner that two share. Its work is over when the test says so. */
class Part implements Runner {
  readonly pid = undefined;
  readonly report: LoadReport = { tasks: ["embed-text"], versions: {}, verified: {}, stagesMs: {} };
  readonly ended = new Promise<RunnerEnd>(() => {});
  readonly work = new Map<unknown, Deferred<RunResult>>();

  run(_task: string, input: unknown): Promise<RunResult> {
    const work = deferred<RunResult>();
    this.work.set(input, work);
    return work.promise;
  }

  async memoryBytes(): Promise<number> {
    return 0;
  }

  async stop(): Promise<void> {}
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Models a and b, three calls of each at a time, in one runner. */
function shared() {
  const turns = new RunnerTurns();
  const models = { a: callsOf("a", turns), b: callsOf("b", turns) };
  let parts: Record<"a" | "b", Part>;
  let id = 0;
  const attach = (): void => {
    parts = { a: new Part(), b: new Part() };
    for (const name of ["a", "b"] as const) models[name].attach(parts[name]);
  };
  attach();
  return {
    ask(model: "a" | "b", input: string) {
      const limits = new RequestLimits(model, systemClock, {});
      const call = models[model].enter(id++, "medium", limits, { task: "embed-text", input });
      const outcome = models[model].perform(call).then(
        ({ output }) => output,
        (error: ModelError) => error.code,
      );
      return { outcome: outcome.finally(() => models[model].leave(call)), limits };
    },
    /** What is under way, in order. */
    running: (): unknown[] => [...parts.a.work.keys(), ...parts.b.work.keys()],
    async answer(model: "a" | "b", input: string): Promise<void> {
      parts[model].work.get(input)?.resolve({ output: input, runMs: 1 });
      parts[model].work.delete(input);
      await settled();
    },
    /** The runner ends by its own doing, under all that it does, and a fresh one is there. */
    async crash(): Promise<void> {
      const gone = parts;
      for (const name of ["a", "b"] as const)
        models[name].detach(gone[name], { expected: false, reason: "crashed", cause: "itself" });
      await settled();
      attach();
      await settled();
    },
  };
}

function callsOf(model: string, turns: RunnerTurns): ModelCalls {
  const bounds = { count: 10, bytes: 1e6 };
  return new ModelCalls({ model, clock: systemClock, concurrency: 3, bounds, turns, lose: () => {} });
}

test("after a crash calls of all models are asked again one at a time, and others wait until they are over", async () => {
  const { ask, running, answer, crash } = shared();
  const [one, two] = [ask("a", "one"), ask("b", "two")];
  await settled();
  expect(running()).toEqual(["one", "two"]);
  await crash();
  const later = [ask("a", "three"), ask("b", "four")];
  await settled();
  expect(running()).toEqual(["one"]);
  await answer("a", "one");
  expect(running()).toEqual(["two"]);
  await answer("b", "two");
  expect(running()).toEqual(["three", "four"]);
  await answer("a", "three");
  await answer("b", "four");
  expect(await Promise.all([one, two, ...later].map(({ outcome }) => outcome))).toEqual([
    "one",
    "two",
    "three",
    "four",
  ]);
});

test("a call that ends two runners alone is refused, and another model's call beside it is answered", async () => {
  const { ask, running, answer, crash } = shared();
  const [deadly, innocent] = [ask("a", "deadly"), ask("b", "innocent")];
  await settled();
  await crash();
  expect(running()).toEqual(["deadly"]);
  await crash();
  expect(running()).toEqual(["innocent"]);
  await answer("b", "innocent");
  expect(await deadly.outcome).toBe("input_kills_runner");
  expect(await innocent.outcome).toBe("innocent");
});

test("a call that must be alone and is withdrawn keeps other models back no longer", async () => {
  const { ask, running, answer, crash } = shared();
  const [first, second] = [ask("a", "first"), ask("b", "second")];
  await settled();
  await crash();
  const third = ask("a", "third");
  await settled();
  expect(running()).toEqual(["first"]);
  second.limits.end(new ModelError("cancelled", "withdrawn"));
  await answer("a", "first");
  expect(running()).toEqual(["third"]);
  await answer("a", "third");
  expect(await Promise.all([first, second, third].map(({ outcome }) => outcome))).toEqual([
    "first",
    "cancelled",
    "third",
  ]);
});
