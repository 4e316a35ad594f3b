import type { Log } from "../../contract/log.ts";
import { textOf } from "../../contract/model-error.ts";
import type { Runner, RunnerEnd } from "../../runner/runner.ts";
import { alarm, type Clock } from "../../time/clock.ts";
import type { ZooEvent } from "../local-zoo.ts";
import type { LiveScheduler } from "../manager/live-scheduler.ts";
import { nameOf, type ResidentUnit } from "../manager/resident.ts";
import { budgetOf, reservedFor } from "../scheduler/ledger.ts";
import { isUp, priorityRank, type SchedulerState, unitOf } from "../scheduler/scheduler-state.ts";

export interface RunnerCapsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly scheduler: Pick<LiveScheduler, "dispatch" | "state">;
  emit(event: ZooEvent): void;
}

/**
 * What a runner may add to its reservation before it is held: this share of it, or these bytes where that is more. The kernel
 * counts memory that is asked for and not touched as well: stacks of threads, and arenas of the allocator.
 */
const slackShare = 0.5;
const slackBytes = 256e6;
/** What a run that met its cap is taken to need: so many times the cap. */
const neededTimes = 1.5;
/** Milliseconds that a run which met its cap waits for room, and between two looks. */
const roomWithinMs = 5000;
const lookEveryMs = 25;

/** The most main memory that a runner may add, in bytes, where so much is reserved for it of such a budget. */
export function capOf(reserved: number, budget: number): number {
  return Math.min(budget, reserved + Math.max(slackBytes, reserved * slackShare));
}

/**
 * Holds each runner to what is reserved for it, with some slack. One that needs more says so by failing; the scheduler is
 * told, makes room as for any measured excess, and the cap follows the reservation. A cap is never lowered while its runner
 * lives: what it has been given it may keep in arenas of its own.
 */
export class RunnerCaps {
  readonly #options: RunnerCapsOptions;
  readonly #caps = new WeakMap<Runner, number>();
  /** Models whose runner ended by itself under a cap. */
  readonly #loose = new Set<string>();

  constructor(options: RunnerCapsOptions) {
    this.#options = options;
  }

  /** What a load of the model is held to now; undefined where no budget is known. */
  forLoad(model: string): number | undefined {
    const { state } = this.#options.scheduler;
    const budget = budgetOf(state, "cpu");
    if (this.#loose.has(model)) return budget;
    return budget === 0 ? undefined : capOf(reservedFor(state, model, "cpu"), budget);
  }

  /** Its runner is there. @param cap what its load was held to */
  loaded(runner: Runner, cap: number | undefined): void {
    if (cap !== undefined && runner.limitMemory !== undefined) this.#caps.set(runner, cap);
  }

  /**
   * A runner ended unasked. V8 ends its process where it gets no memory for JavaScript, and nobody can tell that from a crash:
   * a model of which one ended by itself is held to the budget alone from now on.
   */
  ended(model: string, runner: Runner, { cause = "itself" }: RunnerEnd): void {
    const cap = this.#caps.get(runner);
    if (cause !== "itself" || cap === undefined || cap >= budgetOf(this.#options.scheduler.state, "cpu")) return;
    this.#loose.add(model);
  }

  /** Raises the cap of a runner to what is reserved for it by now. @returns whether it is higher than before */
  async raise(unit: ResidentUnit, runner: Runner): Promise<boolean> {
    const before = this.#caps.get(runner);
    const cap = this.forLoad(unit.name);
    if (before === undefined || cap === undefined || cap <= before) return false;
    this.#caps.set(runner, cap);
    const isSet = await (async () => runner.limitMemory?.(cap))().catch((error: unknown) => {
      this.#options.log.warn("the cap of a runner could not be raised", { pid: runner.pid, error: textOf(error) });
    });
    // What could not be set is tried again when it is asked for next.
    if (isSet !== true && this.#caps.get(runner) === cap) this.#caps.set(runner, before);
    return isSet === true;
  }

  /** A load or a run met its cap. Resolves when more is reserved for it, as much as there is room for, or after a while. */
  async outgrown(unit: ResidentUnit, cap: number | undefined): Promise<boolean> {
    const { clock, emit, log, scheduler } = this.#options;
    const model = unit.name;
    if (cap === undefined) return false;
    const needed = Math.min(roomFor(scheduler.state, model), Math.round(cap * neededTimes));
    if (needed <= cap) return false;
    log.warn("a model needs more memory than is reserved for it", { model, cap_bytes: cap, needed_bytes: needed });
    for (const member of unit.members) emit({ type: "outgrown", model: nameOf(member), bytes: cap });
    const held = { cpu: unit.memory?.bytes ?? 0 };
    scheduler.dispatch({ type: "measured", unit: model, resident: held, peak: { cpu: needed } });
    const until = clock.now() + roomWithinMs;
    while (reservedFor(scheduler.state, model, "cpu") < needed && clock.now() < until) await pause(clock);
    return (this.forLoad(model) ?? 0) > cap;
  }

  /** The same of a runner, whose cap is raised. @returns whether it may do more now than before */
  async outgrownBy(unit: ResidentUnit, runner: Runner): Promise<boolean> {
    if (!(await this.outgrown(unit, this.#caps.get(runner)))) return false;
    return this.raise(unit, runner);
  }
}

/**
 * The most main memory that could be reserved for a unit: what is taken to be needed has not been measured, so nobody leaves
 * for it who would not for a request, and nobody at all where that would not be enough.
 */
function roomFor(state: SchedulerState, name: string): number {
  const own = unitOf(state, name);
  let room = budgetOf(state, "cpu");
  for (const other of state.units) {
    const stays = other.pinned || (own !== undefined && priorityRank[other.priority] < priorityRank[own.priority]);
    if (other !== own && stays && isUp(other)) room -= reservedFor(state, other.name, "cpu");
  }
  return room;
}

function pause(clock: Clock): Promise<void> {
  return new Promise((resolve) => void alarm(clock, clock.now() + lookEveryMs, resolve));
}
