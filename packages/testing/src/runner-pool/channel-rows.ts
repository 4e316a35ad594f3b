import { expect } from "vitest";
import { expectOutcome, needsTheChannel, type Row, row } from "./row.ts";
import { type Act, answerTo, scripted } from "./scripted-acts.ts";

/** Runners that say what no runner says. The host outlives every one of them, and so do its other models. */
export function channelRows(): Row[] {
  const ending = (what: string, acts: readonly Act[]): Row =>
    row(
      `a runner that says ${what}: ended, the caller is told, and another model does not notice`,
      async (zoo) => {
        await zoo.answersRight("b");
        const pid = zoo.pid("b");
        for (const act of acts) {
          const [outcome] = await Promise.all([zoo.ask(act), zoo.answersRight("b")]);
          expectOutcome(outcome, "input_kills_runner", 15_000);
          await zoo.answersRight("a");
        }
        expect(zoo.crashes).toBe(2 * acts.length);
        if (!zoo.pool.grouped) expect(zoo.pid("b")).toBe(pid);
        expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      },
      { needs: needsTheChannel, models: { a: {}, b: {} } },
    );
  return [
    ending("bytes that are no frame, a frame of another shape than frames have, or that one of 4 GB follows", [
      "say-garbage",
      "say-wrong-shape",
      "say-huge-length",
    ]),
    ending("that arrays lie outside of the shared file or in the prototype of all objects, or what it was not asked", [
      "say-outside",
      "say-prototype",
      "say-unasked",
    ]),
    row(
      "a runner that begins a frame and never ends it: the caller is let go in time, and the next is answered",
      async (zoo) => {
        await zoo.answersRight();
        const asked = zoo.ask("say-half-a-frame", {}, { deadlineMs: 600 });
        await zoo.runs();
        const behind = zoo.ask("answer");
        expectOutcome(await asked, "deadline_exceeded", 850);
        expectOutcome(await behind, "answered", 10_000);
      },
      { needs: needsTheChannel },
    ),
    row(
      "a runner that logs 100,000 lines at once, or one of 10 MB: answered right, and the host answers others meanwhile",
      async (zoo) => {
        await zoo.answersRight("b");
        for (const act of ["say-many-logs", "say-long-line"] as const) {
          const input = scripted(act);
          const loud = zoo.put(input);
          for (let i = 0; i < 5; i++) expectOutcome(await zoo.ask("answer", {}, {}, "b"), "answered", 2000);
          expect(await loud).toBe(answerTo(input));
        }
        expect(zoo.crashes).toBe(0);
      },
      { apart: true, needs: needsTheChannel, models: { a: {}, b: {} } },
    ),
    row(
      "a runner has no channel of Node's own, by which its host would believe anything",
      async (zoo) => {
        expect((await zoo.ask("channel-of-node")).value).toBe("undefinedundefined");
      },
      { needs: needsTheChannel },
    ),
  ];
}
