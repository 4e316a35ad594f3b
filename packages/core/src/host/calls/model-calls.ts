import { aboutModel, ModelError, toModelError } from "../../contract/model-error.ts";
import type { Runner, RunnerEnd, RunResult } from "../../runner/runner.ts";
import { abortable, deferred } from "../../time/abortable.ts";
import { alarm } from "../../time/clock.ts";
import { inputBytes } from "../../zoo/input-bytes.ts";
import type { RequestLimits } from "../../zoo/request-limits.ts";
import type { Priority } from "../../zoo/zoo-status.ts";
import { crashedError, deadlyError, partsLostError } from "./crash-errors.ts";
import { Crowding } from "./crowding.ts";
import { DeadlyInputs } from "./deadly-inputs.ts";
import type { CallResult, ModelCallsOptions } from "./model-calls-options.ts";
import { ModelQueue, type Question, type QueuedCall } from "./model-queue.ts";
import { type Outlet, Outlets, type RunnerShare } from "./outlets.ts";
import { requireResult } from "./require-result.ts";
import { RunTimes } from "./run-times.ts";
import { RunnerTurns, type TurnTaker } from "./runner-turns.ts";
import { Slot } from "./slot.ts";

/** Milliseconds until the end of a process that broke under a call is known. */
const endKnownAfterMs = 500;

/**
 * The way of every request between its caller and the model's runner. A call waits in the queue, has a slot in the runner
 * while its work lasts, and ends when its limits say so: its caller is let go at once, the slot is free when the work is
 * over, and only work that goes on for longer than its model's runs take ends the process. What a crash leaves without an
 * answer is asked once more, alone.
 */
export class ModelCalls implements TurnTaker {
  readonly #options: ModelCallsOptions;
  readonly #turns: RunnerTurns;
  readonly #queue: ModelQueue;
  readonly #deadly: DeadlyInputs;
  readonly #times = new RunTimes();
  readonly #slots = new Set<Slot>();
  /** Slots whose call broke off, until it is known whether their runner ended. */
  readonly #doubtful = new Set<Slot>();
  readonly #performing = new Set<QueuedCall>();
  readonly #outlets: Outlets;
  readonly #crowding: Crowding | undefined;
  /** Whether anything was answered since an input was last found to be deadly. */
  #hasAnswered = true;

