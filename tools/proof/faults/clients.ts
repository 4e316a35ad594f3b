import { isModelError, type Priority } from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import { type Act, answerTo, scripted } from "@menagerie/testing";
import { chance, oneOf, upTo } from "./chance.ts";
import type { LoopLag } from "./loop-lag.ts";
import type { Tally } from "./tally.ts";

/** Milliseconds beyond its limit in which a caller is let go. */
const noiseMs = 250;
const largestInput = 2e6;

const priorities: readonly (Priority | undefined)[] = [undefined, "critical", "high", "medium", "low"];
const harmless: readonly Act[] = ["answer", "answer", "answer", "wait", "parts", "flood", "fail", "answer-misshapen"];
const deadly: readonly Act[] = [
  "exit",
  "exit-once",
  "allocate",
  "say-garbage",
  "say-wrong-shape",
  "say-huge-length",
  "say-unasked",
  "say-outside",
  "say-prototype",
  "say-many-logs",
  "say-long-line",
];
/** Only ever asked with a limit: without one a caller waits for as long as it said it would. */
const endless: readonly Act[] = ["never", "busy", "native", "heed", "say-half-a-frame"];

export interface Client {
  readonly zoo: LocalZoo;
  readonly models: readonly string[];
  readonly tally: Tally;
  readonly lag: LoopLag;
  isOver(): boolean;
}

/** Asks one question after the other without a pause. */
export async function ask(client: Client): Promise<void> {
  while (!client.isOver()) {
    await askOnce(client);
    // What is refused at once would keep this process from everything else, as no client elsewhere can.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function askOnce({ zoo, models, tally, lag }: Client): Promise<void> {
  const deadlineMs = chance(0.3) ? undefined : 5 * 400 ** Math.random();
  const leavesAfterMs = chance(0.15) ? upTo(500) : undefined;
  const isLimited = deadlineMs !== undefined || leavesAfterMs !== undefined;
  const act = oneOf(chance(0.003) ? deadly : isLimited && chance(0.003) ? endless : harmless);
  const input = scripted(act, {
    argument: act === "wait" ? upTo(60) : upTo(200),
    bytes: Math.floor(largestInput ** Math.random()),
  });
  const parts: string[] = [];
  const isHeard = act === "parts" || act === "flood" || chance(0.1);
  const leaver = new AbortController();
  const leave = leavesAfterMs === undefined ? undefined : setTimeout(() => leaver.abort(), leavesAfterMs);
  const started = performance.now();
  tally.asked += 1;
  try {
    const priority = oneOf(priorities);
    const { output } = await zoo.run(
      oneOf(models),
      "transcribe-audio",
      { audio: input },
      {
        signal: leaver.signal,
        ...(deadlineMs === undefined ? {} : { deadlineMs }),
        ...(priority === undefined ? {} : { priority }),
        ...(isHeard ? { onPart: ({ text }) => void parts.push(text), onRestart: () => void parts.splice(0) } : {}),
      },
    );
    tally.answered += 1;
    if (output.text !== answerTo(input) || !areWhole(act, input, parts)) {
      tally.wrong += 1;
      tally.complain(`wrong answer of ${act}: ${output.text.slice(0, 80)} after ${parts.length} parts`);
    }
  } catch (error) {
    tally.refuse(isModelError(error) ? error.code : "none");
    if (!isModelError(error)) tally.complain(`an error without a code: ${String(error)}`);
  } finally {
    clearTimeout(leave);
  }
  const until = performance.now();
  const limit = started + Math.min(deadlineMs ?? Number.POSITIVE_INFINITY, leavesAfterMs ?? Number.POSITIVE_INFINITY);
  const over = until - limit;
  if (over <= noiseMs) return;
  tally.lateByClock += 1;
  const own = lag.longest(limit, until);
  tally.latestMs = Math.max(tally.latestMs, over - own);
  if (over - own <= noiseMs) return;
  tally.late += 1;
  tally.complain(`${act} was kept ${over.toFixed(0)} ms beyond its limit, ${own.toFixed(0)} of them by this process`);
}

function areWhole(act: Act, input: Uint8Array, parts: readonly string[]): boolean {
  if (act !== "parts" && act !== "flood") return true;
  const wanted = new DataView(input.buffer, input.byteOffset).getUint32(1, true);
  return parts.length === wanted && (act === "parts" || parts.every((text, i) => text === String(i)));
}
