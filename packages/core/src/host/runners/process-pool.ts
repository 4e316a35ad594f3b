import type { AdoptedCheckpoint } from "../../adopt.ts";
import type { Log } from "../../log.ts";
import { ModelError } from "../../model-error.ts";
import type { FormDraft, FormStore } from "../forms/form-store.ts";
import type {
  AdoptRequest,
  FormsNeeded,
  LoadOptions,
  LoadReport,
  LoadRequest,
  ModuleReference,
  Runner,
  RunnerPool,
} from "../runner.ts";
import { capMemory } from "./process-memory.ts";
import { ProcessRunner } from "./process-runner.ts";
import { RunnerProcess } from "./runner-process.ts";

export interface ProcessPoolOptions {
  readonly forms: FormStore;
  readonly log: Log;
  /** Processes kept ready for the next load or crash. */
  readonly spares?: number;
}

/** Milliseconds after a load until its spare is replaced, so that both do not want the processor at once. */
const replenishAfterMs = 300;

export function createProcessPool(options: ProcessPoolOptions): RunnerPool {
  return new ProcessPool(options);
}

/** Runners as processes, with one spare whose engine is warm. */
class ProcessPool implements RunnerPool {
  readonly #options: ProcessPoolOptions;
  readonly #spares: RunnerProcess[] = [];
  readonly #living = new Set<RunnerProcess>();
  #replenish: NodeJS.Timeout | undefined;
  #closed = false;
  #toldOfCap = false;

  constructor(options: ProcessPoolOptions) {
    this.#options = options;
  }

  async load(request: LoadRequest, options: LoadOptions): Promise<Runner> {
    const runner = await this.#load(request, options);
    this.#replenishSoon(request.engines);
    return runner;
  }

  async adopt(request: AdoptRequest): Promise<AdoptedCheckpoint> {
    const runnerProcess = await this.#take();
    try {
      return (await runnerProcess.call({ type: "adopt", request })) as AdoptedCheckpoint;
    } finally {
      await runnerProcess.kill("had done its work");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#replenish);
    await Promise.all([...this.#living].map((runnerProcess) => runnerProcess.kill("its zoo was closed")));
  }

  async #load(request: LoadRequest, options: LoadOptions): Promise<Runner> {
    const { signal, timeoutMs, onStage } = options;
    const started = performance.now();
    const runnerProcess = await this.#take();
    const model = request.spec.model_name;
    const givenUp = new AbortController();
    const giveUp = (error: ModelError): void => {
      givenUp.abort(error);
      void runnerProcess.kill("its load was given up");
    };
    const leftMs = Math.max(0, timeoutMs - (performance.now() - started));
    const timer = setTimeout(() => giveUp(timeoutError(model, timeoutMs)), leftMs);
    const onAbort = (): void => giveUp(new ModelError("cancelled", `The load of ${model} was given up.`, { model }));
    signal?.addEventListener("abort", onAbort, { once: true });
    const staged = onStage === undefined ? {} : { onStage };
    try {
      if (signal?.aborted) onAbort();
      await this.#cap(runnerProcess, request);
      const { forms: needed, verified } = (await runnerProcess.call(
        { type: "formsNeeded", request },
        staged,
      )) as FormsNeeded;
      const make = (draft: FormDraft): Promise<void> => {
        onStage?.("prepare");
        return this.#makeForms(request, draft, givenUp.signal);
      };
      const forms = await this.#options.forms.ensure(needed, make, givenUp.signal);
      const report = (await runnerProcess.call({ type: "load", request, forms }, staged)) as LoadReport;
      // What was verified is told before the plugin's code is imported: nothing that it says later counts.
      return new ProcessRunner(runnerProcess, { ...report, verified });
    } catch (error) {
      await runnerProcess.kill("could not load its model");
      throw givenUp.signal.aborted ? givenUp.signal.reason : error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** In a process of its own, which imports no plugin, may write to the draft alone, and ends with the work. */
  async #makeForms(request: LoadRequest, { folder, graphs: folders }: FormDraft, signal: AbortSignal): Promise<void> {
    const maker = this.#start(folder);
    const onAbort = (): void => void maker.kill("its load was given up");
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      if (signal.aborted) onAbort();
      await maker.up;
      await this.#cap(maker, request);
      await maker.call({ type: "makeForms", request, folders });
    } finally {
      signal.removeEventListener("abort", onAbort);
      await maker.kill("had done its work");
    }
  }

  async #cap(runnerProcess: RunnerProcess, request: LoadRequest): Promise<void> {
    if (request.memoryLimitBytes === undefined || runnerProcess.pid === undefined) return;
    if ((await capMemory(runnerProcess.pid, request.memoryLimitBytes)) || this.#toldOfCap) return;
    this.#toldOfCap = true;
    this.#options.log.info("this system has no prlimit: runners are measured but not capped");
  }

  async #take(): Promise<RunnerProcess> {
    if (this.#closed) throw new ModelError("zoo_closed", "The zoo is shutting down; no runner is started any more.");
    const spare = this.#spares.find((candidate) => !candidate.hasEnded);
    this.#spares.splice(
      0,
      this.#spares.length,
      ...this.#spares.filter((candidate) => candidate !== spare && !candidate.hasEnded),
    );
    const runnerProcess = spare ?? this.#start();
    await runnerProcess.up;
    return runnerProcess;
  }

  /** @param writable folder that the process may write to; none where left out */
  #start(writable?: string): RunnerProcess {
    const runnerProcess = new RunnerProcess(this.#options.log, writable);
    this.#living.add(runnerProcess);
    void runnerProcess.ended.then(() => this.#living.delete(runnerProcess));
    return runnerProcess;
  }

  #replenishSoon(engines: readonly ModuleReference[]): void {
    clearTimeout(this.#replenish);
    this.#replenish = setTimeout(() => void this.#replenishNow(engines), replenishAfterMs).unref();
  }

  async #replenishNow(engines: readonly ModuleReference[]): Promise<void> {
    while (!this.#closed && this.#spares.length < (this.#options.spares ?? 1)) {
      const spare = this.#start();
      this.#spares.push(spare);
      await spare.up;
      await spare
        .call({ type: "warm", engines })
        .catch((error: unknown) => this.#options.log.debug("a spare could not be warmed", { error: String(error) }));
    }
  }
}

function timeoutError(model: string, timeoutMs: number): ModelError {
  return new ModelError(
    "model_load_failed",
    `${model} was not loaded within ${timeoutMs / 1000} s. Raise load_timeout_s of the zoo spec if it needs longer.`,
    {
      model,
      details: { timeout_ms: timeoutMs },
    },
  );
}