  constructor(options: ModelCallsOptions) {
    this.#options = options;
    this.#turns = options.turns ?? new RunnerTurns();
    this.#turns.join(this);
    this.#queue = new ModelQueue(options.model, options.bounds);
    this.#deadly = new DeadlyInputs(options.clock);
    this.#outlets = new Outlets(options.concurrency);
    const { clock, crowded } = options;
    const isCrowded = (): boolean => this.#outlets.size > 0 && this.#queue.next !== undefined;
    this.#crowding = crowded && new Crowding(clock, this.#times, isCrowded, () => crowded());
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Bytes that their inputs hold. */
  get waitingBytes(): number {
    return this.#queue.bytes;
  }

  /** Calls whose work is under way, those included that nobody waits for any more. */
  get running(): number {
    return this.#slots.size;
  }

  /** The first call that has all it needs but its turn. */
  get next(): QueuedCall | undefined {
    return this.#queue.next;
  }

  /** Whether a runner has calls under way, or had some until it broke off. */
  isAtWork(runner: Runner): boolean {
    return [...this.#slots, ...this.#doubtful].some((slot) => slot.runner === runner);
  }

  /** Takes a request in. It waits until it performs or leaves. @throws `queue_full`, `input_kills_runner` */
  enter(id: number, priority: Priority, limits: RequestLimits, question?: Question): QueuedCall {
    const { model, clock } = this.#options;
    if (question !== undefined) {
      const refusedFor = this.#deadly.refusedFor(question.task, question.input);
      if (refusedFor !== undefined) throw deadlyError(model, question.task, refusedFor);
    }
    const call: QueuedCall = {
      id,
      priority,
      limits,
      question,
      bytes: question === undefined ? 0 : inputBytes(question.input),
      queuedAt: clock.now(),
      turn: undefined,
      isAlone: false,
      hasGrown: false,
      crashes: 0,
    };
    this.#queue.enter(call);
    limits.whereabouts = () => {
      const position = this.#queue.position(call);
      if (position === undefined) return { words: "was still running" };
      const waiting = this.#queue.length;
      return { words: `was still waiting, at place ${position} of ${waiting},`, details: { position, waiting } };
    };
    return call;
  }

  /** The request does not wait any more. */
  leave(call: QueuedCall): void {
    this.#queue.leave(call);
    call.turn = undefined;
    // It may have been what kept the others back.
    this.#turns.pump();
  }

  /** Runs the question once its turn comes. The call must hold a lease. @throws what its limits end it with, or the model's error */
  async perform(call: QueuedCall): Promise<CallResult> {
    this.#performing.add(call);
    try {
      for (;;) {
        const slot = await this.#turn(call);
        try {
          return await this.#runIn(slot, call);
        } catch (thrown) {
          const error = toModelError(thrown, "internal", this.#options.model);
          if (error.code === "insufficient_memory" && (await this.#hasGrown(call, slot))) continue;
          if (call.limits.signal.aborted || error.code !== "runner_crashed")
            throw aboutModel(error, this.#options.model);
          await this.#askAgain(call, slot, error);
        }
      }
    } finally {
      this.#performing.delete(call);
    }
  }

  /** Gives calls a runner to go to. @param share what a call must have of it; default: what who asks has already */
  attach(runner: Runner, share?: RunnerShare): void {
    this.#outlets.add({ runner, turns: share === undefined ? this.#turns : this.#ownTurns(), share });
    this.pump();
  }

  /** Of a runner that no other model has. */
  #ownTurns(): RunnerTurns {
    const turns = new RunnerTurns();
    turns.join(this);
    return turns;
  }

  /** The runner leaves, or is no more: calls wait for the next one. @param end how it ended, once that is known */
  detach(runner: Runner, end?: RunnerEnd): void {
    this.#outlets.remove(runner);
    if (end === undefined) return;
    for (const slot of [...this.#slots, ...this.#doubtful]) {
      if (slot.runner !== runner) continue;
      slot.isOver = true;
      slot.lost.resolve(end);
    }
  }

  /** Ends every call that waits for its turn. */
  fail(error: ModelError): void {
    for (const { limits } of this.#queue.ready) limits.end(error);
  }

  /** Ends every call that has a lease, those included whose work is under way. */
  endAll(error: ModelError): void {
    this.#crowding?.end();
    for (const { limits } of this.#performing) limits.end(error);
  }

  /** Starts every call whose turn it is. */
  pump(): void {
    for (let call = this.#queue.next; call !== undefined; call = this.#queue.next) {
      const outlet = this.#outlets.take(this, call);
      if (outlet === undefined) {
        this.#crowding?.begins();
        return;
      }
      const slot = new Slot(outlet.runner, this.#options.clock.now(), (freed) => this.#free(freed, outlet));
      this.#outlets.started(outlet, slot, call);
      this.#slots.add(slot);
      const { turn } = call;
      this.#queue.leave(call);
      call.turn = undefined;
      turn?.resolve(slot);
    }
  }

  async #turn(call: QueuedCall): Promise<Slot> {
    if (call.limits.signal.aborted) throw call.limits.signal.reason;
    const turn = deferred<Slot>();
    call.turn = turn;
    this.pump();
    // Where it has its turn already there is nothing to wait for.
    if (call.turn === undefined) return turn.promise;
    return abortable(turn.promise, call.limits.signal, (slot) => slot.free());
  }

  #free(slot: Slot, outlet: Outlet): void {
    // Once: it is freed by its end, and by who left before its turn.
    if (this.#slots.delete(slot)) this.#outlets.ended(outlet, slot);
    this.pump();
  }

  async #runIn(slot: Slot, call: QueuedCall): Promise<CallResult> {
    const { limits, queuedAt } = call;
    const work = this.#work(slot, call).finally(() => slot.free());
    try {
      const result = requireResult(await abortable(work, limits.signal), this.#options.model);
      this.#times.add(result.runMs);
      this.#hasAnswered = true;
      return { ...result, runner: slot.runner, queueMs: slot.startedAt - queuedAt };
    } catch (error) {
      if (limits.signal.aborted) this.#watch(slot, work);
      throw error;
    }
  }

  /** Settles when the runner has done with the call, or is gone. */
  async #work(slot: Slot, { limits, question }: QueuedCall): Promise<RunResult> {
    const { runner, lost } = slot;
    const { model } = this.#options;
    if (question === undefined) throw new ModelError("internal", `A lease on ${model} asks nothing.`, { model });
    const { task, input, parts } = question;
    const run = async (): Promise<RunResult> =>
      runner.run(task, input, {
        signal: limits.signal,
        // A runner that was given up may still say something: no part of it may stand beside those of the next.
        ...(parts === undefined ? {} : { onPart: (part) => (slot.isOver ? undefined : parts.push(part)) }),
      });
    return Promise.race([
      run(),
      lost.promise.then((end) => {
        throw crashedError(model, end);
      }),
    ]);
  }

  /** A run that its caller has left may come to its end, and no more: the runner is ended if it does not. */
  #watch({ runner }: Slot, work: Promise<unknown>): void {
    const { clock, lose } = this.#options;
    const { graceMs } = this.#times;
    const patience = alarm(clock, clock.now() + graceMs, () =>
      lose(runner, `was still working ${Math.round(graceMs)} ms after the caller of its request had left`),
    );
    const stop = (): void => patience[Symbol.dispose]();
    work.then(stop, stop);
  }

  /** Puts a call back that met its runner's cap, once, where that could be raised. @returns whether it could */
  async #hasGrown(call: QueuedCall, { runner }: Slot): Promise<boolean> {
    const { limits, question } = call;
    if (call.hasGrown || limits.signal.aborted || (question?.parts?.given ?? 0) > 0) return false;
    call.hasGrown = true;
    const grown = this.#options.outgrown?.(runner) ?? Promise.resolve(false);
    if (!(await abortable(grown, limits.signal))) return false;
    this.#queue.put(call);
    return true;
  }

  /** Puts a call back that a crash left without an answer. @throws where it has had its second chance */
  async #askAgain(call: QueuedCall, slot: Slot, error: ModelError): Promise<void> {
    const { model } = this.#options;
    const { limits, question } = call;
    const end = await this.#endOf(slot, limits.signal, error);
    if (end.expected || question === undefined) throw error;
    // One that was ended for another's sake has done nothing.
    if (end.cause !== "host") call.crashes += 1;
    if (call.crashes > 1) {
      if (end.cause === "outside" || slot.hadCompany) throw error;
      // A model that answers nothing in between dies of itself, and not of what it is asked.
      if (!this.#hasAnswered) throw error;
      this.#hasAnswered = false;
      throw deadlyError(model, question.task, this.#deadly.condemn(question.task, question.input), error);
    }
    // Asked again, a model may say something else: parts of two answers are never joined.
    const { parts } = question;
    if (parts?.restart() === false) throw partsLostError(model, parts.given, error);
    call.isAlone = true;
    if (limits.signal.aborted) throw limits.signal.reason;
    this.#queue.put(call);
  }

  /** How a slot's runner ended. A loader may throw its code of its own accord: then nothing has ended, and that error is the answer. */
  async #endOf(slot: Slot, signal: AbortSignal, error: ModelError): Promise<RunnerEnd> {
    const { clock } = this.#options;
    const known = new AbortController();
    using _ = alarm(clock, clock.now() + endKnownAfterMs, () => known.abort(error));
    this.#doubtful.add(slot);
    try {
      return await abortable(slot.lost.promise, AbortSignal.any([signal, known.signal]));
    } finally {
      this.#doubtful.delete(slot);
    }
  }
}
