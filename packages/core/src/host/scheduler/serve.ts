import { add, at, covers, lacking } from "./amounts.ts";
import { demands } from "./demands.ts";
import type { Draft } from "./draft.ts";
import { findRoom, isAbandoned, isMissedSoon, type Room } from "./make-room.ts";
import type { LoadReason } from "./scheduler-event.ts";
import { type Amounts, isLoading, isUp, priorityRank, type Unit, type WaitingRequest } from "./scheduler-state.ts";
import { type Demand, isAnsweredFirst } from "./swap-patience.ts";

/** Loads in order of urgency and arrival, marks who makes room for whom, and grants what can be granted. */
export function serve(draft: Draft): void {
  const waiting = demands(draft);
  const rooms = waiting.length === 0 ? undefined : new Rooms(draft);
  for (const demand of waiting) rooms?.load(demand);
  for (let place = 0; place < draft.units.length; place++) {
    const unit = draft.unit(place);
    if (unit.phase === "ready" && unit.waiting.length > 0) grant(draft, place, rooms?.beneficiaryOf(place));
  }
}

function grant(draft: Draft, place: number, beneficiary: Demand | undefined): void {
  const unit = draft.unit(place);
  let { leases, keepAliveNow } = unit;
  const kept = unit.waiting.filter((request) => {
    if (!answers(draft, place, request, beneficiary)) return true;
    leases += 1;
    keepAliveNow = request.keepAlive ?? Math.max(keepAliveNow, unit.keepAlive);
    draft.actions.push({ type: "grant", id: request.id, unit: unit.name });
    return false;
  });
  if (leases > unit.leases) draft.change(place, { waiting: kept, leases, keepAliveNow, lastUsed: draft.now });
}

/** True if a ready unit may take on the request. */
function answers(draft: Draft, place: number, request: WaitingRequest, beneficiary: Demand | undefined): boolean {
  const unit = draft.unit(place);
  const reason = draft.leaving[place];
  if (reason === undefined) return true;
  // An unload that was asked for lets those through who waited for the load before it was asked for.
  if (reason.kind === "asked") return !request.isAfterUnload && request.since < (unit.loadedAt ?? request.since);
  return beneficiary !== undefined && isAnsweredFirst(request, unit, beneficiary, draft.now);
}

/** Room on every device while one step hands it out. */
class Rooms {
  readonly #draft: Draft;
  /** Whom a marked unit makes room for, by its place. */
  readonly #beneficiaries = new Map<number, Demand>();
  /** What somebody further ahead waits for, free or on its way back. */
  readonly #promised: number[];
  /** What could be made to leave for a demand of each rank: the least that has to be true of one that can be helped. */
  readonly #evictable: readonly number[][] = [[], [], [], []];
  /** Loads under way by device. */
  readonly #loading = new Map<string, number>();

  constructor(draft: Draft) {
    this.#draft = draft;
    this.#promised = draft.missing.slice();
    for (let place = 0; place < draft.units.length; place++) {
      const unit = draft.unit(place);
      if (isLoading(unit)) this.#noteLoad(deviceOf(unit));
      if (isUp(unit) && !unit.pinned && draft.leaving[place] === undefined) this.#countEvictable(unit, 1);
    }
  }

  beneficiaryOf(place: number): Demand | undefined {
    return this.#beneficiaries.get(place);
  }

