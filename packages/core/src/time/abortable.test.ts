import { describe, expect, test } from "vitest";
import { abortable, deferred, within } from "./abortable.ts";
import { systemClock } from "./clock.ts";

describe("a wait that can be given up", () => {
  test("gives what the work gives, and leaves no listener behind", async () => {
    const signal = new ListenerCount();
    await expect(abortable(Promise.resolve(3), signal.signal)).resolves.toBe(3);
    await expect(abortable(Promise.reject(new Error("broken")), signal.signal)).rejects.toThrow("broken");
    expect(signal.listeners).toBe(0);
  });

  test("ends at once with the signal's reason, though the work never does", async () => {
    const controller = new AbortController();
    const waiting = abortable(new Promise(() => {}), controller.signal);
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await expect(abortable(new Promise(() => {}), controller.signal)).rejects.toThrow("enough");
  });

  test("hands over what comes too late, and swallows an error that does", async () => {
    for (const abortsFirst of [false, true]) {
      const controller = new AbortController();
      const work = deferred<string>();
      const late: string[] = [];
      // The work and the signal in one turn: once the signal has fired, what the work gave is passed to `late`.
      const waiting = abortable(work.promise, controller.signal, (value) => late.push(value));
      if (abortsFirst) controller.abort(new Error("enough"));
      work.resolve("lease");
      controller.abort(new Error("enough"));
      await expect(waiting).rejects.toThrow("enough");
      await new Promise((resolve) => setImmediate(resolve));
      expect(late).toEqual(["lease"]);
    }
    const controller = new AbortController();
    const work = deferred<string>();
    const waiting = abortable(work.promise, controller.signal);
    controller.abort(new Error("enough"));
    work.reject(new Error("nobody hears this"));
    await expect(waiting).rejects.toThrow("enough");
  });

  test("may have a limit of time instead, after which it gives nothing", async () => {
    expect(await within(systemClock, 1000, Promise.resolve(3))).toBe(3);
    expect(await within(systemClock, 10, new Promise(() => {}))).toBeUndefined();
    await expect(within(systemClock, 1000, Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  });
});

/** A signal that counts who listens to it. */
class ListenerCount {
  listeners = 0;
  readonly signal: AbortSignal = new AbortController().signal;

  constructor() {
    const { addEventListener: add, removeEventListener: remove } = this.signal;
    this.signal.addEventListener = (...args: Parameters<typeof add>) => {
      this.listeners += 1;
      add.apply(this.signal, args);
    };
    this.signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      this.listeners -= 1;
      remove.apply(this.signal, args);
    };
  }
}
