import type { LoadReport, Runner, RunnerEnd, RunOptions, RunResult } from "../../runner/runner.ts";
import { alarm, type Clock } from "../../time/clock.ts";
import { Heartbeat } from "./heartbeat.ts";
import { proportionalBytes } from "./process-memory.ts";
import type { RunnerProcess } from "./runner-process.ts";

/** Milliseconds that a runner gets to close its sessions before it is ended by force. */
const graceMs = 3000;

/** A model in its own process. */
export class ProcessRunner implements Runner {
  readonly report: LoadReport;
  readonly ended: Promise<RunnerEnd>;
  readonly #process: RunnerProcess;
  readonly #clock: Clock;
  #isStopping = false;

  constructor(runnerProcess: RunnerProcess, report: LoadReport, clock: Clock) {
    this.#process = runnerProcess;
    this.#clock = clock;
    this.report = report;
    // A process that was ended because it was lost is a loss to everyone else, as a crash is.
    this.ended = runnerProcess.ended.then((end) => ({ ...end, expected: end.expected && this.#isStopping }));
    const heartbeat = new Heartbeat(runnerProcess, clock, (reason) => this.kill(reason));
    void this.ended.then(() => heartbeat[Symbol.dispose]());
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  async run(task: string, input: unknown, { signal, onPart }: RunOptions = {}): Promise<RunResult> {
    const result = await this.#process.call(
      { type: "run", task, input, inParts: onPart !== undefined },
      { signal, ...(onPart === undefined ? {} : { onPart }) },
    );
    if (isRunResult(result)) return result;
    this.#process.fault("it answered a question with what is no answer");
    // The call that is made of an ended process has its end as its error.
    await this.#process.ended;
    return (await this.#process.call({ type: "ping" })) as never;
  }

  memoryBytes(): Promise<number | undefined> {
    return this.pid === undefined ? Promise.resolve(undefined) : proportionalBytes(this.pid);
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
