import { ModelError } from "../../model-error.ts";
import type { TaskName } from "../../tasks/vocabulary.ts";
import type { LoadReport, Runner, RunnerEnd, RunOptions, RunResult } from "../runner.ts";
import { proportionalBytes } from "./process-memory.ts";
import type { RunnerProcess } from "./runner-process.ts";

/** Milliseconds between two pings of an idle runner, and until one that does not answer is ended. */
const heartbeatMs = 5000;
/** Milliseconds that a runner gets to close its sessions before it is ended by force. */
const graceMs = 3000;

/** A model in its own process. One call at a time is in the process; the others wait here. */
export class ProcessRunner implements Runner {
  readonly report: LoadReport;
  readonly ended: Promise<RunnerEnd>;
  readonly #process: RunnerProcess;
  readonly #heartbeat: NodeJS.Timeout;
  #last: Promise<unknown> = Promise.resolve();
  #calls = 0;
  #isLost = false;

  constructor(runnerProcess: RunnerProcess, report: LoadReport) {
    this.#process = runnerProcess;
    this.report = report;
    // A process that we ended because it overran or fell silent is a loss to everyone else, as a crash is.
    this.ended = runnerProcess.ended.then((end) => ({ ...end, expected: end.expected && !this.#isLost }));
    this.#heartbeat = setInterval(() => void this.#ping(), heartbeatMs).unref();
    void this.ended.then(() => clearInterval(this.#heartbeat));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  async run(task: TaskName, input: unknown, options: RunOptions = {}): Promise<RunResult> {
    const before = this.#last;
    this.#calls += 1;
    const turn = before.then(() => this.#runNow(task, input, options));
    // The next call waits for the process, not for this call's caller.
    this.#last = turn.then(({ done }) => done).catch(() => {});
    try {
      return await (await turn).answer;
    } finally {
      this.#calls -= 1;
    }
  }

  memoryBytes(): Promise<number | undefined> {
    return this.pid === undefined ? Promise.resolve(undefined) : proportionalBytes(this.pid);
  }

  async stop(): Promise<void> {
    this.#process.expectEnd("was unloaded");
    const forced = setTimeout(() => void this.#process.kill(`did not unload within ${graceMs} ms`), graceMs);
    await this.#process.call({ type: "unload" }).catch(() => {});
    await this.ended;
    clearTimeout(forced);
  }

  async #runNow(
    task: TaskName,
    input: unknown,
    options: RunOptions,
  ): Promise<{ answer: Promise<RunResult>; done: Promise<unknown> }> {
    const { signal, deadline, onPart } = options;
    if (signal?.aborted) throw cancelled();
    const done = this.#process.call(
      { type: "run", task, input, inParts: onPart !== undefined },
      { ...(signal === undefined ? {} : { signal }), ...(onPart === undefined ? {} : { onPart }) },
    ) as Promise<RunResult>;
    const late = deadline === undefined ? undefined : this.#killAt(deadline);
    const answer = new Promise<RunResult>((resolve, reject) => {
      const onAbort = (): void => reject(cancelled());
      signal?.addEventListener("abort", onAbort, { once: true });
      done
        .then(resolve, (error: unknown) => reject(late?.fired ? late.error() : error))
        .finally(() => {
          late?.stop();
          signal?.removeEventListener("abort", onAbort);
        });
    });
    return { answer, done: done.catch(() => {}) };
  }

  /** Native code cannot be interrupted, so a run that overruns its deadline takes its process with it. */
  #killAt(deadline: number): { readonly fired: boolean; error(): ModelError; stop(): void } {
    const started = performance.now();
    let fired = false;
    const timer = setTimeout(
      () => {
        fired = true;
        this.#lose("overran the deadline of a request");
      },
      Math.max(0, deadline - started),
    );
    return {
      get fired() {
        return fired;
      },
      error() {
        const ran = Math.round(performance.now() - started);
        return new ModelError(
          "deadline_exceeded",
          `The request was still running at its deadline, after ${ran} ms; its runner was ended and the model is loaded afresh when it is next needed.`,
          {
            details: { ran_ms: ran },
          },
        );
      },
      stop: () => clearTimeout(timer),
    };
  }

  async #ping(): Promise<void> {
    // While it works a runner's loop may be blocked by native code for long; its deadline watches over it then.
    if (this.#calls > 0 || this.#process.hasEnded) return;
    const silence = setTimeout(() => {
      if (this.#calls === 0) this.#lose(`did not answer a ping within ${heartbeatMs} ms`);
    }, heartbeatMs).unref();
    await this.#process.call({ type: "ping" }).catch(() => {});
    clearTimeout(silence);
  }

  #lose(reason: string): void {
    this.#isLost = true;
    void this.#process.kill(reason);
  }
}

function cancelled(): ModelError {
  return new ModelError("cancelled", "The caller withdrew the request while it ran; its answer is dropped.");
}
