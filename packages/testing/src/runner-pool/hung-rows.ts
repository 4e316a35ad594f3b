import { expect } from "vitest";
import { atOnceMs, expectOutcome, needsAnotherLoop, needsSignals, type Row, row } from "./row.ts";
import type { Act } from "./scripted-acts.ts";
import { forMs } from "./waiting.ts";

/** Milliseconds after which whoever waits behind a hung call is answered: two of patience, a start, and a busy machine. */
const freedWithinMs = 10_000;

/** Runners that do not come to an end. */
export function hungRows(): Row[] {
  return [
    hanging("never", "a promise that never resolves"),
    hanging("busy", "a loop in JavaScript", needsAnotherLoop),
    hanging("native", "native code that does not return", needsAnotherLoop),
    row(
      "stopped by SIGSTOP under a request with a deadline: let go in time, and those behind it are answered",
      async (zoo) => {
        await zoo.answersRight();
        const asked = zoo.ask("wait", { argument: 200 }, { deadlineMs: 400 });
        await zoo.runs();
        zoo.signal("SIGSTOP");
        const behind = zoo.ask("answer");
        expectOutcome(await asked, "deadline_exceeded", 400 + atOnceMs);
        expectOutcome(await behind, "answered", freedWithinMs);
      },
      { needs: needsSignals },
    ),
    row(
      "stopped by SIGSTOP under a request without a deadline: answered by another",
      async (zoo) => {
        await zoo.answersRight();
        const first = zoo.pid();
        const asked = zoo.ask("wait", { argument: 200 });
        await zoo.runs();
        zoo.signal("SIGSTOP");
        expectOutcome(await asked, "answered", 13_000);
        expect(zoo.pid()).not.toBe(first);
      },
      { needs: needsSignals },
    ),
    row(
      "stopped by SIGSTOP while idle: the next request is answered by another",
      async (zoo) => {
        await zoo.answersRight();
        const first = zoo.pid();
        zoo.signal("SIGSTOP");
        await forMs(100);
        expectOutcome(await zoo.ask("answer"), "answered", 16_000);
        expect(zoo.pid()).not.toBe(first);
      },
      { needs: needsSignals },
    ),
  ];
}

function hanging(act: Act, what: string, needs?: string): Row {
  return row(
    `${what}, with a deadline and withdrawn: let go in time, and those behind it are answered`,
    async (zoo) => {
      for (const code of ["deadline_exceeded", "cancelled"]) {
        // The model has answered: how long its runs take is known.
        await zoo.answersRight();
        const limit = code === "cancelled" ? { signal: AbortSignal.timeout(300) } : { deadlineMs: 300 };
        const asked = zoo.ask(act, {}, limit);
        await zoo.runs();
        const behind = zoo.ask("answer");
        expectOutcome(await asked, code, 300 + atOnceMs);
        expectOutcome(await behind, "answered", freedWithinMs);
      }
    },
    needs === undefined ? {} : { needs },
  );
}
