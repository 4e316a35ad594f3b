import { add, lacking, nothing } from "./amounts.ts";
import type { EvictionPolicy } from "./eviction-policy.ts";
import type { Reason } from "./reason.ts";
import type { Resource } from "./resource.ts";
import type { LoadReason, Refusal, SchedulerAction, Step } from "./scheduler-event.ts";
import { type Amounts, isDown, isUp, type SchedulerState, type Unit, type WaitingRequest } from "./scheduler-state.ts";

/**
 * The next state while it is worked out, the actions that lead to it, and what holds within this step alone: who is to
 * leave, and the books. The state that it starts from stays as it is.
 */
export class Draft implements SchedulerState {
  readonly now: number;
  readonly policy: EvictionPolicy;
  readonly actions: SchedulerAction[] = [];
  readonly units: Unit[];
  resources: readonly Resource[];
  places: ReadonlyMap<string, number>;
  closed: boolean;
  /** Why a unit that is up leaves as soon as it may, by its place. */
  readonly leaving: (Reason | undefined)[] = [];
  /** Places of units that are to leave and stay for the moment, though nothing holds them. */
  readonly held: Set<number> = new Set();
  /** Amounts that a load could take this moment. */
  free: number[] = [];
  /** Amounts that will come back without any further decision. */
  coming: number[] = [];
  /** Amounts that staying units have grown by and that are not reserved yet. */
  missing: number[] = [];

  constructor(state: SchedulerState, now: number, policy: EvictionPolicy) {
    // Time never goes back; a time that is no number leaves it where it is.
    this.now = Number.isNaN(now) ? state.now : Math.max(now, state.now);
    this.policy = policy;
    this.resources = state.resources;
    this.units = state.units.slice();
    this.places = state.places;
    this.closed = state.closed;
  }

  get step(): Step {
    const { now, resources, units, places, closed, actions } = this;
    return { state: { now, resources, units, places, closed }, actions };
  }

  unit(place: number): Unit {
    return this.units[place] as Unit;
  }

  change(place: number, change: Partial<Unit>): void {
    this.units[place] = { ...this.unit(place), ...change };
  }

  /** Draws up the books anew from what is reserved. Nobody is marked in them yet. */
  openBooks(): void {
    const none = (): number[] => new Array<number>(this.resources.length).fill(0);
    this.free = this.resources.map(({ budget, isGone }) => (isGone ? 0 : budget));
    this.coming = none();
    this.missing = none();
    this.leaving.length = 0;
    this.held.clear();
    for (const { phase, reserved } of this.units) {
      if (reserved === nothing) continue;
      add(this.free, reserved, -1);
      if (phase === "draining") add(this.coming, reserved);
    }
  }

  /** Notes who leaves and why. */
  mark(place: number, reason: Reason): void {
    if (this.leaving[place] !== undefined) return;
    const unit = this.unit(place);
    this.leaving[place] = reason;
    if (!isUp(unit)) return;
    add(this.coming, unit.reserved);
    const short = shortOf(unit);
    if (short !== undefined) add(this.missing, short, -1);
  }

  load(place: number, placement: number, reason: LoadReason): void {
    const unit = this.unit(place);
    const spot = unit.placements[placement];
    if (spot === undefined) return;
    add(this.free, unit.reserved);
    add(this.free, spot.needs, -1);
    this.change(place, {
      placement,
      reserved: spot.needs,
      phase: "loading",
      lastUsed: this.now,
      keepAliveNow: unit.leases > 0 ? unit.keepAliveNow : unit.keepAlive,
      loadStartedAt: this.now,
      leftAt: undefined,
    });
    this.actions.push({ type: "load", unit: unit.name, device: spot.device, reason });
  }

  unload(place: number, reason: Reason): void {
    this.change(place, { phase: "draining", drains: reason, leftAt: undefined });
    this.actions.push({ type: "unload", unit: this.unit(place).name, reason });
  }

  /** Takes a unit's requests out of its queue, in order, where `settle` settles them. */
  settleRequests(place: number, settle: (request: WaitingRequest) => boolean): boolean {
    const { waiting } = this.unit(place);
    if (waiting.length === 0) return false;
    const kept = waiting.filter((request) => !settle(request));
    if (kept.length === waiting.length) return false;
    this.keepWaiting(place, kept);
    return true;
  }

  keepWaiting(place: number, waiting: readonly WaitingRequest[]): void {
    const unit = this.unit(place);
    const isLeft = waiting.length === 0 && (unit.phase === "loading" || unit.phase === "preparing");
    this.change(place, { waiting, leftAt: isLeft ? (unit.leftAt ?? this.now) : undefined });
  }

  refuse(request: WaitingRequest, refusal: Refusal): void {
    this.actions.push({ type: "refuse", id: request.id, refusal });
  }
}

/** What a unit has grown by beyond its reservation; undefined where that is nothing. */
export function shortOf(unit: Unit): Amounts | undefined {
  const needs = unit.placement === undefined ? undefined : unit.placements[unit.placement]?.needs;
  if (needs === undefined || needs === unit.reserved || isDown(unit)) return undefined;
  return lacking(needs, unit.reserved);
}
