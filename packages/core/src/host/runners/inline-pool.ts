import type { AdoptedCheckpoint } from "../../adopt.ts";
import type { Log } from "../../log.ts";
import { ModelError } from "../../model-error.ts";
import { RunnerSession } from "../../runner/runner-session.ts";
import type { TaskName } from "../../tasks/vocabulary.ts";
import type { FormDraft, FormStore } from "../forms/form-store.ts";
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
export function createInlinePool(options: { readonly forms: FormStore; readonly log: Log }): RunnerPool {
  return {
    async load(request: LoadRequest, load: LoadOptions): Promise<Runner> {
      const session = new RunnerSession(options.log);
      const onStage = load.onStage ?? (() => {});
      try {
        const { forms: needed } = await session.formsNeeded(request, onStage);
        const make = (draft: FormDraft): Promise<void> => {
          onStage("prepare");
          return new RunnerSession(options.log).makeForms(request, draft.graphs);
        };
        const forms = await options.forms.ensure(needed, make, load.signal);
        return new InlineRunner(session, await session.load(request, forms, onStage));
      } catch (error) {
        await session.unload().catch(() => {});
        throw error;
      }
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
