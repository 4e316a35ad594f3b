import { expect } from "vitest";
import { outcomeOf } from "./outcome.ts";
import { expectOutcome, needsAnotherProcess, needsTheChannel, type Row, row } from "./row.ts";
import { answerTo, scripted } from "./scripted-acts.ts";
import type { LoadScript } from "./scripted-application.ts";
import { ZooUnderTest, zooIn } from "./zoo-under-test.ts";

/** Milliseconds that a pool gets to end a load which was given up. */
const endedWithinMs = 2000;
/** Long enough for a good load on a busy machine. */
const loadTimeoutS = 4;

/** Loads that do not come to a good end. Every one can be tried again. */
export function loadRows(): Row[] {
  const failing = (script: LoadScript, says: string, code: string, withinMs: number, needs?: string): Row =>
    row(
      says,
      async (zoo) => {
        await zoo.app.scriptLoad("a", script);
        const both = await Promise.all([zoo.ask("answer"), zoo.ask("answer")]);
        for (const outcome of both) expectOutcome(outcome, code, withinMs);
        expect(zoo.zoo.status().models[0]?.state).toBe("failed");
        await zoo.app.scriptLoad("a", 0);
        expectOutcome(await zoo.ask("answer"), "answered", 8000);
      },
      { spec: { load_timeout_s: script === "never" ? loadTimeoutS : 60 }, ...(needs === undefined ? {} : { needs }) },
    );
  return [
    failing("throw", "a load that throws: every waiting caller is told", "model_load_failed", 8000),
    failing(
      "exit",
      "a load that ends its process: every waiting caller is told",
      "runner_crashed",
      8000,
      needsAnotherProcess,
    ),
    failing(
      "odd",
      "a load that says odd things on its channel: its process is ended",
      "runner_crashed",
      8000,
      needsTheChannel,
    ),
    failing(
      "never",
      "a load that never returns: given up after load_timeout_s",
      "model_load_failed",
      loadTimeoutS * 1000 + endedWithinMs + 1000,
    ),
    row(
      "a load that never returns, with a deadline and withdrawn: let go in time, and the load called off",
      async (zoo) => {
        await zoo.app.scriptLoad("a", "never");
        const [late, left] = await Promise.all([
          zoo.ask("answer", {}, { deadlineMs: 300 }),
          zoo.ask("answer", {}, { signal: AbortSignal.timeout(300) }),
        ]);
        expectOutcome(late, "deadline_exceeded", 550);
        expectOutcome(left, "cancelled", 550);
        await zoo.is("cold");
        await zoo.app.scriptLoad("a", 0);
      },
      { spec: { load_timeout_s: loadTimeoutS } },
    ),
    {
      says: "two zoos at once on one cold cache folder: both answer",
      needs: undefined,
      async run(pool) {
        await using first = await ZooUnderTest.open(pool);
        await using second = await zooIn(first.app, pool);
        const input = scripted("answer");
        const asked = second.run("a", "transcribe-audio", { audio: input });
        const outcomes = await Promise.all([outcomeOf(first.put(input)), outcomeOf(asked)]);
        for (const outcome of outcomes) expectOutcome(outcome, "answered", 10_000);
        expect(outcomes[0].value).toBe(answerTo(input));
        expect((await asked).output.text).toBe(answerTo(input));
      },
    },
  ];
}
