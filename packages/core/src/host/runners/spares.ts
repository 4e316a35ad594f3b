import { canonicalJson } from "../../contract/canonical-json.ts";
import type { Log } from "../../contract/log.ts";
import { textOf } from "../../contract/model-error.ts";
import type { EngineReference } from "../../runner/runner.ts";
import { abortable, within } from "../../time/abortable.ts";
import { alarm, type Clock } from "../../time/clock.ts";
import { joinedSignal } from "../../time/joined-signal.ts";
import { versionsBehind } from "../package-versions.ts";
import type { RunnerProcess } from "./runner-process.ts";

export interface SparesOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Kept ready whatever is expected. */
  readonly atLeast: number;
  /** Processes that may be started at the same time, those of loads included: more would only want the processor from each other. */
  readonly startsAtATime: number;
  /** Fires when no process is to be started any more. */
  readonly closing: AbortSignal;
  start(signal: AbortSignal): Promise<RunnerProcess>;
  /** Processes that are being started for loads. */
  starting(): number;
}

/** A process that starts, or has started, its engines, and the packages behind them as they were then. */
interface Spare {
  readonly engines: readonly EngineReference[];
  readonly packages: Promise<string>;
  /** Settles when it listens. */
  readonly listens: Promise<RunnerProcess>;
  /** Settles when its engines are started, or could not be. */
  readonly isWarm: Promise<unknown>;
  /** It is ended on purpose: what becomes of it says nothing of others. */
  isUnwanted: boolean;
}

/** Milliseconds after a load until its spare is replaced where none is expected, so that both do not want the processor at once. */
const replenishAfterMs = 300;
/** Milliseconds that a spare gets to listen, to start its engines, and to show that it is alive when it is taken. */
const listensWithinMs = 30_000;
const warmWithinMs = 10_000;
const answersWithinMs = 2000;
/** Milliseconds until spares that nobody expects any more are ended. */
const surplusMs = 3000;

/** Runner processes that wait for their load: one, or as many as loads are expected. */
export class Spares {
  readonly #options: SparesOptions;
  readonly #spares: Spare[] = [];
  #starting = 0;
  #expected = 0;
  /** Whether those that are kept ready whatever is expected are to be there by now. */
  #isDue = false;
  /** Those of the last load: the next is likely to need them. Undefined before the first. */
  #engines: readonly EngineReference[] | undefined;
  #replenish: Disposable | undefined;
  #surplus: Disposable | undefined;

