import { ClockToken, provide, systemClock } from "@menagerie/core/host";
import { expect } from "vitest";
import { outcomeOf } from "./outcome.ts";
import { expectOutcome, needsAnotherProcess, needsSignals, type Row, row } from "./row.ts";
import { answerTo, scripted } from "./scripted-acts.ts";
import { eventually, forMs } from "./waiting.ts";

/** Runners that end: by a signal, or of their own accord. */
export function endedRows(): Row[] {
  const skipping = { skippedMs: 0 };
  const clock = { ...systemClock, now: () => systemClock.now() + skipping.skippedMs };
  return [
    row(
      "killed by SIGKILL under a request: answered by a fresh one",
      async (zoo) => {
        await zoo.answersRight();
        const first = zoo.pid();
        const input = scripted("wait", { argument: 300 });
        const asked = outcomeOf(zoo.put(input));
        await zoo.runs();
        zoo.signal("SIGKILL");
        const outcome = await asked;
        expectOutcome(outcome, "answered", 8000);
        expect(outcome.value).toBe(answerTo(input));
        expect(zoo.pid()).not.toBe(first);
      },
      { needs: needsSignals },
    ),
    row(
      "killed while idle: the next request is answered by a fresh one",
      async (zoo) => {
        await zoo.answersRight();
        const first = zoo.pid();
        zoo.signal("SIGKILL");
        await eventually("the crash is told of", () => zoo.crashes === 1);
        expectOutcome(await zoo.ask("answer"), "answered", 8000);
        expect(zoo.pid()).not.toBe(first);
      },
      { needs: needsSignals },
    ),
    row(
      "killed during a load: the caller is told of it, and the next request loads anew",
      async (zoo) => {
        await zoo.app.scriptLoad("a", 20_000);
        const asked = zoo.ask("answer");
        const opening = (): boolean =>
          zoo.events.some((event) => event.type === "load-stage" && event.stage === "open");
        await eventually("the model is being opened", opening);
        const [pid] = await zoo.runners();
        if (pid === undefined) throw new Error("no process loads");
        await zoo.app.scriptLoad("a", 0);
        process.kill(pid, "SIGKILL");
        expectOutcome(await asked, "runner_crashed");
        expectOutcome(await zoo.ask("answer"), "answered", 8000);
      },
      { needs: needsSignals },
    ),
    row(
      "a run that ends its process once: answered by a fresh one",
      async (zoo) => expectOutcome(await zoo.ask("exit-once"), "answered", 10_000),
      { needs: needsAnotherProcess },
    ),
    row(
      "a run that ends every process: refused with input_kills_runner, those beside it are answered, and so is it when the verdict has expired",
      async (zoo) => {
        const deadly = scripted("exit-until-mended");
        const [outcome] = await Promise.all([outcomeOf(zoo.put(deadly)), zoo.answersRight(), zoo.answersRight()]);
        expectOutcome(outcome, "input_kills_runner", 15_000);
        expect(zoo.crashes).toBe(2);
        await zoo.app.mend();
        expectOutcome(await outcomeOf(zoo.put(deadly)), "input_kills_runner", 250);
        skipping.skippedMs += 10 * 60_000 - 30_000;
        expectOutcome(await outcomeOf(zoo.put(deadly)), "input_kills_runner", 250);
        skipping.skippedMs += 31_000;
        expectOutcome(await outcomeOf(zoo.put(deadly)), "answered", 8000);
        expect(zoo.crashes).toBe(2);
      },
      { needs: needsAnotherProcess, services: [provide(ClockToken, () => clock)] },
    ),
    row(
      "a crash under three calls at a time: all three are answered, one at a time",
      async (zoo) => {
        await zoo.answersRight();
        const three = [1, 2, 3].map(() => zoo.ask("beside", { argument: 300 }));
        await zoo.runs(3);
        await forMs(50);
        zoo.signal("SIGKILL");
        for (const outcome of await Promise.all(three)) {
          expectOutcome(outcome, "answered", 15_000);
          expect(outcome.value).toBe("1");
        }
      },
      { needs: needsSignals, models: { a: { concurrency: 3 } } },
    ),
  ];
}
