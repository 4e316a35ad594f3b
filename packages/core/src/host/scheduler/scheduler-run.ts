import type { Device } from "../../contract/device.ts";
import type { Priority } from "../../zoo/zoo-status.ts";
import type { EvictionPolicy } from "./eviction-policy.ts";
import { leastUrgentLeastRecent } from "./least-recently-used.ts";
import { reasonText } from "./reason.ts";
import { leavingUnits, schedule } from "./scheduler.ts";
import type { SchedulerAction, SchedulerEvent } from "./scheduler-event.ts";
import {
  type AddedUnit,
  emptySchedulerState,
  type ResourceOptions,
  type SchedulerState,
  type Unit,
  unitOf,
} from "./scheduler-state.ts";

export interface AddOptions extends Partial<Omit<AddedUnit, "name">> {
  readonly priority?: Priority;
}

/** What tests look at of a unit, with why it is to leave. */
export interface SeenUnit extends Unit {
  readonly bytes: number;
  readonly leaving: string | undefined;
  readonly failures: number;
  readonly retryAt: number | undefined;
}

/** An action without what most tests do not ask for. */
export interface TerseAction {
  readonly type: SchedulerAction["type"];
  /** Of every action but a refusal. */
  readonly unit: string;
  /** Of a grant or a refusal. */
  readonly id: number;
}

/** Drives the scheduler as the manager does, for tests: every action is remembered. */
export class Run {
  state: SchedulerState;
  readonly log: SchedulerAction[] = [];
  now = 0;
  readonly policy: EvictionPolicy;
  #id = 0;

  /** @param budget of the one device, or all there is */
  constructor(budget: number | ResourceOptions, policy: EvictionPolicy = leastUrgentLeastRecent) {
    this.state = emptySchedulerState(typeof budget === "number" ? { budgets: { cpu: budget } } : budget);
    this.policy = policy;
  }

  send(event: SchedulerEvent): readonly TerseAction[] {
    const step = schedule(this.state, event, this.now, this.policy);
    this.state = step.state;
    this.log.push(...step.actions);
    return step.actions.map(terse);
  }

  add(name: string, bytes: number | Partial<Record<Device, number>>, options: AddOptions = {}): void {
    const {
      priority = "medium",
      pinned = false,
      keepAlive = Number.POSITIVE_INFINITY,
      placements = [{ device: "cpu", bytes: typeof bytes === "number" ? { cpu: bytes } : bytes }],
      ...rest
    } = options;
    this.send({ type: "unit-added", unit: { ...rest, name, placements, priority, pinned, keepAlive } });
  }

  /** The unit of that name. */
  seen(name: string): SeenUnit | undefined {
    const unit = unitOf(this.state, name);
    if (unit === undefined) return undefined;
    const reason = leavingUnits(this.state, this.policy).get(name);
    const bytes = unit.placement === undefined ? unit.placements[0]?.needs[0] : unit.reserved[0];
    return {
      ...unit,
      bytes: bytes ?? 0,
      leaving: reason === undefined ? undefined : reasonText(reason),
      failures: unit.failure?.attempt ?? 0,
      retryAt: unit.failure?.until,
    };
  }

  get units(): Readonly<Record<string, SeenUnit>> {
    return Object.fromEntries(this.state.units.map(({ name }) => [name, this.seen(name) as SeenUnit]));
  }

  ask(model: string, options: { priority?: Priority; wait?: number; keepAlive?: number } = {}): readonly TerseAction[] {
    const { priority = "medium", wait = 60_000, keepAlive } = options;
    const request = { id: this.#id++, model, priority, until: this.now + wait, keepAlive };
    return this.send({ type: "requested", request });
  }

  loaded(unit: string): readonly TerseAction[] {
    return this.send({ type: "loaded", unit });
  }

  released(unit: string): readonly TerseAction[] {
    return this.send({ type: "released", unit });
  }

  /** Lets time pass, in milliseconds. */
  pass(ms: number): readonly TerseAction[] {
    this.now += ms;
    return this.send({ type: "time-passed" });
  }

  /** Asks for a unit and loads it; the lease is held. */
  lease(model: string, options: { priority?: Priority; wait?: number } = {}): void {
    this.ask(model, options);
    if (this.seen(model)?.phase === "loading") this.loaded(model);
  }

  /** How often a load has been started. */
  loads(unit?: string): number {
    return this.log.filter((action) => action.type === "load" && (unit === undefined || action.unit === unit)).length;
  }

  /** Loads a unit and gives its lease back at a time of its own, so that the order of use is known. */
  warm(model: string): void {
    this.ask(model);
    this.send({ type: "loaded", unit: model });
    this.now += 1;
    this.send({ type: "released", unit: model });
  }
}

function terse(action: SchedulerAction): TerseAction {
  let seen: object = action;
  if (action.type === "load") seen = { type: action.type, unit: action.unit };
  if (action.type === "unload") seen = { ...action, reason: reasonText(action.reason) };
  return seen as TerseAction;
}
