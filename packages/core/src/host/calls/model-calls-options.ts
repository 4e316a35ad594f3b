import type { Runner, RunResult } from "../../runner/runner.ts";
import type { Clock } from "../../time/clock.ts";
import type { QueueBounds } from "./model-queue.ts";
import type { RunnerTurns } from "./runner-turns.ts";

export interface ModelCallsOptions {
  readonly model: string;
  readonly clock: Clock;
  /** Calls that may be in the runner at the same time. */
  readonly concurrency: number;
  readonly bounds: QueueBounds;
  /** Shared with the other models of its runner; default: it has a runner to itself. */
  readonly turns?: RunnerTurns;
  /** Calls have waited for their turn for longer than a run takes, and another runner would help; default: nobody is told. */
  crowded?(): void;
  /** A run met the cap on its runner's memory. @returns whether the runner may take more now; default: it may not */
  outgrown?(runner: Runner): Promise<boolean>;
  /** Ends a runner that goes on with what nobody waits for. */
  lose(runner: Runner, reason: string): void;
}

export interface CallResult extends RunResult {
  readonly runner: Runner;
  /** Milliseconds before the runner took the call that gave the answer. */
  readonly queueMs: number;
}
