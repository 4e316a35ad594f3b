import type { Log } from "../../contract/log.ts";
import type { FormDraft, FormStore } from "../../forms/form-store.ts";
import type {
  AdoptOutcome,
  AdoptRequest,
  LoadOptions,
  LoadReport,
  LoadRequest,
  Runner,
  RunnerEnd,
  RunnerPool,
  RunOptions,
  RunResult,
} from "../../runner/runner.ts";
import { RunnerSession } from "../../runner/runner-session.ts";
import { abortable, deferred } from "../../time/abortable.ts";

/**
 * Runners inside the host: the same code without the process, for tests and for tiny models without native code. What
 * hangs here cannot be ended, only left: nobody waits for it any more.
 */
export function createInlinePool(options: { readonly forms: FormStore; readonly log: Log }): RunnerPool {
  return {
    load(request: LoadRequest, { signal, onStage = () => {} }: LoadOptions): Promise<Runner> {
      const session = new RunnerSession(options.log);
      const make = (draft: FormDraft): Promise<void> => {
        onStage("prepare");
        return new RunnerSession(options.log).makeForms(request, draft.graphs);
      };
      const load = async (): Promise<Runner> => {
        try {
          const { forms: needed } = await session.formsNeeded(request, onStage);
          const forms = await options.forms.ensure(needed, make, signal);
          return new InlineRunner(session, await session.load(request, forms, onStage));
        } catch (error) {
          await session.unload().catch(() => {});
          throw error;
        }
      };
      return abortable(load(), signal, (late) => void late.stop().catch(() => {}));
    },
    adopt: (requests: readonly AdoptRequest[], { signal }): Promise<readonly AdoptOutcome[]> =>
      abortable(new RunnerSession(options.log).adopt(requests), signal),
    async [Symbol.asyncDispose]() {},
  };
}

class InlineRunner implements Runner {
  readonly pid = undefined;
  readonly report: LoadReport;
  readonly #session: RunnerSession;
  readonly #end = deferred<RunnerEnd>();
  #isEnded = false;

  constructor(session: RunnerSession, report: LoadReport) {
    this.#session = session;
    this.report = report;
  }

  get opened(): unknown {
    return this.#session.opened;
  }

  get ended(): Promise<RunnerEnd> {
    return this.#end.promise;
  }

  run(task: string, input: unknown, options: RunOptions = {}): Promise<RunResult> {
    const { signal = new AbortController().signal, onPart } = options;
    const part = onPart && (async (given: unknown): Promise<unknown> => (this.#isEnded ? undefined : onPart(given)));
    return this.#session.run(task, input, { signal, onPart: part });
  }

  memoryBytes(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async stop(): Promise<void> {
    await this.#session.unload();
    this.#finish({ expected: true, reason: "was unloaded", cause: "host" });
  }

  kill(reason: string): void {
    // What still runs goes on, and is given back when it ends.
    void this.#session.unload().catch(() => {});
    this.#finish({ expected: false, reason, cause: "host" });
  }

  #finish(end: RunnerEnd): void {
    this.#isEnded = true;
    this.#end.resolve(end);
  }
}
