import { expect } from "vitest";
import { outcomeOf } from "./outcome.ts";
import { expectOutcome, needsAnotherProcess, needsSignals, type Row, row } from "./row.ts";
import { answerTo, scripted } from "./scripted-acts.ts";
import { eventually } from "./waiting.ts";

const two = { a: {}, b: {} };

/** Models that share a runner, and what befalls one of them. */
export function groupRows(): Row[] {
  return [
    row(
      "killed under requests of two models: both are answered by a fresh one",
      async (zoo) => {
        await zoo.answersRight();
        const [first, second] = [zoo.pid("a"), zoo.pid("b")];
        expect(first).toBe(second);
        const inputs = [scripted("wait", { argument: 300 }), scripted("wait", { argument: 300 })];
        const asked = inputs.map((input, i) => outcomeOf(zoo.put(input, {}, i === 0 ? "a" : "b")));
        await Promise.all([zoo.runs(1, "a"), zoo.runs(1, "b")]);
        zoo.signal("SIGKILL");
        for (const [i, outcome] of (await Promise.all(asked)).entries()) {
          expectOutcome(outcome, "answered", 15_000);
          expect(outcome.value).toBe(answerTo(inputs[i] ?? new Uint8Array()));
        }
        expect(zoo.pid("a")).not.toBe(first);
        expect(zoo.pid("a")).toBe(zoo.pid("b"));
      },
      { needs: needsSignals, models: two },
    ),
    row(
      "a run that ends every process under steady traffic of another model: it alone is refused, and nobody starves",
      async (zoo) => {
        await zoo.answersRight("b");
        const over = new AbortController();
        const traffic = [1, 2, 3].map(async () => {
          let answered = 0;
          while (!over.signal.aborted) {
            await zoo.answersRight("b");
            answered += 1;
          }
          return answered;
        });
        const deadly = await outcomeOf(zoo.put(scripted("exit-until-mended")));
        over.abort();
        expectOutcome(deadly, "input_kills_runner", 20_000);
        for (const answered of await Promise.all(traffic)) expect(answered).toBeGreaterThan(0);
        expect(zoo.crashes).toBe(2);
      },
      { needs: needsAnotherProcess, models: { a: {}, b: { concurrency: 2 } } },
    ),
    row(
      "a run that ends its process once, beside runs of another model: all are answered",
      async (zoo) => {
        await zoo.answersRight();
        const outcomes = await Promise.all([
          zoo.ask("exit-once", {}, {}, "a"),
          zoo.ask("wait", { argument: 200 }, {}, "b"),
          zoo.ask("wait", { argument: 100 }, {}, "b"),
        ]);
        for (const outcome of outcomes) expectOutcome(outcome, "answered", 20_000);
      },
      { needs: needsAnotherProcess, models: two },
    ),
    row(
      "a crash that no second try helps says which models it took along",
      async (zoo) => {
        await zoo.answersRight();
        const parts: unknown[] = [];
        const lost = await zoo.ask(
          "parts",
          { argument: 1000 },
          {
            onPart: () => {
              parts.push(1);
              if (parts.length === 3) zoo.signal("SIGKILL");
            },
          },
        );
        expectOutcome(lost, "runner_crashed");
        expect(String(lost.error)).toContain('It is the runner of all of group "all": b and companion ended with it.');
      },
      { needs: needsSignals, models: two },
    ),
    row(
      "a run that its caller has left and that does not end: the runner is ended, and another model's run is asked again",
      async (zoo) => {
        await zoo.answersRight();
        for (let i = 0; i < 3; i++) await zoo.ask("answer");
        const left = zoo.ask("never", {}, { deadlineMs: 100 });
        const input = scripted("wait", { argument: 4000 });
        const beside = outcomeOf(zoo.put(input, {}, "b"));
        expectOutcome(await left, "deadline_exceeded", 400);
        const outcome = await beside;
        expectOutcome(outcome, "answered", 20_000);
        expect(outcome.value).toBe(answerTo(input));
      },
      { models: two },
    ),
    row(
      "a load of one model that throws, then one that ends the process: all fail by its name, and all answer once it is mended",
      async (zoo) => {
        const { isolates } = zoo.pool;
        for (const how of isolates ? (["throw", "exit"] as const) : (["throw"] as const)) {
          await zoo.app.scriptLoad("b", how);
          const outcome = await zoo.ask("answer");
          expect(String(outcome.error)).toContain("a could not be loaded, because it shares a runner with b");
          expect(outcome.code).toBe(how === "throw" ? "model_load_failed" : "runner_crashed");
          await zoo.app.scriptLoad("b", 0);
          await eventually("it is tried again", async () => (await zoo.ask("answer", {}, {}, "b")).code === "answered");
          await zoo.zoo.unload("a");
        }
      },
      { models: two },
    ),
    row(
      "a load of one model that never returns: all are told in time, no process is left, and all answer once it is mended",
      async (zoo) => {
        await zoo.app.scriptLoad("b", "never");
        const outcome = await zoo.ask("answer");
        expectOutcome(outcome, "model_load_failed");
        expect(String(outcome.error)).toContain("a and b and companion were not loaded within 5 s");
        await zoo.app.scriptLoad("b", 0);
        await eventually("it is tried again", async () => (await zoo.ask("answer")).code === "answered", 30_000);
      },
      { models: two, spec: { load_timeout_s: 5 } },
    ),
    row(
      "leases on two models: the runner stays until both are back, and one unload waits for both",
      async (zoo) => {
        const leases = [await zoo.zoo.get("a"), await zoo.zoo.get("b")];
        const unloaded = zoo.zoo.unload("a");
        await leases[0]?.[Symbol.asyncDispose]();
        await zoo.is("ready", "a");
        const input = scripted("answer");
        const { output } = (await leases[1]?.run("transcribe-audio", { audio: input })) ?? {};
        expect(output?.text).toBe(answerTo(input));
        await leases[1]?.[Symbol.asyncDispose]();
        await unloaded;
        expect(zoo.zoo.status().models.map(({ state }) => state)).toEqual(["cold", "cold", "cold"]);
      },
      { models: two },
    ),
  ];
}
