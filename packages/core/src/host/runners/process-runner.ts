import type { LoadReport, Runner, RunnerEnd, RunnerMemory, RunOptions, RunResult } from "../../runner/runner.ts";
import { alarm, type Clock } from "../../time/clock.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { MemoryCap } from "./memory-cap.ts";
import { MemoryMeter } from "./memory-meter.ts";
import type { RunnerProcess } from "./runner-process.ts";

/** Milliseconds that a runner gets to close its sessions before it is ended by force. */
const graceMs = 3000;

export interface ProcessRunnerParts {
  readonly runnerProcess: RunnerProcess;
  readonly report: LoadReport;
  readonly clock: Clock;
  /** What its load was held to; undefined where it was held to nothing. */
  readonly cap: MemoryCap | undefined;
}

/** A model in its own process, or the first of several that share one. */
export class ProcessRunner implements Runner {
  readonly report: LoadReport;
  readonly ended: Promise<RunnerEnd>;
  readonly #process: RunnerProcess;
  readonly #clock: Clock;
  readonly #meter: MemoryMeter | undefined;
  readonly #cap: MemoryCap | undefined;
  /** What it said last of its memory when it was pinged. */
  #told: RunnerMemory | undefined;
  #isStopping = false;

  constructor({ runnerProcess, report, clock, cap }: ProcessRunnerParts) {
    this.#process = runnerProcess;
    this.#clock = clock;
    this.#cap = cap;
    this.#meter = runnerProcess.pid === undefined ? undefined : new MemoryMeter(runnerProcess.pid);
    this.report = report;
    // A process that was ended because it was lost is a loss to everyone else, as a crash is.
    this.ended = runnerProcess.ended.then((end) => ({ ...end, expected: end.expected && this.#isStopping }));
    const heard = (answer: unknown): void => {
      this.#told = memoryTold(answer) ?? this.#told;
    };
    const heartbeat = new Heartbeat(runnerProcess, clock, (reason) => this.kill(reason), heard);
    void this.ended.then(() => heartbeat[Symbol.dispose]());
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  run(task: string, input: unknown, options?: RunOptions): Promise<RunResult> {
    return this.#ask(0, task, input, options);
  }

  /** A runner for another model of the same process. What concerns the process as a whole is done by this one. */
  member(member: number, report: LoadReport): Runner {
    return {
      pid: this.pid,
      report,
      ended: this.ended,
      run: (task, input, options) => this.#ask(member, task, input, options),
      memoryBytes: () => this.memoryBytes(),
      memory: () => this.memory(),
      limitMemory: (bytes) => this.limitMemory(bytes),
      stop: () => this.stop(),
      kill: (reason) => this.kill(reason),
    };
  }

  async #ask(member: number, task: string, input: unknown, { signal, onPart }: RunOptions = {}): Promise<RunResult> {
    const result = await this.#process.call(
      { type: "run", member, task, input, inParts: onPart !== undefined },
      { signal, ...(onPart === undefined ? {} : { onPart }) },
    );
    if (isRunResult(result)) return result;
    this.#process.fault("it answered a question with what is no answer");
    // The call that is made of an ended process has its end as its error.
    await this.#process.ended;
    return (await this.#process.call({ type: "ping" })) as never;
  }

  async memoryBytes(): Promise<number | undefined> {
    return (await this.memory())?.bytes;
  }

  /** By the kernel's books; where it has none that can be read, by the runner's own word. */
  async memory(): Promise<RunnerMemory | undefined> {
    const read = await this.#meter?.read();
    // A ping of its own would hide from the heartbeat that the runner is idle.
    return read ?? (this.#process.hasEnded ? undefined : this.#told);
  }

  async limitMemory(bytes: number): Promise<boolean> {
    return (await this.#cap?.set(bytes)) === true;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#process.expectEnd("was unloaded");
    using _ = alarm(this.#clock, this.#clock.now() + graceMs, () => this.kill(`did not unload within ${graceMs} ms`));
    await this.#process.call({ type: "unload" }).catch(() => {});
    await this.ended;
  }

  kill(reason: string): void {
    void this.#process.kill(reason);
  }
}

/** Every call's answer passes here: by hand this takes a tenth of the time that a schema takes. */
function isRunResult(value: unknown): value is RunResult {
  if (typeof value !== "object" || value === null || !("output" in value)) return false;
  const { runMs } = value as Partial<RunResult>;
  return typeof runMs === "number" && runMs >= 0 && Number.isFinite(runMs) && Object.keys(value).length === 2;
}

/** What a runner says of its memory when it is pinged, if that can be true. */
function memoryTold(told: unknown): RunnerMemory | undefined {
  const { residentBytes, highestBytes } = Object(told) as Readonly<Record<string, unknown>>;
  if (!isBytes(residentBytes) || !isBytes(highestBytes)) return undefined;
  return { bytes: residentBytes, by: "rss", peakBytes: Math.max(residentBytes, highestBytes), peakBy: "process" };
}

function isBytes(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && Number.isFinite(value);
}
