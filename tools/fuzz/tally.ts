import type { BatchReport } from "./batch-report.ts";
import type { FuzzTarget } from "./fuzz-target.ts";

/** One case that failed, and how. */
export interface Failure {
  readonly target: string;
  readonly number: number;
  readonly what: string;
}

/** What became of the cases of each target. */
export class Tally {
  readonly failures: Failure[] = [];
  #cases = 0;
  readonly #rows = new Map<string, Row>();

  constructor(targets: readonly FuzzTarget[]) {
    for (const { name, memoryMb } of targets)
      this.#rows.set(name, { outcomes: {}, growthMb: 0, memoryMb, slowestMs: 0, slowest: -1 });
  }

  get cases(): number {
    return this.#cases;
  }

  add(target: string, report: BatchReport): void {
    const row = this.#rows.get(target) as Row;
    for (const [outcome, count] of Object.entries(report.outcomes)) {
      row.outcomes[outcome] = (row.outcomes[outcome] ?? 0) + count;
      this.#cases += count;
    }
    row.growthMb = Math.max(row.growthMb, report.growthMb);
    if (report.slowestMs > row.slowestMs) [row.slowestMs, row.slowest] = [report.slowestMs, report.slowest];
    for (const { number, what } of report.faults) this.failures.push({ target, number, what });
    if (report.growthMb > row.memoryMb)
      this.fail(
        target,
        report.fullest,
        `memory: the batch grew by ${Math.round(report.growthMb)} MB, most by this case; ${row.memoryMb} MB are the limit`,
        0,
      );
  }

  /** @param cases 1 where the case is in no report */
  fail(target: string, number: number, what: string, cases: 0 | 1): void {
    this.failures.push({ target, number, what });
    this.#cases += cases;
    const { outcomes } = this.#rows.get(target) as Row;
    if (cases === 1) outcomes.fault = (outcomes.fault ?? 0) + 1;
  }

  /** Failures that look alike, the numbers in them aside, by the first of each kind. */
  kinds(): readonly (readonly [first: Failure, count: number])[] {
    const byKind = new Map<string, [Failure, number]>();
    for (const failure of this.failures) {
      const [message = "", ...frames] = failure.what.split("\n");
      const frame = frames.find((line) => line.includes("/packages/")) ?? frames.slice(0, 2).join();
      const kind = `${failure.target} ${message.replaceAll(/[\d.+-]+|NaN|Infinity/g, "#").slice(0, 60)} ${frame}`;
      const known = byKind.get(kind);
      if (known === undefined) byKind.set(kind, [failure, 1]);
      else known[1]++;
    }
    return [...byKind.values()];
  }

  table(): string {
    return [...this.#rows]
      .map(([name, { outcomes, growthMb, memoryMb, slowestMs, slowest }]) => {
        const count = Object.values(outcomes).reduce((sum, value) => sum + value, 0);
        const parts = Object.entries(outcomes).sort(([, a], [, b]) => b - a);
        return (
          `${name.padEnd(16)} ${String(count).padStart(6)}  ${parts.map(([outcome, times]) => `${outcome} ${times}`).join(", ")}\n` +
          `${"".padEnd(16)} ${"".padStart(6)}  memory grew by ${Math.round(growthMb)} of ${memoryMb} MB, slowest case ${Math.round(slowestMs)} ms (${name}:${slowest})`
        );
      })
      .join("\n");
  }
}

interface Row {
  readonly outcomes: Record<string, number>;
  growthMb: number;
  readonly memoryMb: number;
  slowestMs: number;
  slowest: number;
}
