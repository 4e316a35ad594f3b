import { mkdir } from "node:fs/promises";
import type { AdoptedCheckpoint } from "../../adopt.ts";
import type { Log } from "../../log.ts";
import { ModelError } from "../../model-error.ts";
import type {
  AdoptRequest,
  LoadOptions,
  LoadReport,
  LoadRequest,
  ModuleReference,
  Runner,
  RunnerPool,
} from "../runner.ts";
import type { Isolation } from "./isolation.ts";
import { capMemory } from "./process-memory.ts";
import { ProcessRunner } from "./process-runner.ts";
import { runnerLaunch } from "./recipe.ts";
import { RunnerProcess } from "./runner-process.ts";

export interface ProcessPoolOptions {
  /** The one folder that runners may write to. */
  readonly cacheDir: string;
  readonly log: Log;
  /** How its runners are shut in; default: what this machine allows. */
  readonly isolation?: Isolation;
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
    const started = performance.now();
    for (;;) {
      const runner = await this.#loadOnce(request, options, started);
      if (runner !== undefined) {
        this.#replenishSoon(request.engines);
        return runner;
      }
      // The process that prepared the artifacts holds all that the work took; the model is loaded by a fresh one.
    }
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

  async #loadOnce(request: LoadRequest, options: LoadOptions, started: number): Promise<Runner | undefined> {
    const { signal, timeoutMs, onStage } = options;
    const runnerProcess = await this.#take();
    const model = request.spec.model_name;
    let givenUp: ModelError | undefined;
    const giveUp = (error: ModelError): void => {
      givenUp ??= error;
      void runnerProcess.kill("its load was given up");
    };
    const timer = setTimeout(
      () => giveUp(timeoutError(model, timeoutMs)),
      Math.max(0, timeoutMs - (performance.now() - started)),
    );
    const onAbort = (): void => giveUp(new ModelError("cancelled", `The load of ${model} was given up.`, { model }));
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      if (signal?.aborted) onAbort();
      await this.#cap(runnerProcess, request);
      const report = (await runnerProcess.call({ type: "load", request }, onStage === undefined ? {} : { onStage })) as
        | LoadReport
        | undefined;
      if (report !== undefined) return new ProcessRunner(runnerProcess, report);
      await runnerProcess.kill("had prepared the artifacts");
      return undefined;
    } catch (error) {
      await runnerProcess.kill("could not load its model");
      throw givenUp ?? error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
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
    const runnerProcess = spare ?? (await this.#start());
    await runnerProcess.up;
    return runnerProcess;
  }

  async #start(): Promise<RunnerProcess> {
    const { cacheDir, log, isolation } = this.#options;
    // The permission to write is given for a folder that exists.
    await mkdir(cacheDir, { recursive: true });
    const launch = await runnerLaunch({ cacheDir, ...(isolation === undefined ? {} : { isolation }) });
    const runnerProcess = new RunnerProcess(launch, log);
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
      const spare = await this.#start();
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
