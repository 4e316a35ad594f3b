import { describe, expect, test } from "vitest";
import { ModelError } from "../contract/model-error.ts";
import type { CallOf } from "./call-of.ts";
import { withHeardParts } from "./heard-parts.ts";

type Run = (call: CallOf<number>) => Promise<string>;

/** Loaders that tell three parts: waiting for each to be taken, and not. */
const loaders: [string, Run][] = [
  [
    "waits for each part",
    async ({ onPart }) => {
      for (const part of [1, 2, 3]) await onPart?.(part);
      return "the answer";
    },
  ],
  [
    "waits for none",
    async ({ onPart }) => {
      for (const part of [1, 2, 3]) onPart?.(part);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return "the answer";
    },
  ],
];

describe.each(loaders)("the listener of a loader that %s", (_, run) => {
  const signal = new AbortController().signal;

  test("hears every part before the answer is given", async () => {
    const heard: number[] = [];
    const onPart = async (part: number): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      heard.push(part);
    };
    expect(await withHeardParts({ signal, onPart }, run)).toBe("the answer");
    expect(heard).toEqual([1, 2, 3]);
  });

  // A promise that failed and that nobody waits for would end the process, and fails this test.
  test.each([
    ["throws", (): never => fail()],
    ["rejects", async (): Promise<never> => fail()],
    ["rejects late", () => new Promise((_resolve, reject) => setTimeout(() => reject(new Error("full")), 5))],
  ])("ends the request where it %s", async (_how, onPart) => {
    await expect(withHeardParts({ signal, onPart }, run)).rejects.toMatchObject({ code: "internal", message: "full" });
    await new Promise((resolve) => setTimeout(resolve, 20));
  });

  test("that never settles keeps nobody once the caller has left", async () => {
    const caller = new AbortController();
    const onPart = (): Promise<void> => new Promise(() => {});
    setTimeout(() => caller.abort(), 10);
    // This loader does not look at the signal; one that does throws `cancelled`.
    expect(await withHeardParts({ signal: caller.signal, onPart }, run)).toBe("the answer");
  });
});

test("a listener that fails makes the loader's signal fire, and hears nothing more", async () => {
  let heard = 0;
  const onPart = (): never => {
    heard++;
    throw new ModelError("input_too_large", "The file is full.");
  };
  let isToldToStop = false;
  const run: Run = async (call) => {
    for (let i = 0; i < 100 && !call.signal.aborted; i++) {
      call.onPart?.(i);
      await Promise.resolve();
    }
    isToldToStop = call.signal.aborted;
    call.onPart?.(100);
    throw new Error("stopped");
  };
  const call = { signal: new AbortController().signal, onPart };
  await expect(withHeardParts(call, run)).rejects.toMatchObject({ code: "input_too_large" });
  expect([isToldToStop, heard]).toEqual([true, 1]);
});

function fail(): never {
  throw new Error("full");
}
