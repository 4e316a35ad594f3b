import { getEventListeners } from "node:events";
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { ModelError } from "../contract/model-error.ts";
import { mapInOrder } from "./map-in-order.ts";

/** Answers each number after as many turns of the event loop; 13 is refused. */
async function ask(number: number): Promise<number> {
  for (let turn = 0; turn < number; turn++) await setImmediate();
  if (number === 13) throw new ModelError("input_invalid", "no 13");
  return number * 2;
}

test("answers come in the order of the inputs, each with its index, an error in the place of one", async () => {
  const found = await Array.fromAsync(mapInOrder([9, 1, 13, 0], ask), ({ index, answer, error }) => [
    index,
    answer ?? error?.code,
  ]);
  expect(found).toEqual([
    [0, 18],
    [1, 2],
    [2, "input_invalid"],
    [3, 0],
  ]);
  expect(await Array.fromAsync(mapInOrder([], ask))).toEqual([]);
});

test("no more inputs are taken than are wanted, and what is ready does not wait for the next input", async () => {
  let taken = 0;
  let underWay = 0;
  let most = 0;
  async function* inputs(): AsyncGenerator<number> {
    for (let i = 0; i < 100; i++) {
      taken += 1;
      yield i;
    }
  }
  const counted = async (number: number): Promise<number> => {
    most = Math.max(most, ++underWay);
    await setImmediate();
    underWay -= 1;
    return number;
  };
  for await (const { index } of mapInOrder(inputs(), counted, { concurrency: 3 })) {
    expect(taken - index).toBeLessThanOrEqual(5);
    if (index === 20) break;
  }
  expect([most, taken < 30]).toEqual([3, true]);
  const never = {
    async *[Symbol.asyncIterator]() {
      yield 1;
      await new Promise(() => {});
    },
  };
  for await (const { answer } of mapInOrder(never, ask)) {
    expect(answer).toBe(2);
    break;
  }
});

test("whoever leaves withdraws what is under way, and the inputs are told", async () => {
  let isReturned = false;
  const signals: AbortSignal[] = [];
  function* inputs(): Generator<number> {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      isReturned = true;
    }
  }
  const waiting = async (number: number, signal: AbortSignal): Promise<number> => {
    signals.push(signal);
    return number === 0 ? number : new Promise(() => {});
  };
  for await (const _ of mapInOrder(inputs(), waiting, { concurrency: 2 })) break;
  expect([isReturned, signals.every(({ aborted }) => aborted)]).toEqual([true, true]);
});

test("whoever leaves while the next answer is waited for withdraws it, and is not kept waiting", async () => {
  const leaving: ((sequence: AsyncGenerator<unknown>) => Promise<unknown>)[] = [
    (sequence) => sequence.return(undefined),
    (sequence) => sequence.throw(new Error("no more")).catch(() => {}),
    (sequence) => new Promise((resolve) => Readable.from(sequence).once("close", resolve).resume().destroy()),
  ];
  for (const leave of leaving) {
    const signals: AbortSignal[] = [];
    const sequence = mapInOrder([1, 2], (_, signal) => {
      signals.push(signal);
      return new Promise<never>(() => {});
    });
    const waiting = sequence.next();
    await setImmediate();
    await leave(sequence);
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect([signals.length > 0, signals.every(({ aborted }) => aborted)]).toEqual([true, true]);
    expect(await sequence.next()).toEqual({ done: true, value: undefined });
  }
});

test("a sequence that has ended holds on to no signal of its caller", async () => {
  const { signal } = new AbortController();
  for (let i = 0; i < 3; i++) await Array.fromAsync(mapInOrder([1], ask, { signal }));
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("a signal ends the sequence, wherever it waits", async () => {
  const stop = new AbortController();
  const forEver = mapInOrder([1], () => new Promise<never>(() => {}), { signal: stop.signal });
  const ended = expect(Array.fromAsync(forEver)).rejects.toMatchObject({ code: "cancelled" });
  await setImmediate();
  stop.abort();
  await ended;
  await expect(Array.fromAsync(mapInOrder([1], ask, { signal: stop.signal }))).rejects.toMatchObject({
    code: "cancelled",
  });
});

test("inputs that fail end the sequence after the answers before, and what is no number of questions is refused", async () => {
  function* inputs(): Generator<number> {
    yield 5;
    throw new Error("the disk said no");
  }
  const found: unknown[] = [];
  const all = async (): Promise<void> => {
    for await (const { answer } of mapInOrder(inputs(), ask)) found.push(answer);
  };
  await expect(all()).rejects.toThrow("the disk said no");
  expect(found).toEqual([10]);
  for (const concurrency of [0, 1.5, Number.NaN])
    await expect(Array.fromAsync(mapInOrder([1], ask, { concurrency }))).rejects.toMatchObject({
      code: "input_invalid",
    });
  await expect(Array.fromAsync(mapInOrder(5 as never, ask))).rejects.toThrow("a list of inputs");
});
