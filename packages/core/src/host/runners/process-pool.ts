import { availableParallelism } from "node:os";
import { z } from "zod";
import type { Log } from "../../contract/log.ts";
import { errorCodes, ModelError } from "../../contract/model-error.ts";
import type { FormDraft, FormStore } from "../../forms/form-store.ts";
import type { PreparedForms } from "../../loader/prepared-form.ts";
import type {
  AdoptOutcome,
  AdoptRequest,
  EngineReference,
  FormsNeeded,
  GroupLoadOptions,
  LoadOptions,
  LoadReport,
  LoadRequest,
  LoadStage,
  Runner,
  RunnerPool,
} from "../../runner/runner.ts";
import { abortable, within } from "../../time/abortable.ts";
import type { Clock } from "../../time/clock.ts";
import { aboutMember } from "./about-member.ts";
import type { Isolation } from "./isolation.ts";
import { MemoryCap } from "./memory-cap.ts";
import { ProcessRunner } from "./process-runner.ts";
import { type RunnerLaunchOptions, runnerLaunch } from "./recipe.ts";
import { RunnerProcess } from "./runner-process.ts";
import { Spares } from "./spares.ts";

export interface ProcessPoolOptions {
  readonly forms: FormStore;
  readonly clock: Clock;
  readonly log: Log;
  /** How its runners are shut in; default: what this machine allows. */
  readonly isolation?: Isolation;
  /** Processes kept ready for the next load or crash, whatever is expected; default: 1. */
  readonly spares?: number;
}

/** Milliseconds that processes get to be gone when the pool is closed. */
const closeWithinMs = 5000;

export function createProcessPool(options: ProcessPoolOptions): RunnerPool {
  return new ProcessPool(options);
}

const verifiedSchema = z.record(z.string(), z.object({ stamp: z.string(), sha256: z.string() }));

const formsNeededSchema: z.ZodType<FormsNeeded> = z.looseObject({
  forms: z.record(z.string(), z.looseObject({ key: z.string(), about: z.record(z.string(), z.string()) })),
  verified: verifiedSchema,
}) as unknown as z.ZodType<FormsNeeded>;

const loadReportSchema: z.ZodType<LoadReport> = z.looseObject({
  tasks: z.array(z.string()),
  versions: z.record(z.string(), z.string()),
  verified: verifiedSchema,
  stagesMs: z.record(z.string(), z.number()),
}) as unknown as z.ZodType<LoadReport>;

const outcomesSchema: z.ZodType<AdoptOutcome[]> = z.array(
  z.union([
    z.object({
      adopted: z.looseObject({
        spec: z.looseObject({ local_artifacts: z.array(z.unknown()) }),
        findings: z.array(z.string()),
        assumptions: z.array(z.string()).optional(),
      }),
    }),
    z.object({ refused: z.looseObject({ code: z.enum(Object.keys(errorCodes)), message: z.string() }) }),
  ]),
) as unknown as z.ZodType<AdoptOutcome[]>;

/** Runners as processes, with spares whose engines are warm. */
class ProcessPool implements RunnerPool {
  readonly #options: ProcessPoolOptions;
  readonly #spares: Spares;
  readonly #living = new Set<RunnerProcess>();
  /** Processes that are being started for loads. */
  #starting = 0;
  readonly #closing = new AbortController();
  #toldOfCap = false;

