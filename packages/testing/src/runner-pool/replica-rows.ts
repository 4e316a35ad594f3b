import type { ReplicaStatus } from "@menagerie/core";
import { expect } from "vitest";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { expectOutcome, needsSignals, type Row, row } from "./row.ts";
import { answerTo, scripted } from "./scripted-acts.ts";
import { eventually } from "./waiting.ts";
import { ZooUnderTest } from "./zoo-under-test.ts";

/** Models that may have several runners, and what befalls one of them. */
export function replicaRows(): Row[] {
  return [
    row(
      "one of several runners killed, the first or another: every call is answered right",
      async (zoo) => {
        for (const which of ["first", "further"] as const) {
          const calls = await crowd(zoo);
          const pid = which === "first" ? zoo.pid() : further(zoo)[0]?.pid;
          if (pid === undefined) throw new Error("there is no such runner");
          process.kill(pid, "SIGKILL");
          await allAnswered(calls);
        }
      },
      { needs: needsSignals },
    ),
    row("a further runner that cannot be loaded: nobody is told but by an event, and calls go on", async (zoo) => {
      await zoo.answersRight();
      await zoo.app.scriptLoad("a", "throw");
      const calls = asked(zoo, 30);
      await eventually("its load has failed", () => zoo.events.some(({ type }) => type === "load-failed"), 15_000);
      await allAnswered(calls);
      await zoo.app.scriptLoad("a", 0);
    }),
    row("unloaded with all its runners under work: waits for the answers, and all are gone", async (zoo) => {
      const calls = await crowd(zoo);
      await zoo.zoo.unload("a");
      await allAnswered(calls);
      await zoo.zoo.unload("a");
      expect(further(zoo)).toEqual([]);
      expect(zoo.zoo.status().devices[0]?.reserved_bytes).toBe(0);
    }),
    {
      says: "closed while further runners are loaded and at work: no process is left",
      needs: undefined,
      async run(pool) {
        await using zoo = await ZooUnderTest.open(pool, { spec: { close_grace_s: 0.1 } });
        const calls = await crowd(zoo);
        await zoo.close();
        for (const { outcome } of calls) expect(["answered", "zoo_closed"]).toContain((await outcome).code);
      },
    },
  ];
}

interface Asked {
  readonly input: Uint8Array;
  readonly outcome: Promise<Outcome<string>>;
}

/** Asks until another runner is ready. */
async function crowd(zoo: ZooUnderTest): Promise<readonly Asked[]> {
  await zoo.answersRight();
  const calls = asked(zoo, 40);
  await eventually("another runner is ready", () => further(zoo).some(({ state }) => state === "ready"), 20_000);
  return calls;
}

function asked(zoo: ZooUnderTest, count: number): readonly Asked[] {
  return Array.from({ length: count }, () => {
    const input = scripted("wait", { argument: 150 });
    return { input, outcome: outcomeOf(zoo.put(input)) };
  });
}

async function allAnswered(calls: readonly Asked[]): Promise<void> {
  for (const { input, outcome } of calls) {
    const given = await outcome;
    expectOutcome(given, "answered");
    expect(given.value).toBe(answerTo(input));
  }
}

function further(zoo: ZooUnderTest): readonly ReplicaStatus[] {
  return zoo.zoo.status().models[0]?.replicas ?? [];
}
