import { isModelError, ModelError } from "../../contract/model-error.ts";
import { deferred, within } from "../../time/abortable.ts";
import { alarm } from "../../time/clock.ts";
import type { RequestLimits } from "../../zoo/request-limits.ts";
import type { Wish } from "../../zoo/wish.ts";
import type { Priority } from "../../zoo/zoo-status.ts";
import type { Question, QueuedCall } from "../calls/model-queue.ts";
import type { JournalRecord } from "../scheduler/journal.ts";
import { reasonText } from "../scheduler/reason.ts";
import type { SchedulerAction, SchedulerEvent } from "../scheduler/scheduler-event.ts";
import { isDown, type SchedulerState, unitOf } from "../scheduler/scheduler-state.ts";
import { backOff } from "./back-off-calls.ts";
import { closedError, closedLoad } from "./closed-error.ts";
import { ExpectedLoads } from "./expected-loads.ts";
import { sharedCrash } from "./group-errors.ts";
import { unitKept } from "./kept-together.ts";
import { LeaseBook } from "./lease-book.ts";
import { LeaseWaiters } from "./lease-waiters.ts";
import { LiveScheduler } from "./live-scheduler.ts";
import type { ManagedResult } from "./managed-result.ts";
import { ModelKeeper } from "./model-keeper.ts";
import type { ModelManagerOptions } from "./model-manager-options.ts";
import { addedUnitOf, type NewUnit, newUnit } from "./new-unit.ts";
import { noteAnswer, noteFailure } from "./noted-usage.ts";
import { refusalError } from "./refusal-error.ts";
import { Replicas } from "./replicas.ts";
import { type Keeping, type MeasuredMemory, nameOf, type Resident, type ResidentUnit } from "./resident.ts";
import { unitsOf } from "./unit-runners.ts";
import { UnloadWaiters } from "./unload-waiters.ts";

/**
 * Owns what is loaded. Every change goes through the scheduler: an event in, actions out, carried out here. Nothing else
 * decides, and nothing else holds a runner.
 */
export class ModelManager {
  readonly #options: ModelManagerOptions;
  readonly #scheduler: LiveScheduler;
  readonly #keeper: ModelKeeper;
  readonly #residents = new Map<string, Resident>();
  /** By the name that the scheduler knows them by. */
  readonly #units = new Map<string, ResidentUnit>();
  /** Calls under way. */
  readonly #asking = new Set<Promise<unknown>>();
  readonly #expected: ExpectedLoads;
  /** Who holds a lease that `get` gave. */
  readonly leaseBook: LeaseBook;
  readonly #leases: LeaseWaiters;
  readonly #unloads: UnloadWaiters;
  readonly #replicas: Replicas;
  #nextRequest = 0;
  readonly #hurried = deferred<void>();
  #closed: Promise<void> | undefined;

