import { mkdir } from "node:fs/promises";
import { z } from "zod";
import type { AdoptedCheckpoint } from "../../adopt.ts";
import type { Log } from "../../log.ts";
import { ModelError } from "../../model-error.ts";
import { abortable, within } from "../calls/abortable.ts";
import { alarm, type Clock } from "../clock.ts";
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
  readonly clock: Clock;
  readonly log: Log;
  /** How its runners are shut in; default: what this machine allows. */
  readonly isolation?: Isolation;
  /** Processes kept ready for the next load or crash. */
  readonly spares?: number;
}

/** Milliseconds after a load until its spare is replaced, so that both do not want the processor at once. */
const replenishAfterMs = 300;
/** Milliseconds that a spare gets to show that it is alive before a fresh process is taken in its place. */
const spareAnswersWithinMs = 1000;
/** Milliseconds that processes get to be gone when the pool is closed. */
const closeWithinMs = 5000;

export function createProcessPool(options: ProcessPoolOptions): RunnerPool {
  return new ProcessPool(options);
}

const loadReportSchema: z.ZodType<LoadReport> = z.looseObject({
  tasks: z.array(z.string()),
  versions: z.record(z.string(), z.string()),
  verified: z.record(z.string(), z.object({ stamp: z.string(), sha256: z.string() })),
  stagesMs: z.record(z.string(), z.number()),
}) as unknown as z.ZodType<LoadReport>;

/** Runners as processes, with one spare whose engine is warm. */
class ProcessPool implements RunnerPool {
  readonly #options: ProcessPoolOptions;
  readonly #spares: RunnerProcess[] = [];
  readonly #living = new Set<RunnerProcess>();
  #replenish: Disposable | undefined;
  #isClosed = false;
  #toldOfCap = false;

  constructor(options: ProcessPoolOptions) {
    this.#options = options;
  }

  async load(request: LoadRequest, options: LoadOptions): Promise<Runner> {
    for (;;) {
      const runner = await this.#loadOnce(request, options);
      if (runner !== undefined) {
        this.#replenishSoon(request.engines);
        return runner;
      }
      // The process that prepared the artifacts holds all that the work took; the model is loaded by a fresh one.
    }
  }

  async adopt(request: AdoptRequest, { signal }: Pick<LoadOptions, "signal">): Promise<AdoptedCheckpoint> {
    return this.#use(signal, async (runnerProcess) => {
      const adopted = (await runnerProcess.call({ type: "adopt", request })) as AdoptedCheckpoint;
      await runnerProcess.kill("had done its work");
      return adopted;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#replenish?.[Symbol.dispose]();
    const ends = [...this.#living].map((runnerProcess) => runnerProcess.kill("its zoo was closed"));
    await within(this.#options.clock, closeWithinMs, Promise.all(ends));
  }

  #loadOnce(request: LoadRequest, { signal, onStage }: LoadOptions): Promise<Runner | undefined> {
    return this.#use(signal, async (runnerProcess) => {
      await this.#cap(runnerProcess, request);
      const said = await runnerProcess.call({ type: "load", request }, onStage === undefined ? {} : { onStage });
      if (said === undefined) {
        await runnerProcess.kill("had prepared the artifacts");
        return undefined;
      }
      const report = loadReportSchema.safeParse(said);
      if (report.success) return new ProcessRunner(runnerProcess, report.data, this.#options.clock);
      runnerProcess.fault("it reported a load in another shape than loads have");
      throw new ModelError(
        "runner_crashed",
        `The runner of ${request.spec.model_name} reported its load in no known shape.`,
      );
    });
  }

  /** Gives a process to some work, and ends it where the work fails or is given up. */
  async #use<T>(signal: AbortSignal, work: (runnerProcess: RunnerProcess) => Promise<T>): Promise<T> {
    const runnerProcess = await this.#take(signal);
    const onAbort = (): void => void runnerProcess.kill("was given up");
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      signal.throwIfAborted();
      return await work(runnerProcess);
    } catch (error) {
      await runnerProcess.kill("could not do its work");
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  async #cap(runnerProcess: RunnerProcess, request: LoadRequest): Promise<void> {
    if (request.memoryLimitBytes === undefined || runnerProcess.pid === undefined) return;
    if ((await capMemory(runnerProcess.pid, request.memoryLimitBytes)) || this.#toldOfCap) return;
    this.#toldOfCap = true;
    this.#options.log.info("this system has no prlimit: runners are measured but not capped");
  }

  /** A process that listens: a spare that is alive, else a fresh one. */
  async #take(signal: AbortSignal): Promise<RunnerProcess> {
    if (this.#isClosed) throw new ModelError("zoo_closed", "The zoo is shutting down; no runner is started any more.");
    for (let spare = this.#spares.shift(); spare !== undefined; spare = this.#spares.shift()) {
      if (await this.#isAlive(spare)) return spare;
      void spare.kill("was a spare that did not answer");
    }
    const runnerProcess = await this.#start();
    try {
      await abortable(runnerProcess.up, signal);
    } catch (error) {
      await runnerProcess.kill("was given up");
      throw error;
    }
    return runnerProcess;
  }

  /** Asked of every spare that is taken: it may have been stopped or killed while it waited. */
  async #isAlive(spare: RunnerProcess): Promise<boolean> {
    const answered = spare.call({ type: "ping" }).then(
      () => true,
      () => false,
    );
    return (await within(this.#options.clock, spareAnswersWithinMs, answered)) === true;
  }

  async #start(): Promise<RunnerProcess> {
    const { cacheDir, clock, log, isolation } = this.#options;
    // The permission to write is given for a folder that exists.
    await mkdir(cacheDir, { recursive: true });
    const launch = await runnerLaunch({ cacheDir, ...(isolation === undefined ? {} : { isolation }) });
    const runnerProcess = new RunnerProcess({ launch, clock, log });
    this.#living.add(runnerProcess);
    void runnerProcess.ended.then(() => this.#living.delete(runnerProcess));
    if (this.#isClosed) void runnerProcess.kill("its zoo was closed");
    return runnerProcess;
  }

  #replenishSoon(engines: readonly ModuleReference[]): void {
    const { clock, log } = this.#options;
    this.#replenish?.[Symbol.dispose]();
    this.#replenish = alarm(clock, clock.now() + replenishAfterMs, () => {
      this.#replenishNow(engines).catch((error: unknown) =>
        log.warn("no spare runner could be started; the next load starts its own", { error: String(error) }),
      );
    });
  }

  async #replenishNow(engines: readonly ModuleReference[]): Promise<void> {
    while (!this.#isClosed && this.#spares.length < (this.#options.spares ?? 1)) {
      const spare = await this.#start();
      this.#spares.push(spare);
      await spare.up;
      await spare.call({ type: "warm", engines });
    }
  }
}
