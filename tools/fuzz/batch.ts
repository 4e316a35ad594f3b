/**
 * Runs cases in a process of its own and sends a `BatchReport`. Before each case its number is written to a file, whence
 * the parent knows where a process hangs or died: it asks nothing of a process that may be beyond answering.
 */
import { openSync, writeSync } from "node:fs";
import { isModelError } from "@menagerie/core";
import type { BatchReport, Fault } from "./batch-report.ts";
import { Draws } from "./draws.ts";
import { fuzzTargetNamed } from "./fuzz-targets.ts";

const [name = "", seed = "", first = "", end = "", pictures = "", place = ""] = process.argv.slice(2);
const target = fuzzTargetNamed(name);
const runCase = await target.prepare(pictures);
const file = openSync(place, "r+");
const mark = new Float64Array(3);
const outcomes: Record<string, number> = {};
const faults: Fault[] = [];
const rssBefore = process.memoryUsage.rss();
let [slowest, slowestMs, fullest, mostRss] = [-1, 0, -1, rssBefore];
for (let number = Number(first); number < Number(end); number++) {
  mark.set([number, Date.now(), rssBefore]);
  writeSync(file, new Uint8Array(mark.buffer), 0, mark.byteLength, 0);
  const started = performance.now();
  const outcome = await outcomeOf(number);
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const ms = performance.now() - started;
  if (ms > slowestMs) [slowest, slowestMs] = [number, ms];
  const rss = process.memoryUsage.rss();
  if (rss > mostRss) [fullest, mostRss] = [number, rss];
}
const growthMb = Math.max(0, process.resourceUsage().maxRSS * 1024 - rssBefore) / 2 ** 20;
const report: BatchReport = { outcomes, faults, growthMb, fullest, slowest, slowestMs };
process.send?.(report);
process.disconnect?.();

async function outcomeOf(number: number): Promise<string> {
  try {
    await runCase(new Draws(Number(seed), name, number));
    return "answer";
  } catch (error) {
    if (isModelError(error) && target.refusals.includes(error.code)) return error.code;
    faults.push({ number, what: error instanceof Error ? (error.stack ?? error.message) : `thrown: ${String(error)}` });
    return "fault";
  }
}