  constructor(options: ModelManagerOptions) {
    this.#options = options;
    this.#expected = new ExpectedLoads({ ...options, entryOf: (unit) => this.#units.get(unit)?.members[0]?.entry });
    const carryOut = (action: SchedulerAction): void => this.#carryOut(action);
    this.#scheduler = new LiveScheduler({ ...options, carryOut, settled: (state) => this.#expected.note(state) });
    this.leaseBook = new LeaseBook(options);
    this.#unloads = new UnloadWaiters(this.#scheduler);
    this.#leases = new LeaseWaiters({
      ...options,
      scheduler: this.#scheduler,
      resident: (model) => this.#residents.get(model),
    });
    this.#replicas = new Replicas(this.#scheduler, this.#leases);
    this.#keeper = new ModelKeeper({
      ...options,
      scheduler: this.#scheduler,
      gone: (model) => this.#unloads.tell(model),
      shareIn: (unit) => this.#replicas.shareIn(unit, () => this.#nextRequest++),
    });
  }

  get state(): SchedulerState {
    return this.#scheduler.state;
  }

  /** The last events and decisions; undefined before the first. */
  get journal(): JournalRecord | undefined {
    return this.#scheduler.journal;
  }

  /** So many more (or, below 0, fewer) loads are about to be asked for. */
  announceLoads(loads: number): void {
    this.#expected.announce(loads, this.state);
  }

  resident(name: string): Resident | undefined {
    return this.#residents.get(name);
  }

  /** Makes a model known, cold, or the models of a group. @returns them */
  add(parts: NewUnit): readonly Resident[] {
    const { clock, queueBounds, idleTimeoutMs, lock, resources } = this.#options;
    const memory = { lock, budgets: resources.budgets };
    const unit = newUnit(parts, {
      ...{ clock, bounds: queueBounds },
      outgrown: (runner) => this.#keeper.outgrown(runner),
      lose: (...lost) => this.#keeper.lose(...lost),
      crowded: (resident) => this.#replicas.grow(resident),
    });
    for (const resident of unit.members) this.#residents.set(nameOf(resident), resident);
    for (const each of unitsOf(unit)) {
      this.#units.set(each.name, each);
      const added = addedUnitOf(each, parts.devices, idleTimeoutMs(each.device), memory);
      this.#scheduler.dispatch({ type: "unit-added", unit: added });
    }
    return unit.members;
  }

  /** Waits for a share in the loaded model. Give it back with `release`. */
  async lease(resident: Resident, wish: Wish, limits: RequestLimits): Promise<void> {
    const call = this.#enter(resident, wish.priority, limits);
    try {
      await this.#leases.wait(resident, call, wish.keepAliveMs);
    } finally {
      resident.calls.leave(call);
    }
  }

  release(resident: Resident): void {
    this.#scheduler.dispatch({ type: "released", unit: nameOf(resident) });
  }

  /** One question of a model that may have to be loaded for it. */
  async ask(resident: Resident, wish: Wish, limits: RequestLimits, question: Question): Promise<ManagedResult> {
    const call = this.#enter(resident, wish.priority, limits, question);
    try {
      await this.#leases.wait(resident, call, wish.keepAliveMs);
      const loadMs = this.#options.clock.now() - limits.started;
      try {
        return await this.#perform(resident, call, loadMs);
      } finally {
        this.release(resident);
      }
    } finally {
      resident.calls.leave(call);
    }
  }

  /** One question by the holder of a lease. */
  async askLeased(resident: Resident, limits: RequestLimits, question: Question): Promise<ManagedResult> {
    const call = this.#enter(resident, undefined, limits, question);
    try {
      return await this.#perform(resident, call, 0);
    } finally {
      resident.calls.leave(call);
    }
  }

  /** What is to be kept, the most important first: loaded without a request, and again whenever it is missed. */
  want(residents: readonly Resident[]): void {
    this.#unloads.overtake({ type: "goal", keep: residents.map(nameOf) });
  }

  /** The cause of a failed validation is said to be gone: it may be loaded again. */
  mend(resident: Resident): void {
    this.#scheduler.dispatch({ type: "mended", unit: nameOf(resident) });
  }

  pin(resident: Resident): void {
    this.#scheduler.dispatch({ type: "pinned", unit: nameOf(resident) });
  }

  /** Keeps the model otherwise from now on. What somebody pinned by hand stays pinned. */
  keep(resident: Resident, keeping: Keeping): void {
    const { device, name: unit } = resident.unit;
    const idleMs = this.#options.idleTimeoutMs(device);
    const before = unitKept(resident.unit, idleMs);
    resident.keeping = keeping;
    const { keepAliveMs, keepWarm, priority, required } = unitKept(resident.unit, idleMs);
    const pinned = before.keepWarm === keepWarm ? undefined : keepWarm;
    this.#scheduler.dispatch({ type: "kept", unit, priority, required, pinned });
    if (before.keepAliveMs === keepAliveMs) return;
    this.#scheduler.dispatch({ type: "keep-alive", unit, ms: keepAliveMs ?? idleMs });
  }

  /** Unloads once the leases are back; resolves when the memory is. Requests that wait have the model loaded anew. */
  async unload(resident: Resident, limits: RequestLimits): Promise<void> {
    const model = nameOf(resident);
    if (limits.signal.aborted) throw limits.signal.reason;
    if (this.#closed !== undefined) return this.#closed;
    const waits = unitsOf(resident.unit).map(({ name, isReplica }) =>
      this.#unloads.wait(isReplica ? name : model, limits),
    );
    await Promise.all(waits);
  }

  /** Forgets the model once it is unloaded; whoever waits for it gets the error. Where the limits end the wait, it stays. */
  async remove(resident: Resident, limits: RequestLimits, error: ModelError): Promise<void> {
    const model = nameOf(resident);
    this.#leases.end(model, error);
    await this.unload(resident, limits);
    for (const { name } of unitsOf(resident.unit)) {
      this.#scheduler.dispatch({ type: "unit-removed", unit: name });
      if (unitOf(this.state, name) === undefined) this.#units.delete(name);
    }
    if (unitOf(this.state, nameOf(resident)) === undefined) this.#residents.delete(model);
  }

  /** What happened to the machine. */
  notice(event: Extract<SchedulerEvent, { type: "pressure" | "device-gone" }>): void {
    this.#scheduler.dispatch(event);
  }

  /** Measures a model now. @returns undefined for one that is not loaded, or whose memory cannot be read */
  async measure(name: string): Promise<MeasuredMemory | undefined> {
    const resident = this.#residents.get(name);
    if (resident?.loaded === undefined) return undefined;
    await this.#keeper.measure(resident.unit);
    return resident.unit.memory;
  }

  /** Gives what is under way no more than so many milliseconds from now, where it is being closed. */
  hurry(graceMs: number): void {
    const { clock } = this.#options;
    alarm(clock, clock.now() + graceMs, () => this.#hurried.resolve());
  }

  /** Refuses what waits, lets what is under way end for a while, and ends every runner. */
  close(graceMs: number = this.#options.closeGraceMs): Promise<void> {
    this.#closed ??= this.#close(graceMs);
    return this.#closed;
  }

  async #close(graceMs: number): Promise<void> {
    const { clock } = this.#options;
    const residents = [...this.#residents.values()];
    this.#scheduler.dispatch({ type: "closed" });
    for (const resident of residents) resident.calls.fail(closedError(resident));
    await Promise.race([within(clock, graceMs, Promise.allSettled(this.#asking)), this.#hurried.promise]);
    for (const resident of residents) resident.calls.endAll(closedError(resident));
    await this.#keeper.close([...this.#units.values()], closedLoad);
    this.#scheduler.close();
    this.#unloads.end();
  }

  #enter(resident: Resident, priority: Priority | undefined, limits: RequestLimits, question?: Question): QueuedCall {
    if (limits.signal.aborted) throw limits.signal.reason;
    if (this.#closed !== undefined) throw closedError(resident);
    return resident.calls.enter(this.#nextRequest++, priority ?? resident.keeping.priority, limits, question);
  }

  async #perform(resident: Resident, call: QueuedCall, loadMs: number): Promise<ManagedResult> {
    const unit = unitOf(this.state, nameOf(resident));
    if (resident.loaded === undefined && unit !== undefined && isDown(unit)) {
      const message = `${nameOf(resident)} ended and could not be loaded again. Give the lease back and get a new one.`;
      throw new ModelError("runner_crashed", message, { model: nameOf(resident), cause: resident.error });
    }
    const answering = resident.calls.perform(call);
    this.#asking.add(answering);
    try {
      const result = await answering;
      const model = this.#keeper.modelOf(result.runner);
      if (model === undefined)
        throw new ModelError("internal", `${nameOf(resident)} was answered by a runner that nobody loaded.`);
      noteAnswer(resident, call.question, this.#options.clock.now());
      this.#keeper.asked(resident.unit);
      return { ...result, model, loadMs };
    } catch (error) {
      noteFailure(resident, call.question, error, this.#options.clock.now());
      throw isModelError(error) ? sharedCrash(resident, error) : error;
    } finally {
      this.#asking.delete(answering);
    }
  }

  #carryOut(action: SchedulerAction): void {
    switch (action.type) {
      case "grant":
        this.#leases.grant(action.id, action.unit);
        return;
      case "refuse":
        this.#leases.refuse(action.id, action.refusal);
        return;
      case "cannot-keep": {
        const [kept] = this.#units.get(action.unit)?.members ?? [];
        const { code, message } = refusalError(action.refusal, kept, this.#options.clock.now());
        this.#options.log.warn("a model cannot be kept", { model: action.unit, code, message });
        return;
      }
      case "back-off":
      case "load":
      case "unload": {
        const unit = this.#units.get(action.unit);
        if (unit === undefined) return;
        if (action.type === "back-off") backOff(unit, action.retryAt - this.#options.clock.now());
        else if (action.type === "load") {
          unit.device = action.device;
          this.#keeper.load(unit);
        } else this.#keeper.unload(unit, reasonText(action.reason));
        return;
      }
    }
  }
}
