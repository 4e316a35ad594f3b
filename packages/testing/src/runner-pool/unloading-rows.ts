import { expect } from "vitest";
import { outcomeOf } from "./outcome.ts";
import { expectOutcome, type Row, row } from "./row.ts";
import { answerTo, scripted } from "./scripted-acts.ts";
import { forMs } from "./waiting.ts";

/** Models that are unloaded, in each phase. */
export function unloadingRows(): Row[] {
  return [
    row("unloaded while cold, while ready, and twice at once: resolves, and its process is gone", async (zoo) => {
      await zoo.zoo.unload("a");
      await zoo.answersRight();
      await Promise.all([zoo.zoo.unload("a"), zoo.zoo.unload("a")]);
      await zoo.zoo.unload("a");
      expect([zoo.zoo.status().models[0]?.state, zoo.pid(), zoo.crashes]).toEqual(["cold", undefined, 0]);
    }),
    row("unloaded while it loads: those who wait have it loaded anew, and are answered", async (zoo) => {
      await zoo.app.scriptLoad("a", 300);
      const asked = zoo.ask("answer");
      await zoo.is("loading");
      const unloaded = outcomeOf(zoo.zoo.unload("a"));
      expectOutcome(await asked, "answered", 10_000);
      expectOutcome(await unloaded, "answered");
    }),
    row(
      "unloaded while it runs: waits for the answer, and those who come meanwhile have it loaded anew",
      async (zoo) => {
        await zoo.answersRight();
        const running = zoo.ask("wait", { argument: 300 });
        await zoo.runs();
        const queued = zoo.ask("answer");
        const unloaded = outcomeOf(zoo.zoo.unload("a"));
        const later = zoo.ask("answer");
        for (const asked of [running, queued, unloaded, later]) expectOutcome(await asked, "answered", 10_000);
        expect(zoo.crashes).toBe(0);
      },
    ),
    row("unloaded while it unloads: resolves with the first", async (zoo) => {
      await zoo.app.scriptClose("a", 300);
      await zoo.answersRight();
      const first = outcomeOf(zoo.zoo.unload("a"));
      await zoo.is("unloading");
      const second = outcomeOf(zoo.zoo.unload("a"));
      const asked = zoo.ask("answer");
      for (const outcome of [first, second, asked]) expectOutcome(await outcome, "answered", 10_000);
      await zoo.app.scriptClose("a", 0);
    }),
    row(
      "unloaded while what runs does not end, with a deadline: let go in time, and done once it is over",
      async (zoo) => {
        await zoo.answersRight();
        const running = zoo.ask("wait", { argument: 900 });
        await zoo.runs();
        expectOutcome(await outcomeOf(zoo.zoo.unload("a", { deadlineMs: 200 })), "deadline_exceeded", 450);
        expectOutcome(await running, "answered");
        expectOutcome(await outcomeOf(zoo.zoo.unload("a")), "answered", 5000);
      },
    ),
    row("unloaded again and again under steady traffic: everybody is answered right", async (zoo) => {
      let isOver = false;
      const client = async (): Promise<number> => {
        for (let asked = 0; ; asked++) {
          if (isOver) return asked;
          const input = scripted("answer");
          expect(await zoo.put(input)).toBe(answerTo(input));
          await forMs(2);
        }
      };
      const clients = [client(), client(), client()];
      await zoo.answersRight();
      for (let i = 0; i < 4; i++) {
        await forMs(50);
        await zoo.zoo.unload("a");
      }
      isOver = true;
      for (const asked of await Promise.all(clients)) expect(asked).toBeGreaterThan(0);
      expect(zoo.crashes).toBe(0);
    }),
  ];
}
