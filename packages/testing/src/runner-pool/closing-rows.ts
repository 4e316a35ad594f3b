import { expect } from "vitest";
import type { Outcome } from "./outcome.ts";
import { atOnceMs, expectOutcome, type Row } from "./row.ts";
import { answerTo, scripted } from "./scripted-acts.ts";
import { eventually } from "./waiting.ts";
import { type ZooSetting, ZooUnderTest } from "./zoo-under-test.ts";

/** Milliseconds that a runner gets to stop of its own accord before its zoo ends it, and a little. */
const stoppedWithinMs = 12_000;
const graceMs = 500;

/** Zoos that are closed, in each phase. Nobody is left waiting, and no process is left. */
export function closingRows(): Row[] {
  return [
    closing("cold", 1000, async () => {}),
    closing("ready", 3000, (zoo) => zoo.answersRight()),
    closing("loading", 4000, async (zoo) => {
      await zoo.app.scriptLoad("a", "never");
      const asked = zoo.ask("answer");
      await zoo.is("loading");
      return async () => expectOutcome(await asked, "zoo_closed");
    }),
    closing(
      "waiting for room",
      5000,
      async (zoo) => {
        await zoo.answersRight();
        const lease = await zoo.zoo.get("a");
        const asked = zoo.ask("answer", {}, {}, "b");
        await zoo.is("waiting", "b");
        return async () => {
          expectOutcome(await asked, "zoo_closed");
          await lease[Symbol.asyncDispose]();
        };
      },
      { apart: true, models: { a: {}, b: { ramMb: 145 } }, spec: { memory_mb: { cpu: 150 } } },
    ),
    closing("running what ends within the grace", 5000, async (zoo) => {
      await zoo.answersRight();
      const input = scripted("wait", { argument: 200 });
      const asked = zoo.put(input);
      await zoo.runs();
      return async () => expect(await asked).toBe(answerTo(input));
    }),
    closing("running what does not end", graceMs + stoppedWithinMs, async (zoo) => {
      await zoo.answersRight();
      const asked = zoo.ask("never");
      await zoo.runs();
      const started = performance.now();
      let outcome: Outcome<string> | undefined;
      void asked.then((settled) => {
        outcome = settled;
        expect(performance.now() - started).toBeLessThan(graceMs + 4 * atOnceMs);
      });
      return async () => expectOutcome(outcome ?? (await asked), "zoo_closed");
    }),
    closing("queued behind another", 5000, async (zoo) => {
      await zoo.answersRight();
      const first = zoo.ask("wait", { argument: 200 });
      await zoo.runs();
      const second = zoo.ask("answer");
      return async () => {
        expectOutcome(await first, "answered");
        expectOutcome(await second, "zoo_closed");
      };
    }),
    closing("unloading", 5000, async (zoo) => {
      await zoo.app.scriptClose("a", 300);
      await zoo.answersRight();
      const unloading = zoo.zoo.unload("a");
      await zoo.is("unloading");
      return () => unloading;
    }),
  ];
}

/**
 * @param reach brings the zoo into the phase; gives what is to hold once it is closed
 * @param withinMs in which the zoo is closed
 */
function closing(
  phase: string,
  withinMs: number,
  reach: (zoo: ZooUnderTest) => Promise<void | (() => Promise<void>)>,
  { apart, ...setting }: ZooSetting & { readonly apart?: boolean } = {},
): Row {
  return {
    says: `closed twice at once while ${phase}: both end, whoever waits is told, and what is asked later is refused`,
    needs: undefined,
    apart,
    async run(pool) {
      const spec = { close_grace_s: graceMs / 1000, ...setting.spec };
      await using zoo = await ZooUnderTest.open(pool, { ...setting, spec });
      const check = await reach(zoo);
      const started = performance.now();
      await Promise.all([zoo.close(), zoo.close()]);
      expect(performance.now() - started, "milliseconds to close").toBeLessThan(withinMs);
      await check?.();
      expectOutcome(await zoo.ask("answer"), "zoo_closed", atOnceMs);
      await eventually("nothing is held, waits or runs", () =>
        zoo.zoo.status().models.every(({ waiting, leases }) => waiting + leases === 0),
      );
      expect(zoo.events.filter(({ type }) => type === "crashed")).toEqual([]);
    },
  };
}
