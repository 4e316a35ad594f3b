import { expect, test } from "vitest";
import { logTo } from "../../contract/log.ts";
import { HandClock } from "../memory/fixtures/hand-clock.ts";
import type { RunnerProcess } from "./runner-process.ts";
import { Spares } from "./spares.ts";

/** Spares whose engines take for ever to start, two starts at a time; `expect` is known to work from the first load on. */
async function waiting() {
  const clock = new HandClock();
  const said: string[] = [];
  const started: RunnerProcess[] = [];
  const signal = new AbortController().signal;
  const spares = new Spares({
    ...{ clock, atLeast: 0, startsAtATime: 2, closing: signal, starting: () => 0 },
    log: logTo((level, message) => void said.push(`${level} ${message}`)),
    start: async () => {
      const warm = Promise.withResolvers<never>();
      const call = ({ type }: { type: string }) => (type === "warm" ? warm.promise : Promise.resolve());
      const kill = async () => warm.reject(new Error("it was killed"));
      started.push({ call, kill } as unknown as RunnerProcess);
      return started.at(-1) as RunnerProcess;
    },
  });
  await spares.take([], signal);
  return { clock, said, started, spares };
}

test("a spare that nobody needs any more is ended without a word, and others are still expected", async () => {
  const { clock, said, started, spares } = await waiting();
  spares.expect(2);
  await clock.pass(10);
  expect(started).toHaveLength(2);
  spares.expect(1);
  await clock.pass(3100);
  expect(said).toEqual([]);
  // One is left, of the one that is expected: where a load takes it another is started.
  const taken = spares.take([], new AbortController().signal);
  await clock.pass(10);
  await clock.pass(15_000);
  expect(await taken).toBe(started[0]);
  spares.fill();
  await clock.pass(10);
  expect(started).toHaveLength(3);
});
