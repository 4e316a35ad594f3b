import type { AdoptedCheckpoint } from "../../adopt.ts";
import type { Log } from "../../log.ts";
import { ModelError } from "../../model-error.ts";
import { RunnerSession } from "../../runner/runner-session.ts";
import type { TaskName } from "../../tasks/vocabulary.ts";
import type {
  AdoptRequest,
  LoadOptions,
  LoadReport,
  LoadRequest,
  Runner,
  RunnerEnd,
  RunnerPool,
  RunOptions,
  RunResult,
} from "../runner.ts";

/** Runners inside the host: the same code without the process, for tests and for tiny models without native code. */
export function createInlinePool(options: { readonly log: Log }): RunnerPool {
  return {
    async load(request: LoadRequest, load: LoadOptions): Promise<Runner> {
      const session = new RunnerSession(options.log);
      const onStage = load.onStage ?? (() => {});
      // In one process there is nothing to throw away after preparing: the second call finds the work done.
      const report = (await session.load(request, onStage)) ?? (await session.load(request, onStage));
      if (report === undefined)
        throw new ModelError("internal", `${request.spec.model_name} asks to be prepared again and again.`);
      return new InlineRunner(session, report);
    },
    adopt: (request: AdoptRequest): Promise<AdoptedCheckpoint> => new RunnerSession(options.log).adopt(request),
    async [Symbol.asyncDispose]() {},
  };
}

class InlineRunner implements Runner {
  readonly pid = undefined;
  readonly report: LoadReport;
  readonly ended: Promise<RunnerEnd>;
  readonly #session: RunnerSession;
  #end: (end: RunnerEnd) => void = () => {};
  #last: Promise<unknown> = Promise.resolve();

  constructor(session: RunnerSession, report: LoadReport) {
    this.#session = session;
    this.report = report;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  async run(task: TaskName, input: unknown, options: RunOptions = {}): Promise<RunResult> {
    const deadline =
      options.deadline === undefined
        ? []
        : [AbortSignal.timeout(Math.max(0, Math.round(options.deadline - performance.now())))];
    const signal = AbortSignal.any([...(options.signal === undefined ? [] : [options.signal]), ...deadline]);
    const answer = this.#last.then(() => {
      signal.throwIfAborted();
      return this.#session.run(task, input, { signal, onPart: options.onPart });
    });
    this.#last = answer.catch(() => {});
    const withdrawn = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(options.signal?.aborted ? cancelled() : late()), { once: true });
    });
    return Promise.race([answer, withdrawn]);
  }

  memoryBytes(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async stop(): Promise<void> {
    await this.#last;
    await this.#session.unload();
    this.#end({ expected: true, reason: "was unloaded" });
    await this.ended;
  }
}

function cancelled(): ModelError {
  return new ModelError("cancelled", "The caller withdrew the request while it ran; its answer is dropped.");
}

function late(): ModelError {
  return new ModelError("deadline_exceeded", "The request was still running at its deadline; its answer is dropped.");
}
