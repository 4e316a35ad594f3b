/**
 * What the scheduler's decisions cost, beside the rules of others and beside somebody who knows the future, by simulation:
 * the same function as in a running zoo, and clocks that jump. `npm run bench:scheduler [NAME | seeds]`
 */
import { costAware, leastUrgentLeastRecent } from "@menagerie/core/host";
import { belady } from "./optimum.ts";
import { simulated } from "./ours.ts";
import type { Outcome } from "./outcome.ts";
import { comparedPair } from "./pair.ts";
import { inThrees, lruByBytes, lruByCount, ollama, played } from "./peers.ts";
import { overSeeds } from "./seeds.ts";
import { type Trace, tracesOf } from "./traces.ts";
import { provedWeek, timedMillion } from "./week.ts";
import { bestWithoutForesight } from "./without-foresight.ts";

const [wanted] = process.argv.slice(2);
const isWanted = (name: string): boolean => wanted === undefined || name.includes(wanted);
for (const trace of tracesOf()) if (isWanted(trace.name)) compare(trace);
if (isWanted("roboflow/inference#2448 pair")) comparePair();
if (isWanted("week")) print(provedWeek());
if (isWanted("million")) print(timedMillion());
// Two minutes: only where it is asked for.
if (wanted === "seeds") for (const line of overSeeds(10)) print(line);

function compare(trace: Trace): void {
  const optimum = belady(trace);
  print(trace.name);
  printHead();
  const rules: readonly (readonly [string, () => Outcome])[] = [
    ["Menagerie", () => simulated(trace, costAware)],
    ["Menagerie, LRU", () => simulated(trace, leastUrgentLeastRecent)],
    ["LRU by count", () => played(trace, lruByCount(trace))],
    ["LRU by bytes", () => played(trace, lruByBytes(trace))],
    ["Roboflow's, in threes", () => played(trace, inThrees(trace))],
    ["Ollama's rule", () => played(trace, ollama(trace))],
  ];
  for (const [name, play] of rules) printOutcome(name, play(), optimum);
  const blind = bestWithoutForesight(trace);
  if (blind !== undefined) printBound("Rates known, in order", blind, optimum);
  printBound(optimum.bound === "exact" ? "Bélády (exact, in order)" : "Bélády, costs (feasible)", optimum, optimum);
  print("");
}

function comparePair(): void {
  const { trace, least, rows } = comparedPair();
  print(trace.name);
  printHead();
  for (const [name, outcome] of rows) printOutcome(name, outcome, least);
  printBound("Each model once (exact)", least, least);
  print("");
}

type Cost = Pick<Outcome, "loads" | "loadMs">;

function printHead(): void {
  print(row(["", "loads", "of best", "moved", "load time", "of best", "p50 wait", "p99 wait", "worst"]));
}

function printOutcome(name: string, { loads, bytes, loadMs, p50, p99, worst }: Outcome, best: Cost): void {
  const cells = [
    ...[name, String(loads), times(loads / best.loads), `${(bytes / 1e9).toFixed(0)} GB`],
    ...[seconds(loadMs), times(loadMs / best.loadMs), ms(p50), ms(p99), ms(worst)],
  ];
  print(row(cells));
}

function printBound(name: string, { loads, loadMs }: Cost, best: Cost): void {
  const ratios = [times(loads / best.loads), times(loadMs / best.loadMs)] as const;
  print(row([name, String(loads), ratios[0], "", seconds(loadMs), ratios[1], "", "", ""]));
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
