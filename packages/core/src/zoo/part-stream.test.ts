import { expect, test } from "vitest";
import { PartStream, restarted } from "./part-stream.ts";

async function all(stream: PartStream): Promise<unknown[]> {
  const parts: unknown[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

test("parts come in order, those that wait included, and end with the answer", async () => {
  const stream = new PartStream();
  stream.push(1);
  const heard = all(stream);
  await Promise.resolve();
  stream.push(2);
  stream.push(3);
  stream.end();
  stream.push("too late");
  expect(await heard).toEqual([1, 2, 3]);
});

test("an error ends them at once, and nothing that waits is given", async () => {
  const stream = new PartStream();
  stream.push(1);
  stream.end(new Error("the runner ended"));
  stream.end();
  await expect(all(stream)).rejects.toThrow("the runner ended");
});

test("large parts fill the room as many small ones do", async () => {
  const stream = new PartStream();
  let given = 0;
  const giving = (async () => {
    for (; given < 10; given++) await stream.push({ pixels: new Uint8Array(30e6) });
    stream.end();
  })();
  await new Promise((resolve) => setImmediate(resolve));
  expect(given).toBe(2);
  expect(await all(stream)).toHaveLength(10);
  await giving;
});

test("whoever fills the room waits until there is some again", async () => {
  const stream = new PartStream();
  let given = 0;
  const giving = (async () => {
    for (; given < 1000; given++) await stream.push(given);
    stream.end();
  })();
  await new Promise((resolve) => setImmediate(resolve));
  expect(given).toBeLessThan(100);
  expect(await all(stream)).toHaveLength(1000);
  await giving;
});

test("whoever waits for room is let go when the answer ends", async () => {
  const stream = new PartStream();
  const waiting = Array.from({ length: 100 }, (_, i) => stream.push(i)).at(-1);
  expect(waiting).toBeInstanceOf(Promise);
  stream.end(new Error("withdrawn"));
  await waiting;
});

test("an answer that begins anew says so once, in its place, to a taker who knows what that means", async () => {
  const untold = new PartStream();
  expect(untold.restart()).toBe(true);
  untold.push(1);
  expect(untold.restart()).toBe(false);
  const told = new PartStream({ canRestart: true });
  told.push(1);
  expect(told.restart()).toBe(true);
  told.push(2);
  told.end();
  expect(await all(told)).toEqual([restarted, 2]);
  expect(told.given).toBe(1);
});

test("a taker that is slow again and again makes whoever fills the room wait each time, and each is told", async () => {
  const told: boolean[] = [];
  const stream = new PartStream({ onFull: (isFull) => told.push(isFull) });
  let given = 0;
  const giving = (async () => {
    for (; given < 500; given++) await stream.push(given);
    stream.end();
  })();
  let taken = 0;
  for await (const _ of stream) {
    taken += 1;
    await new Promise((resolve) => setImmediate(resolve));
    expect(given - taken).toBeLessThan(100);
  }
  await giving;
  expect(taken).toBe(500);
  expect(told.length).toBeGreaterThan(2);
  expect(told.filter((isFull) => isFull)).toHaveLength(told.filter((isFull) => !isFull).length);
});

test("a second taker is refused: each part is given once", async () => {
  const stream = new PartStream();
  stream.push(1);
  stream.end();
  expect(await all(stream)).toEqual([1]);
  await expect(all(stream)).rejects.toMatchObject({ code: "input_invalid" });
});
