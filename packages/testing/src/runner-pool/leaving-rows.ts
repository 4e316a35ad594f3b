import { expect } from "vitest";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { atOnceMs, expectOutcome, type Row, row } from "./row.ts";
import { answerTo, scripted } from "./scripted-acts.ts";
import { eventually, forMs } from "./waiting.ts";
import type { ZooUnderTest } from "./zoo-under-test.ts";

const delaysMs = [0, 1, 2, 5, 10, 20, 50];
const turns = 20;
const justTurns = [0, 1, 2, 3, 5, 8, 13, 20];

/** Callers that leave, at any moment and in any phase, and deadlines of every kind. */
export function leavingRows(): Row[] {
  return [
    row(
      "withdrawn at every moment while the model is cold or loads: cancelled or answered, and nothing is left",
      async (zoo) => {
        for (const moment of moments(justTurns)) {
          await leaveAt(zoo, moment, 100);
          // The next finds it cold again, or still on its way.
          if (moment.delayMs !== undefined) await zoo.zoo.unload("a");
        }
      },
    ),
    row("withdrawn at every moment while it runs: cancelled or answered, and nothing is left", async (zoo) => {
      await zoo.answersRight();
      for (const moment of moments()) await leaveAt(zoo, moment, 20);
      expect(zoo.crashes).toBe(0);
    }),
    row(
      "withdrawn at every moment while it waits for its turn: cancelled, and those before it are answered",
      async (zoo) => {
        await zoo.answersRight();
        const first = zoo.ask("wait", { argument: 1500 });
        await zoo.runs();
        for (const moment of moments()) {
          const outcome = await leaveAt(zoo, moment, 0);
          if (zoo.running() > 0) expectOutcome(outcome, "cancelled");
        }
        expectOutcome(await first, "answered");
      },
      { sole: true },
    ),
    row(
      "withdrawn at every moment while the answer comes in parts: cancelled or whole, and nothing is left",
      async (zoo) => {
        await zoo.answersRight();
        for (const moment of moments()) {
          const controller = new AbortController();
          const input = scripted("parts", { argument: 300 });
          const asked = outcomeOf(zoo.put(input, { signal: controller.signal, onPart: () => {} }));
          await moment.passes();
          controller.abort();
          expect(["answered", "cancelled"]).toContain((await asked).code);
        }
        expect(zoo.crashes).toBe(0);
      },
    ),
    row("withdrawn before it was asked: cancelled at once, and nothing is loaded for it", async (zoo) => {
      expectOutcome(await zoo.ask("answer", {}, { signal: AbortSignal.abort() }), "cancelled", atOnceMs);
      expect(zoo.zoo.status().models[0]?.loads).toBe(0);
    }),
    row("the signal of a withdrawn request reaches the loader", async (zoo) => {
      await zoo.answersRight();
      const input = scripted("heed");
      const controller = new AbortController();
      const asked = outcomeOf(zoo.put(input, { signal: controller.signal }));
      await zoo.runs();
      controller.abort();
      expectOutcome(await asked, "cancelled");
      await eventually("the loader's signal has fired", () => zoo.app.wasHeeded(input), 2000);
      expect(zoo.crashes).toBe(0);
    }),
    row(
      "deadlines of 0 and 5 ms: let go in time; far ones and none: answered; what is no time: refused",
      async (zoo) => {
        await zoo.answersRight();
        for (const deadlineMs of [0, 5])
          expectOutcome(
            await zoo.ask("wait", { argument: 100 }, { deadlineMs }),
            "deadline_exceeded",
            deadlineMs + atOnceMs,
          );
        for (const deadlineMs of [2 ** 31, 1e12, Number.POSITIVE_INFINITY]) {
          const input = scripted("wait", { argument: 30 });
          expect(await zoo.put(input, { deadlineMs })).toBe(answerTo(input));
        }
        for (const deadlineMs of [Number.NaN, -1, "5" as unknown as number])
          expectOutcome(await zoo.ask("answer", {}, { deadlineMs }), "input_invalid", atOnceMs);
      },
    ),
  ];
}

interface Moment {
  readonly delayMs?: number;
  passes(): Promise<void>;
}

/** After so many milliseconds, and after so many turns of the microtasks and of the loop. */
function moments(which: readonly number[] = [...Array(turns + 1).keys()]): Moment[] {
  const microtasks = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await undefined;
  };
  const loops = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  return [
    ...which.map((count) => ({ passes: () => microtasks(count) })),
    ...which.map((count) => ({ passes: () => loops(count) })),
    ...delaysMs.map((delayMs) => ({ delayMs, passes: () => forMs(delayMs) })),
  ];
}

async function leaveAt(zoo: ZooUnderTest, moment: Moment, argument: number): Promise<Outcome<string>> {
  const controller = new AbortController();
  const input = scripted("wait", { argument });
  const asked = outcomeOf(zoo.put(input, { signal: controller.signal }));
  await moment.passes();
  const leaving = performance.now();
  controller.abort();
  const outcome = await asked;
  expect(["answered", "cancelled"], String(outcome.error)).toContain(outcome.code);
  if (outcome.code === "answered") expect(outcome.value).toBe(answerTo(input));
  else expect(performance.now() - leaving).toBeLessThan(1000);
  return outcome;
}