  /**
   * Loads a unit if there is room that nobody further ahead waits for; else sees to it that room is made, and keeps that
   * room for it. Who cannot be helped now holds nothing and stands in nobody's way.
   */
  load(demand: Demand): void {
    const { place } = demand;
    const draft = this.#draft;
    const unit = draft.unit(place);
    if (!unit.placements.some(({ needs }) => this.#isInReach(needs, demand.rank))) return;
    const room = draft.free.map((free, i) => free + at(draft.coming, i) - at(this.#promised, i));
    const available = room.map((amount, i) => Math.min(amount, at(draft.free, i)));
    const order = this.#usable(unit);
    const fitting = order.filter((i) => covers(available, needsOf(unit, i)));
    const now = fitting.find((i) => this.#mayLoad(unit.placements[i]?.device ?? "cpu"));
    if (now !== undefined) {
      this.#noteLoad(unit.placements[now]?.device ?? "cpu");
      draft.load(place, now, reasonOf(unit, demand));
      const loading = draft.unit(place);
      if (!loading.pinned && draft.leaving[place] === undefined) this.#countEvictable(loading, 1);
      return;
    }
    if (fitting[0] !== undefined) {
      // Too many load already.
      this.#promise(needsOf(unit, fitting[0]));
      return;
    }
    if (demand.isHopeless) return;
    let best: (Room & { readonly placement: number }) | undefined;
    for (const placement of order) {
      const found = this.#findRoom(demand, needsOf(unit, placement), room);
      if (found === undefined || (best !== undefined && !isSooner(found, best))) continue;
      best = { ...found, placement };
    }
    if (best === undefined) return;
    for (const victim of best.victims) this.#evict(victim.unit, demand);
    this.#promise(needsOf(unit, best.placement));
  }

  #findRoom(demand: Demand, needs: Amounts, room: Amounts): Room | undefined {
    const lack = lacking(needs, room);
    // It is on its way back already.
    if (lack === undefined) return { victims: [], tier: -1, cost: 0 };
    return findRoom(this.#draft, demand, lack);
  }

  /** False where not even all that may leave for the rank would make that room: nothing more has to be looked at. */
  #isInReach(needs: Amounts, rank: number): boolean {
    const { free, coming } = this.#draft;
    const evictable = this.#evictable[rank] ?? [];
    for (let i = 0; i < needs.length; i++) {
      const needed = needs[i] ?? 0;
      if (needed > 0 && needed > at(free, i) + at(coming, i) - at(this.#promised, i) + at(evictable, i)) return false;
    }
    return true;
  }

  #evict(unit: Unit, demand: Demand): void {
    const place = this.#draft.places.get(unit.name);
    if (place === undefined) return;
    this.#countEvictable(unit, -1);
    this.#beneficiaries.set(place, demand);
    if (isMissedSoon(unit, demand, this.#draft)) this.#draft.held.add(place);
    this.#draft.mark(place, { kind: "evicted", for: demand.unit, id: demand.id });
  }

  /** Placements whose device is there, the one with the most free bytes first where there are several. */
  #usable({ placements }: Unit): readonly number[] {
    if (placements.length === 1) return this.#isGone(placements[0]?.device) ? [] : [0];
    const free = (i: number): number => {
      const resource = this.#draft.resources.findIndex(({ name }) => name === placements[i]?.device);
      return at(this.#draft.free, resource);
    };
    return [...placements.keys()].filter((i) => !this.#isGone(placements[i]?.device)).sort((a, b) => free(b) - free(a));
  }

  #isGone(device: string | undefined): boolean {
    return this.#draft.resources.some(({ name, isGone }) => isGone && name === device);
  }

  #promise(needs: Amounts): void {
    add(this.#promised, needs);
  }

  #mayLoad(device: string): boolean {
    const limit = this.#draft.resources.find(({ name }) => name === device)?.maxLoading ?? Number.POSITIVE_INFINITY;
    return (this.#loading.get(device) ?? 0) < limit;
  }

  #noteLoad(device: string): void {
    this.#loading.set(device, (this.#loading.get(device) ?? 0) + 1);
  }

  #countEvictable(unit: Unit, factor: number): void {
    const lowest = isAbandoned(unit) ? 3 : priorityRank[unit.priority];
    for (let rank = 0; rank <= lowest; rank++) add(this.#evictable[rank] ?? [], unit.reserved, factor);
  }
}

function needsOf(unit: Unit, placement: number): Amounts {
  return unit.placements[placement]?.needs ?? [Number.POSITIVE_INFINITY];
}

function deviceOf(unit: Unit): string {
  return unit.placements[unit.placement ?? 0]?.device ?? "cpu";
}

function isSooner(a: Room, b: Room): boolean {
  return a.tier < b.tier || (a.tier === b.tier && a.cost < b.cost);
}

function reasonOf(unit: Unit, { id }: Demand): LoadReason {
  if (id !== undefined) return { kind: "requested", id };
  if (unit.goal !== undefined && unit.leases === 0) return { kind: "kept", place: unit.goal };
  return { kind: "missed", leases: unit.leases };
}