  constructor(options: SparesOptions) {
    this.#options = options;
    const stop = (): void => {
      for (const timer of [this.#replenish, this.#surplus]) timer?.[Symbol.dispose]();
    };
    options.closing.addEventListener("abort", stop, { once: true });
  }

  /** So many loads are about to come: their processes are started now. */
  expect(loads: number): void {
    if (loads === this.#expected) return;
    if (loads < this.#expected) this.#endSurplusSoon();
    this.#expected = loads;
    this.fill();
  }

  /** A load has come to its end: its spare is replaced. */
  loaded(): void {
    this.#replenish?.[Symbol.dispose]();
    this.#replenish = this.#in(replenishAfterMs, () => {
      this.#isDue = true;
      this.#endSurplusSoon();
      this.fill();
    });
  }

  /** Starts what is wanted, so far as others leave the processor. */
  fill(): void {
    const { closing, startsAtATime, starting } = this.#options;
    const engines = this.#engines;
    if (engines === undefined) return;
    const ready = (): number => this.#spares.filter((spare) => isFor(spare, engines)).length;
    while (!closing.aborted && ready() < this.#wanted && this.#starting + starting() < startsAtATime)
      this.#startOne(engines);
  }

  /** A spare that is alive, and whose engines are those on disk; undefined where there is none. It may still be starting. */
  async take(engines: readonly EngineReference[], signal: AbortSignal): Promise<RunnerProcess | undefined> {
    this.#engines = engines;
    this.#isDue = false;
    for (;;) {
      const place = this.#spares.findIndex((spare) => isFor(spare, engines));
      const [spare] = place < 0 ? [] : this.#spares.splice(place, 1);
      if (spare === undefined) return undefined;
      let runnerProcess: RunnerProcess;
      try {
        runnerProcess = await abortable(spare.listens, signal);
      } catch (error) {
        if (!signal.aborted) continue;
        this.#spares.unshift(spare);
        throw error;
      }
      const complaint = await this.#complaintOf(spare, runnerProcess);
      if (complaint === undefined) return runnerProcess;
      spare.isUnwanted = true;
      void runnerProcess.kill(complaint);
    }
  }

  get #wanted(): number {
    return Math.max(this.#isDue ? this.#options.atLeast : 0, this.#expected);
  }

  /** Asked of every spare that is taken: it may have been stopped or killed while it waited. */
  async #complaintOf({ engines, packages, isWarm }: Spare, runnerProcess: RunnerProcess): Promise<string | undefined> {
    const { clock } = this.#options;
    await within(clock, warmWithinMs, isWarm);
    const answered = runnerProcess.call({ type: "ping" }).then(
      () => true,
      () => false,
    );
    const [isAlive, now] = await Promise.all([within(clock, answersWithinMs, answered), packagesOf(engines)]);
    if (isAlive !== true) return "was a spare that did not answer";
    // What is signed is what is on disk now: one that imported something else must not answer for it.
    return now === (await packages) ? undefined : "was a spare of other packages";
  }

  #startOne(engines: readonly EngineReference[]): void {
    const { closing, clock, log, start } = this.#options;
    const late = new AbortController();
    const patience = alarm(clock, clock.now() + listensWithinMs, () =>
      late.abort(new Error("it did not start in time")),
    );
    // Read before anything is imported.
    const packages = packagesOf(engines);
    const either = joinedSignal(closing, late.signal);
    const listens = start(either.signal).finally(() => {
      patience[Symbol.dispose]();
      either[Symbol.dispose]();
    });
    const isWarm = listens.then((runnerProcess) => runnerProcess.call({ type: "warm", engines }));
    const spare: Spare = { engines, packages, listens, isWarm: isWarm.catch(() => {}), isUnwanted: false };
    this.#spares.push(spare);
    this.#starting += 1;
    isWarm
      .catch((error: unknown) => {
        if (spare.isUnwanted) return;
        // One that does not come, or does not bear its engines, is not tried again until the next load.
        this.#giveUp([spare]);
        this.#expected = 0;
        this.#isDue = false;
        if (!closing.aborted)
          log.warn("no spare runner could be started; the next load starts its own", { error: textOf(error) });
      })
      .finally(() => {
        this.#starting -= 1;
        this.fill();
      });
  }

  /** Those that no load came for, and those of other engines than the last load had. */
  #endSurplusSoon(): void {
    this.#surplus?.[Symbol.dispose]();
    this.#surplus = this.#in(surplusMs, () => {
      const engines = this.#engines ?? [];
      const fitting = this.#spares.filter((spare) => isFor(spare, engines));
      const others = this.#spares.filter((spare) => !isFor(spare, engines));
      this.#giveUp([...fitting.slice(Math.max(this.#options.atLeast, this.#expected)), ...others]);
    });
  }

  #giveUp(spares: readonly Spare[]): void {
    for (const spare of spares) {
      const place = this.#spares.indexOf(spare);
      if (place < 0) continue;
      this.#spares.splice(place, 1);
      spare.isUnwanted = true;
      spare.listens.then((runnerProcess) => runnerProcess.kill("was a spare that nobody needs")).catch(() => {});
    }
  }

  #in(ms: number, act: () => void): Disposable | undefined {
    const { closing, clock } = this.#options;
    return closing.aborted ? undefined : alarm(clock, clock.now() + ms, act);
  }
}

function isFor(spare: Spare, engines: readonly EngineReference[]): boolean {
  return (
    spare.engines.length === engines.length &&
    spare.engines.every(({ entry, given }, i) => entry === engines[i]?.entry && given === engines[i]?.given)
  );
}

async function packagesOf(engines: readonly EngineReference[]): Promise<string> {
  return canonicalJson(await versionsBehind(engines).catch(() => ({})));
}
