import type { AdoptedCheckpoint } from "../../adopt.ts";
import type { Log } from "../../log.ts";
import { ModelError } from "../../model-error.ts";
import { RunnerSession } from "../../runner/runner-session.ts";
import type { TaskName } from "../../tasks/vocabulary.ts";
import { abortable, deferred } from "../calls/abortable.ts";
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

/**
 * Runners inside the host: the same code without the process, for tests and for tiny models without native code. What
 * hangs here cannot be ended, only left: nobody waits for it any more.
 */
export function createInlinePool(options: { readonly log: Log }): RunnerPool {
  return {
    load(request: LoadRequest, { signal, onStage = () => {} }: LoadOptions): Promise<Runner> {
      const session = new RunnerSession(options.log);
      const load = async (): Promise<Runner> => {
        // In one process there is nothing to throw away after preparing: the second call finds the work done.
        const report = (await session.load(request, onStage)) ?? (await session.load(request, onStage));
        if (report === undefined)
          throw new ModelError("internal", `${request.spec.model_name} asks to be prepared again and again.`);
        return new InlineRunner(session, report);
      };
      return abortable(load(), signal, (late) => void late.stop().catch(() => {}));
    },
    adopt: (request: AdoptRequest, { signal }): Promise<AdoptedCheckpoint> =>
      abortable(new RunnerSession(options.log).adopt(request), signal),
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

  get ended(): Promise<RunnerEnd> {
    return this.#end.promise;
  }

  run(task: TaskName, input: unknown, options: RunOptions = {}): Promise<RunResult> {
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
