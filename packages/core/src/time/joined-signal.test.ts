import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { withHeardParts } from "../loader/heard-parts.ts";
import { joinedSignal } from "./joined-signal.ts";

test("fires with the first of its signals, with that one's reason", () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const { signal } = joinedSignal(one.signal, other.signal);
  expect(signal.aborted).toBe(false);
  other.abort("the other");
  one.abort("the one");
  expect([signal.aborted, signal.reason]).toEqual([true, "the other"]);
  expect(joinedSignal(new AbortController().signal, one.signal).signal.reason).toBe("the one");
});

test("leaves nothing behind on its signals once it is disposed of", () => {
  const { signal } = new AbortController();
  {
    using joined = joinedSignal(signal, new AbortController().signal);
    expect([joined.signal.aborted, getEventListeners(signal, "abort").length]).toEqual([false, 1]);
  }
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("a request with a listener is forgotten when it has ended, however long its signal lives", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const { signal } = new AbortController();
  const ask = async (): Promise<WeakRef<object>> => {
    const heard: unknown[] = [];
    await withHeardParts({ signal, onPart: (part) => heard.push(part) }, async (call) => call.onPart?.(1));
    return new WeakRef(heard);
  };
  const asked = await Promise.all([ask(), ask(), ask()]);
  await sleep(10);
  collect();
  expect(asked.map((each) => each.deref())).toEqual([undefined, undefined, undefined]);
  expect(signal.aborted).toBe(false);
});
