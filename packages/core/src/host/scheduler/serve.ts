import type { Device } from "../../contract/device.ts";
import { isBackingOff } from "./back-off.ts";
import type { Draft } from "./draft.ts";
import { freeBytes, leavingBytes, missingBytes } from "./ledger.ts";
import { makeRoom } from "./make-room.ts";
import { priorityRank, type ScheduledModel, type WaitingRequest } from "./scheduler-state.ts";
import { type Demand, isAnsweredFirst } from "./swap-patience.ts";

/** Grants and loads in order of urgency and arrival, and marks who makes room for whom. */
export function serve(draft: Draft): void {
  const rooms = new Rooms(draft);
  const granted = new Set<WaitingRequest>();
  for (const { demand, request } of inOrder(draft)) {
    const model = draft.models[demand.model];
    if (model?.phase === "cold") rooms.load(model, demand);
    else if (model?.phase === "ready" && request !== undefined && rooms.answers(model, request)) {
      draft.grant(request, model);
      granted.add(request);
    }
  }
  draft.waiting = draft.waiting.filter((request) => !granted.has(request));
}

interface Turn {
  readonly demand: Demand;
  /** Undefined for a model that its leases or its pin miss. */
  readonly request?: WaitingRequest;
}

/** Within a class, models that are missed come first: work is under way on them. */
function inOrder(draft: Draft): readonly Turn[] {
  const missed: Turn[] = [];
  for (const model of Object.values(draft.models)) {
    const { name, priority, wantedSince } = model;
    if (wantedSince === undefined || isBackingOff(model, draft.now)) continue;
    const demand = { model: name, rank: priorityRank[priority], since: wantedSince, until: Number.POSITIVE_INFINITY };
    missed.push({ demand });
  }
  const asked = draft.waiting.map((request): Turn => {
    const { model, priority, since, until } = request;
    return { demand: { model, rank: priorityRank[priority], since, until }, request };
  });
  // Sorting is stable, and requests wait in order of arrival.
  return [...missed, ...asked].sort((a, b) => a.demand.rank - b.demand.rank);
}

/** Room on every device while one step hands it out. */
class Rooms {
  readonly #draft: Draft;
  /** Whom a marked model makes room for. */
  readonly #beneficiaries = new Map<string, Demand>();
  /** Bytes, free or on their way back, that somebody further ahead waits for. */
  readonly #promised = new Map<Device, number>();
  readonly #tried = new Set<string>();

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  /**
   * Loads a cold model if there is room that nobody further ahead waits for; else sees to it that room is made, and
   * keeps that room for it. Who cannot be helped now holds nothing and stands in nobody's way.
   */
  load(model: ScheduledModel, demand: Demand): void {
    if (this.#tried.has(model.name)) return;
    this.#tried.add(model.name);
    const { bytes, device, name } = model;
    const draft = this.#draft;
    const free = freeBytes(draft, device);
    const promised = this.#promised.get(device) ?? missingBytes(draft, device);
    const room = free + leavingBytes(draft, device) - promised;
    if (bytes <= Math.min(free, room)) {
      draft.load(name);
      return;
    }
    const victims = bytes <= room ? [] : makeRoom(draft, device, demand, bytes - room);
    if (victims === undefined) return;
    for (const victim of victims) this.#beneficiaries.set(victim.name, demand);
    this.#promised.set(device, promised + bytes);
  }

  /** True if a ready model may take on the request. */
  answers(model: ScheduledModel, request: WaitingRequest): boolean {
    if (model.leaving === undefined) return true;
    // An unload that was asked for lets those through who waited for the load already.
    if (model.leaving === "asked") return request.since < (model.loadedAt ?? request.since);
    const beneficiary = this.#beneficiaries.get(model.name);
    return beneficiary !== undefined && isAnsweredFirst(request, model, beneficiary, this.#draft.now);
  }
}
