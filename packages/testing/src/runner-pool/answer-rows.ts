import { expect } from "vitest";
import { outcomeOf } from "./outcome.ts";
import { expectOutcome, needsAnotherProcess, type Row, row } from "./row.ts";
import { answerTo, scripted } from "./scripted-acts.ts";

const large = 60e6;

/** Runs that end, with whatever they answer. */
export function answerRows(): Row[] {
  return [
    row("a run that throws: the caller gets its message, and the runner stays", async (zoo) => {
      await zoo.answersRight();
      const pid = zoo.pid();
      const outcome = await zoo.ask("fail");
      expectOutcome(outcome, "internal", 1000);
      expect(String(outcome.error)).toContain("the model did not like it");
      await zoo.answersRight();
      expect([zoo.pid(), zoo.crashes]).toEqual([pid, 0]);
    }),
    row(
      "a run that throws with details of 300 levels and 20 MB, or with a code that there is not: told as it was meant",
      async (zoo) => {
        await zoo.answersRight();
        const oddly = await zoo.ask("fail-oddly");
        expectOutcome(oddly, "input_invalid");
        expect(String(oddly.error)).toContain("line 3 is no number");
        const unknown = await zoo.ask("fail-unknown");
        expectOutcome(unknown, "internal");
        expect(String(unknown.error)).toMatch(/my_code.*hm/);
        for (const { error } of [oddly, unknown]) expect(error).toMatchObject({ model: "a" });
        expectOutcome(await zoo.ask("log-oddly"), "answered");
        expect(zoo.crashes).toBe(0);
      },
    ),
    row(
      "an answer with a function in it, of wrong shape, or with itself in it: refused, and the runner stays",
      async (zoo) => {
        for (const act of ["answer-function", "answer-misshapen", "answer-cyclic"] as const) {
          const outcome = await zoo.ask(act);
          expectOutcome(outcome, "internal");
          expect(String(outcome.error), act).toMatch(/another shape|cannot go to another process/);
        }
        expect(zoo.crashes).toBe(0);
      },
    ),
    row("60 MB in and 60 MB out: unchanged", async (zoo) => {
      const input = scripted("answer", { bytes: large });
      expect(await zoo.put(input)).toBe(answerTo(input));
      const image = scripted("large", { argument: large, bytes: large });
      image[image.length - 1] = 77;
      const { output } = await zoo.zoo.run("a", "estimate-depth", { image });
      expect([output.depth.length, output.maximum]).toEqual([large, large]);
      expect(output.depth.every((byte) => byte === 77)).toBe(true);
    }),
    row(
      "large inputs that are withdrawn, refused and answered side by side: right, and no pages stay taken",
      async (zoo) => {
        await zoo.answersRight();
        const asked = [...Array(30).keys()].map(async (i) => {
          const input = scripted(i % 5 === 0 ? "fail" : "wait", { bytes: 1e6, argument: i % 20 });
          const outcome = await outcomeOf(zoo.put(input, i % 3 === 0 ? { deadlineMs: 20 * i } : {}));
          expect(["answered", "deadline_exceeded", "internal"]).toContain(outcome.code);
          if (outcome.code === "answered") expect(outcome.value).toBe(answerTo(input));
        });
        await Promise.all(asked);
      },
      { models: { a: { concurrency: 4 } } },
    ),
    row(
      "a run that takes all memory: the caller is told by a code, and the next is answered",
      async (zoo) => {
        // Whether its own code or the engine beneath it meets the cap first is chance.
        const { code } = await zoo.ask("allocate");
        expect(["insufficient_memory", "input_kills_runner"]).toContain(code);
      },
      { needs: needsAnotherProcess, spec: { memory_mb: { cpu: 300 } } },
    ),
  ];
}
