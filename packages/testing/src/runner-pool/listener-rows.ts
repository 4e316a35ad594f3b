import { logTo } from "@menagerie/core";
import { ClockToken, provide } from "@menagerie/core/host";
import { expect } from "vitest";
import { outcomeOf } from "./outcome.ts";
import { atOnceMs, expectOutcome, needsSignals, type Row, row } from "./row.ts";
import { scripted } from "./scripted-acts.ts";

/** What an application gives the zoo: listeners, logs and clocks, all of which may fail. */
export function listenerRows(): Row[] {
  const fails = (): never => {
    throw new Error("the listener failed");
  };
  return [
    row("listeners of events that throw, reject or never settle: nobody else notices", async (zoo) => {
      zoo.zoo.onEvent(fails);
      zoo.zoo.onEvent((async () => fails()) as never);
      zoo.zoo.onEvent((() => new Promise(() => {})) as never);
      await zoo.answersRight();
      await zoo.zoo.unload("a");
      await zoo.answersRight();
      expect(zoo.events.filter((event) => event.type === "unloaded" && event.model === "a")).toHaveLength(1);
    }),
    row(
      "a log that throws or rejects: nobody notices",
      async (zoo) => {
        await zoo.answersRight();
        expectOutcome(await zoo.ask("fail"), "internal", 1000);
        await zoo.zoo.unload("a");
        await zoo.answersRight();
        expect(zoo.crashes).toBe(0);
      },
      { log: logTo((level) => (level === "debug" ? (Promise.reject(new Error("full")) as never) : fails())) },
    ),
    row(
      "a listener of parts that throws or rejects: its request ends with that error, and the next is answered",
      async (zoo) => {
        await zoo.answersRight();
        for (const onPart of [fails, async () => fails()]) {
          const outcome = await zoo.ask("parts", { argument: 100 }, { onPart });
          expectOutcome(outcome, "internal", 1000);
          expect(String(outcome.error)).toContain("the listener failed");
        }
        expect(zoo.crashes).toBe(0);
      },
    ),
    row(
      "a listener of parts that never settles: its request ends at its deadline or when it is withdrawn",
      async (zoo) => {
        await zoo.answersRight();
        const onPart = (): Promise<void> => new Promise(() => {});
        for (const parts of [1, 5000]) {
          const late = await zoo.ask("parts", { argument: parts }, { onPart, deadlineMs: 200 });
          expectOutcome(late, "deadline_exceeded", 200 + atOnceMs);
          const left = await zoo.ask("parts", { argument: parts }, { onPart, signal: AbortSignal.timeout(200) });
          expectOutcome(left, "cancelled", 200 + atOnceMs);
        }
      },
    ),
    row(
      "onRestart that throws, rejects or never settles: its request ends with that, and the next is answered",
      async (zoo) => {
        for (const onRestart of [fails, async () => fails(), () => new Promise<void>(() => {})]) {
          await zoo.answersRight();
          let isKilled = false;
          const onPart = (): void => {
            if (!isKilled) zoo.signal("SIGKILL");
            isKilled = true;
          };
          const input = scripted("parts", { argument: 20_000 });
          const outcome = await outcomeOf(zoo.put(input, { onPart, onRestart, deadlineMs: 3000 }));
          expect(["internal", "deadline_exceeded"]).toContain(outcome.code);
        }
      },
      { needs: needsSignals },
    ),
    row(
      "a clock whose timers hold no more than 2^31 ms: far deadlines do not fire",
      async (zoo) => expectOutcome(await zoo.ask("wait", { argument: 50 }, { deadlineMs: 1e12 }), "answered", 8000),
      { services: [provide(ClockToken, () => clockOf(() => performance.now()))] },
    ),
    row(
      "a clock of the time of day: deadlines come in time",
      async (zoo) => {
        await zoo.answersRight();
        expectOutcome(await zoo.ask("wait", { argument: 50 }, { deadlineMs: 1e12 }), "answered", 8000);
        const late = await zoo.ask("wait", { argument: 500 }, { deadlineMs: 100 });
        expectOutcome(late, "deadline_exceeded", 100 + atOnceMs);
      },
      { services: [provide(ClockToken, () => clockOf(() => Date.now()))] },
    ),
  ];
}

/** A clock that leaves every number to Node, which takes those it cannot hold for 1 ms. */
function clockOf(now: () => number): { now(): number; after(ms: number, callback: () => void): () => void } {
  return {
    now,
    after(ms, callback) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
  };
}
