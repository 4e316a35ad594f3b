import type { AnswerStream } from "@menagerie/core";
import { expect } from "vitest";
import { outcomeOf } from "./outcome.ts";
import { expectOutcome, needsSignals, type Row, row } from "./row.ts";
import { scripted } from "./scripted-acts.ts";
import { eventually, forMs } from "./waiting.ts";
import type { ZooUnderTest } from "./zoo-under-test.ts";

type Stream = AnswerStream<"transcribe-audio">;

/** Parts that may be made before the first is taken: those the host has room for, those under way, and a few between. */
const ahead = 64 + 16 + 4;

/** Answers in parts. */
export function partRows(): Row[] {
  return [
    row("a taker of parts who pauses: the loader waits for it, with no more made than there is room", async (zoo) => {
      await zoo.answersRight();
      const { answer, parts } = streamed(zoo, 2000);
      const times: number[] = [];
      let resumed = 0;
      for await (const { text } of parts) {
        times.push(Number(text));
        if (times.length !== 5) continue;
        await forMs(400);
        resumed = Date.now();
      }
      await answer;
      expect(times).toHaveLength(2000);
      expect(times.filter((made) => made < resumed - 20).length).toBeLessThan(5 + ahead);
      expect([...times].sort((a, b) => a - b)).toEqual(times);
    }),
    row(
      "a loader that waits for nobody: its parts come whole and in order, and the host holds no more than there is room",
      async (zoo) => {
        await zoo.answersRight();
        const input = scripted("flood", { argument: 5000 });
        const taken: string[] = [];
        for await (const { text } of zoo.zoo.stream("a", "transcribe-audio", { audio: input })) taken.push(text);
        expect(taken).toEqual([...Array(5000).keys()].map(String));
      },
    ),
    row("a taker of parts who leaves: the request is withdrawn, and the loader's signal fires", async (zoo) => {
      await zoo.answersRight();
      const { answer, parts, input } = streamed(zoo, 100_000_000);
      const outcome = outcomeOf(answer);
      let taken = 0;
      for await (const _ of parts) if (++taken === 3) break;
      expectOutcome(await outcome, "cancelled", 2000);
      await eventually("the loader's signal has fired", () => zoo.app.wasHeeded(input), 2000);
      expect(zoo.crashes).toBe(0);
    }),
    row(
      "killed between two parts: a taker who cannot be told gets runner_crashed, one who can gets the whole anew",
      async (zoo) => {
        await zoo.answersRight();
        for (const canRestart of [false, true]) {
          let restarts = 0;
          let parts = 0;
          const onPart = (): void => {
            parts += 1;
            if (parts === 3 && restarts === 0) zoo.signal("SIGKILL");
          };
          const onRestart = (): void => {
            restarts += 1;
            parts = 0;
          };
          const outcome = await zoo.ask("parts", { argument: 5000 }, canRestart ? { onPart, onRestart } : { onPart });
          expectOutcome(outcome, canRestart ? "answered" : "runner_crashed", 10_000);
          expect(restarts).toBe(canRestart ? 1 : 0);
          if (canRestart) expect(parts).toBe(5000);
        }
      },
      { needs: needsSignals },
    ),
  ];
}

function streamed(zoo: ZooUnderTest, argument: number): { input: Uint8Array; parts: Stream; answer: Stream["answer"] } {
  const input = scripted("parts", { argument });
  const parts = zoo.zoo.stream("a", "transcribe-audio", { audio: input });
  return { input, parts, answer: parts.answer };
}
