import type { Log } from "../../contract/log.ts";
import type { FormDraft, FormStore } from "../../forms/form-store.ts";
import type { PreparedForms } from "../../loader/prepared-form.ts";
import type {
  AdoptOutcome,
  AdoptRequest,
  GroupLoadOptions,
  LoadOptions,
  LoadReport,
  LoadRequest,
  LoadStage,
  Runner,
  RunnerEnd,
  RunnerPool,
  RunOptions,
  RunResult,
} from "../../runner/runner.ts";
import { RunnerSession } from "../../runner/runner-session.ts";
import { abortable, type Deferred, deferred } from "../../time/abortable.ts";
import { aboutMember } from "./about-member.ts";

/**
 * Runners inside the host: the same code without the process, for tests and for tiny models without native code. What
 * hangs here cannot be ended, only left: nobody waits for it any more.
 */
export function createInlinePool(options: { readonly forms: FormStore; readonly log: Log }): RunnerPool {
  const loadGroup = (
    requests: readonly LoadRequest[],
    { signal, onStage = () => {} }: GroupLoadOptions,
  ): Promise<readonly Runner[]> => {
    const whole = new InlineRunners(requests.map((request) => ({ request, session: new RunnerSession(options.log) })));
    const load = async (): Promise<readonly Runner[]> => {
      try {
        const forms: PreparedForms[] = [];
        // Every model is verified before any plugin's code is imported.
        for (const { request, session } of whole.members)
          forms.push(await aboutMember(request, () => verified(request, session, options, { signal, onStage })));
        const runners: Runner[] = [];
        for (const [i, { request, session }] of whole.members.entries()) {
          const told = (stage: LoadStage): void => onStage(stage, request.spec.model_name);
          const report = await aboutMember(request, () => session.load(request, forms[i] ?? {}, told));
          runners.push(new InlineRunner(whole, session, report));
        }
        return runners;
      } catch (error) {
        await whole.unload().catch(() => {});
        throw error;
      }
    };
    return abortable(load(), signal, () => void whole.stop().catch(() => {}));
  };
  return {
    loadGroup,
    async load(request: LoadRequest, { signal, onStage }: LoadOptions): Promise<Runner> {
      const staged = onStage === undefined ? {} : { onStage: (stage: LoadStage) => onStage(stage) };
      const [runner] = await loadGroup([request], { signal, ...staged });
      return runner as Runner;
    },
    adopt: (requests: readonly AdoptRequest[], { signal }): Promise<readonly AdoptOutcome[]> =>
      abortable(new RunnerSession(options.log).adopt(requests), signal),
    async [Symbol.asyncDispose]() {},
  };
}

/** The first step of a load, and the forms that it lacks. */
async function verified(
  request: LoadRequest,
  session: RunnerSession,
  { forms, log }: { readonly forms: FormStore; readonly log: Log },
  { signal, onStage = () => {} }: GroupLoadOptions,
): Promise<PreparedForms> {
  const { model_name: model } = request.spec;
  const make = (draft: FormDraft): Promise<void> => {
    onStage("prepare", model);
    return new RunnerSession(log).makeForms(request, draft.graphs);
  };
  const { forms: needed } = await session.formsNeeded(request, (stage) => onStage(stage, model));
  return forms.ensure(needed, make, signal);
}

interface InlineMember {
  readonly request: LoadRequest;
  readonly session: RunnerSession;
}

/** Models that are loaded and end together. */
class InlineRunners {
  readonly members: readonly InlineMember[];
  readonly ended: Deferred<RunnerEnd> = deferred();
  isEnded = false;

  constructor(members: readonly InlineMember[]) {
    this.members = members;
  }

  /** Each has its turn, whatever the others throw. @throws the first error */
  async unload(): Promise<void> {
    const ends = await Promise.allSettled(this.members.map(({ session }) => session.unload()));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  async stop(): Promise<void> {
    await this.unload();
    this.finish({ expected: true, reason: "was unloaded", cause: "host" });
  }

  finish(end: RunnerEnd): void {
    this.isEnded = true;
    this.ended.resolve(end);
  }
}

class InlineRunner implements Runner {
  readonly pid = undefined;
  readonly report: LoadReport;
  readonly #whole: InlineRunners;
  readonly #session: RunnerSession;

  constructor(whole: InlineRunners, session: RunnerSession, report: LoadReport) {
    this.#whole = whole;
    this.#session = session;
    this.report = report;
  }

  get opened(): unknown {
    return this.#session.opened;
  }

  get ended(): Promise<RunnerEnd> {
    return this.#whole.ended.promise;
  }

  run(task: string, input: unknown, options: RunOptions = {}): Promise<RunResult> {
    const { signal = new AbortController().signal, onPart } = options;
    const part =
      onPart && (async (given: unknown): Promise<unknown> => (this.#whole.isEnded ? undefined : onPart(given)));
    return this.#session.run(task, input, { signal, onPart: part });
  }

  memoryBytes(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  stop(): Promise<void> {
    return this.#whole.stop();
  }

  kill(reason: string): void {
    // What still runs goes on, and is given back when it ends.
    void this.#whole.unload().catch(() => {});
    this.#whole.finish({ expected: false, reason, cause: "host" });
  }
}