  constructor(options: ProcessPoolOptions) {
    this.#options = options;
    this.#spares = new Spares({
      ...options,
      atLeast: options.spares ?? 1,
      startsAtATime: Math.max(2, availableParallelism()),
      closing: this.#closing.signal,
      start: (signal) => this.#start(signal),
      starting: () => this.#starting,
    });
  }

  expect(loads: number): void {
    this.#spares.expect(loads);
  }

  async load(request: LoadRequest, { signal, onStage }: LoadOptions): Promise<Runner> {
    const staged = onStage === undefined ? {} : { onStage: (stage: LoadStage) => onStage(stage) };
    const [runner] = await this.loadGroup([request], { signal, ...staged });
    return runner as Runner;
  }

  async loadGroup(requests: readonly LoadRequest[], options: GroupLoadOptions): Promise<readonly Runner[]> {
    const { signal } = options;
    const needs = requests[0]?.needs;
    // What nobody else may do, no spare may.
    const given =
      needs === undefined ? await this.#take(signal, enginesOf(requests)) : await this.#start(signal, { needs });
    const runners = await this.#use(signal, (runnerProcess) => this.#loadIn(runnerProcess, requests, options), given);
    if (needs === undefined) this.#spares.loaded();
    return runners;
  }

  async adopt(
    requests: readonly AdoptRequest[],
    { signal }: Pick<LoadOptions, "signal">,
  ): Promise<readonly AdoptOutcome[]> {
    return this.#use(signal, async (runnerProcess) => {
      const said = parsed(runnerProcess, outcomesSchema, await runnerProcess.call({ type: "adopt", requests }));
      await runnerProcess.kill("had done its work");
      return said;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(closedError());
    const ends = [...this.#living].map((runnerProcess) => runnerProcess.kill("was ended with its zoo"));
    await within(this.#options.clock, closeWithinMs, Promise.all(ends));
  }

  async #loadIn(
    runnerProcess: RunnerProcess,
    requests: readonly LoadRequest[],
    options: GroupLoadOptions,
  ): Promise<readonly Runner[]> {
    const cap = await this.#cap(runnerProcess, requests[0]?.memoryLimitBytes);
    const verified: Verified[] = [];
    // What is verified is told before any plugin's code is imported: nothing that a runner says later counts.
    for (const [member, request] of requests.entries())
      verified.push(await aboutMember(request, () => this.#verifyIn(runnerProcess, member, request, options)));
    const reports: LoadReport[] = [];
    for (const [member, known] of verified.entries())
      reports.push(await aboutMember(known.request, () => loadVerified(runnerProcess, member, known, options)));
    const [report, ...others] = reports as [LoadReport, ...LoadReport[]];
    const first = new ProcessRunner({ runnerProcess, report, clock: this.#options.clock, cap });
    return [first, ...others.map((other, i) => first.member(i + 1, other))];
  }

  /** The first step of a load, and the forms that it lacks. */
  async #verifyIn(
    runnerProcess: RunnerProcess,
    member: number,
    request: LoadRequest,
    { signal, onStage }: GroupLoadOptions,
  ): Promise<Verified> {
    const { model_name: model } = request.spec;
    const { forms: needed, verified } = parsed(
      runnerProcess,
      formsNeededSchema,
      await runnerProcess.call(
        { type: "formsNeeded", request, member },
        { onStage: (stage) => onStage?.(stage, model) },
      ),
    );
    const make = (draft: FormDraft): Promise<void> => {
      onStage?.("prepare", model);
      return this.#makeForms(request, draft, signal);
    };
    return { request, verified, forms: await this.#options.forms.ensure(needed, make, signal) };
  }

  /** In a process of its own, which imports no plugin, may write to the draft alone, and ends with the work. */
  async #makeForms(request: LoadRequest, { folder, graphs: folders }: FormDraft, signal: AbortSignal): Promise<void> {
    const work = async (maker: RunnerProcess): Promise<void> => {
      await this.#cap(maker, request.preparingLimitBytes ?? request.memoryLimitBytes);
      await maker.call({ type: "makeForms", request, folders });
      await maker.kill("had done its work");
    };
    await this.#use(signal, work, await this.#start(signal, { writable: folder, needs: request.needs }));
  }

  /** Gives a process to some work, and ends it where the work fails or is given up. */
  async #use<T>(
    signal: AbortSignal,
    work: (runnerProcess: RunnerProcess) => Promise<T>,
    given?: RunnerProcess,
  ): Promise<T> {
    const runnerProcess = given ?? (await this.#start(signal));
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

  async #cap({ pid }: RunnerProcess, bytes: number | undefined): Promise<MemoryCap | undefined> {
    if (bytes === undefined || pid === undefined) return undefined;
    const cap = new MemoryCap(pid);
    if (await cap.set(bytes)) return cap;
    if (!this.#toldOfCap) this.#options.log.info("this system has no prlimit: runners are measured but not capped");
    this.#toldOfCap = true;
    return undefined;
  }

  /** A process that listens: a spare that is alive, else a fresh one. */
  async #take(signal: AbortSignal, engines: readonly EngineReference[]): Promise<RunnerProcess> {
    if (this.#closing.signal.aborted) throw closedError();
    const spare = await this.#spares.take(engines, signal);
    if (spare !== undefined) return spare;
    this.#starting += 1;
    try {
      return await this.#start(signal);
    } finally {
      this.#starting -= 1;
      this.#spares.fill();
    }
  }

  /** A fresh process that listens. @param allowed what it may do beyond the usual */
  async #start(
    signal: AbortSignal,
    allowed: Pick<RunnerLaunchOptions, "writable" | "needs"> = {},
  ): Promise<RunnerProcess> {
    const { clock, log, isolation } = this.#options;
    const launch = await runnerLaunch({ ...allowed, ...(isolation === undefined ? {} : { isolation }) });
    if (this.#closing.signal.aborted) throw closedError();
    const runnerProcess = new RunnerProcess({ launch, clock, log });
    this.#living.add(runnerProcess);
    log.debug("a runner process was started", { pid: runnerProcess.pid, ...allowed });
    void runnerProcess.ended.then(() => this.#living.delete(runnerProcess));
    try {
      await abortable(runnerProcess.up, signal);
      return runnerProcess;
    } catch (error) {
      await runnerProcess.kill("was given up");
      throw error;
    }
  }
}

/** A model of a load whose artifacts are verified, and whose forms are made. */
interface Verified extends Pick<FormsNeeded, "verified"> {
  readonly request: LoadRequest;
  readonly forms: PreparedForms;
}

/** The second step of a load. */
async function loadVerified(
  runnerProcess: RunnerProcess,
  member: number,
  { request, forms, verified }: Verified,
  { onStage }: GroupLoadOptions,
): Promise<LoadReport> {
  const { model_name: model } = request.spec;
  const said = await runnerProcess.call(
    { type: "load", request, forms, member },
    { onStage: (stage) => onStage?.(stage, model) },
  );
  return { ...parsed(runnerProcess, loadReportSchema, said), verified };
}

/** Each engine once. */
function enginesOf(requests: readonly LoadRequest[]): readonly EngineReference[] {
  return [...new Map(requests.flatMap(({ engines }) => engines).map((engine) => [engine.entry, engine])).values()];
}

/** What a runner says of its work, in the shape that it must have. */
function parsed<T>(runnerProcess: RunnerProcess, schema: z.ZodType<T>, said: unknown): T {
  const known = schema.safeParse(said);
  if (known.success) return known.data;
  runnerProcess.fault("it reported its work in a shape that no runner has");
  throw new ModelError(
    "runner_crashed",
    `A runner (process ${runnerProcess.pid ?? "none"}) reported its work in no known shape.`,
  );
}

function closedError(): ModelError {
  return new ModelError("zoo_closed", "The zoo is shutting down; no runner is started any more.");
}
