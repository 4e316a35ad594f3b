/**
 * What the scheduler's decisions cost, beside the rules of others and beside somebody who knows the future, by simulation:
 * the same function as in a running zoo, and clocks that jump. `npm run bench:scheduler [NAME]`
 */
import { costAware, leastUrgentLeastRecent } from "@menagerie/core/host";
import { belady } from "./optimum.ts";
import { simulated } from "./ours.ts";
import type { Outcome } from "./outcome.ts";
import { inThrees, lruByBytes, lruByCount, ollama, played } from "./peers.ts";
import { type Trace, traces } from "./traces.ts";
import { provedWeek, timedMillion } from "./week.ts";

const [wanted] = process.argv.slice(2);
for (const trace of traces) if (wanted === undefined || trace.name.includes(wanted)) compare(trace);
if (wanted === undefined || wanted === "week") print(provedWeek());
if (wanted === undefined || wanted === "million") print(timedMillion());

function compare(trace: Trace): void {
  const optimum = belady(trace);
  print(`${trace.name}`);
  print(row(["", "loads", "of best", "moved", "load time", "of best", "p50 wait", "p99 wait", "worst"]));
  const rules: readonly (readonly [string, () => Outcome])[] = [
    ["Menagerie", () => simulated(trace, costAware)],
    ["Menagerie, LRU", () => simulated(trace, leastUrgentLeastRecent)],
    ["LRU by count", () => played(trace, lruByCount(trace))],
    ["LRU by bytes", () => played(trace, lruByBytes(trace))],
    ["Roboflow's, in threes", () => played(trace, inThrees(trace))],
    ["Ollama's rule", () => played(trace, ollama(trace))],
  ];
  for (const [name, play] of rules) {
    const { loads, bytes, loadMs, p50, p99, worst } = play();
    const cells = [
      ...[name, String(loads), times(loads / optimum.loads), `${(bytes / 1e9).toFixed(0)} GB`],
      ...[seconds(loadMs), times(loadMs / optimum.loadMs), ms(p50), ms(p99), ms(worst)],
    ];
    print(row(cells));
  }
  const words = optimum.bound === "exact" ? "Bélády (exact, in order)" : "Bélády, costs (feasible)";
  print(row([words, String(optimum.loads), "1.00", "", seconds(optimum.loadMs), "1.00", "", "", ""]));
  print("");
}

function row(cells: readonly string[]): string {
  const [name = "", ...rest] = cells;
  return name.padEnd(26) + rest.map((cell) => cell.padStart(10)).join("");
}

function times(ratio: number): string {
  return ratio.toFixed(2);
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(0)} s`;
}

function ms(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return "";
  return milliseconds < 10_000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
