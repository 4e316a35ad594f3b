import type { Device } from "../../contract/device.ts";
import type { Priority } from "../../zoo/zoo-status.ts";
import type { Reason } from "./reason.ts";
import type { Resource } from "./resource.ts";

/**
 * All that the scheduler knows. A value: every event gives a new one, and the same events give the same one. Times are
 * milliseconds of one clock, sizes are bytes. Victims are not in it: who is to leave is derived in each step.
 */
export interface SchedulerState {
  readonly now: number;
  readonly resources: readonly Resource[];
  readonly units: readonly Unit[];
  /** Place in `units` by name of a unit, and of each model that it answers for. */
  readonly places: ReadonlyMap<string, number>;
  readonly closed: boolean;
}

/** Amounts in the order of `resources`; what lies beyond the end is 0. */
export type Amounts = readonly number[];

/**
 * `preparing` and `loading` end in `ready` or `failed`, `draining` ends when the memory is back. A unit that is `failed`
 * is loaded by nobody before its time. Amounts are reserved in every phase but `cold` and `failed`.
 */
export type Phase = "cold" | "preparing" | "loading" | "ready" | "draining" | "failed";

/** Where a unit may go, and what it takes there. */
export interface Placement {
  /** Where it computes. */
  readonly device: Device;
  /** Declared bytes by device, the largest run included. */
  readonly bytes: Readonly<Partial<Record<Device, number>>>;
}

/** A unit as it is added. */
export interface AddedUnit {
  readonly name: string;
  /** The models that it answers for; default: the one of its own name. */
  readonly models?: readonly string[];
  /** At least one; where several have room, the one with the most free bytes on its device is taken. */
  readonly placements: readonly Placement[];
  readonly priority: Priority;
  /** Kept until it is unloaded by name; never a victim. */
  readonly pinned: boolean;
  /** Missing, it counts as critical. Default: false. */
  readonly required?: boolean;
  /** Milliseconds without a lease until it is unloaded; Infinity for never. */
  readonly keepAlive: number;
}

/** What is loaded and evicted as one: a model, or a group of small ones. */
export interface Unit extends Required<Omit<AddedUnit, "placements">> {
  readonly placements: readonly Spot[];
  /** Place in `placements` while it is up or on its way out. */
  readonly placement: number | undefined;
  /** What is reserved for it now. A growth that has no room yet is reserved as room comes back. */
  readonly reserved: Amounts;
  /** The last measurement, of whatever load: what it holds at rest, and the most during a run. 0 where none was taken. */
  readonly resident: Amounts;
  readonly peak: Amounts;
  readonly phase: Phase;
  readonly leases: number;
  /** It is to be unloaded by name as soon as its leases are back. */
  readonly isAsked: boolean;
  /** Why it drains; undefined in every other phase. */
  readonly drains: Reason | undefined;
  readonly lastUsed: number;
  /**
   * Keep-alive of the last request with a lease that brought one; a request that brings none lengthens a shorter one to the
   * unit's own, and each load begins with that.
   */
  readonly keepAliveNow: number;
  readonly loadStartedAt: number;
  /** When it became ready; undefined while it is not up. */
  readonly loadedAt: number | undefined;
  /** Milliseconds that its loads take, the last one counting half; undefined before the first. */
  readonly loadMs: number | undefined;
  /** Milliseconds of the fastest load that was seen: no load is expected to take less. */
  readonly fastestLoadMs: number;
  readonly failure: Failure | undefined;
  /** Since when a unit that is down is missed by its leases, its pin or the goal: it is loaded without a request. */
  readonly wantedSince: number | undefined;
  /** Place among what is to be kept; undefined for what is not. */
  readonly goal: number | undefined;
  /** When the last who waited for its load left it; undefined while somebody waits. */
  readonly leftAt: number | undefined;
  /** Requests without a lease yet: the most urgent class first, inside a class in order of arrival. */
  readonly waiting: readonly WaitingRequest[];
  readonly use: Use | undefined;
}

/** A placement with what the unit needs there, measurements included. */
export interface Spot {
  readonly device: Device;
  readonly declared: Amounts;
  readonly needs: Amounts;
}

/** Loads that failed, or whose runner died soon after, since the unit last ran stably. */
export interface Failure {
  readonly attempt: number;
  /** No load starts before this time; Infinity where trying again cannot help. */
  readonly until: number;
}

/** How a unit has been asked for. */
export interface Use {
  readonly at: number;
  /** Requests that the figures are drawn from, up to a bound. */
  readonly count: number;
  /** Milliseconds between two requests, and how far they lie from that: running means. */
  readonly gap: number;
  readonly spread: number;
}

export interface WaitingRequest {
  readonly id: number;
  readonly model: string;
  readonly priority: Priority;
  /** Time after which it is refused; a number that is none counts as now. */
  readonly until: number;
  /** Time of its arrival. */
  readonly since: number;
  /** Milliseconds that the unit is kept after it; undefined for the unit's own. */
  readonly keepAlive?: number | undefined;
  /** True where it came after an unload by name that has not happened yet: it has the unit loaded anew. */
  readonly isAfterUnload?: boolean;
}

export const priorityRank: Readonly<Record<Priority, number>> = { critical: 0, high: 1, medium: 2, low: 3 };

export interface ResourceOptions {
  /** Bytes by device. */
  readonly budgets: Readonly<Partial<Record<Device, number>>>;
  /** Units that may be up at a time; default: as many as there is memory for. */
  readonly maxLoaded?: number | undefined;
  /** Loads that may be under way at a time on a device; default: no limit. */
  maxLoading?(device: Device): number;
}

export function emptySchedulerState(options: ResourceOptions): SchedulerState {
  const { budgets, maxLoaded = Number.POSITIVE_INFINITY, maxLoading } = options;
  const plain = { pressure: "none", isGone: false } as const;
  const devices = Object.entries(budgets).map(([device, budget]): Resource => {
    const name = device as Device;
    return { name, budget: budget ?? 0, maxLoading: maxLoading?.(name) ?? Number.POSITIVE_INFINITY, ...plain };
  });
  const loaded: Resource = { name: "loaded", budget: maxLoaded, maxLoading: Number.POSITIVE_INFINITY, ...plain };
  const resources = Number.isFinite(maxLoaded) ? [...devices, loaded] : devices;
  return { now: 0, resources, units: [], places: new Map(), closed: false };
}

/** The unit of that name, or that answers for the model of that name. */
export function unitOf({ places, units }: Pick<SchedulerState, "places" | "units">, name: string): Unit | undefined {
  const place = places.get(name);
  return place === undefined ? undefined : units[place];
}

/** True of a unit that holds a runner or is about to. */
export function isUp({ phase }: Unit): boolean {
  return phase === "ready" || phase === "loading" || phase === "preparing";
}

export function isLoading({ phase }: Unit): boolean {
  return phase === "loading" || phase === "preparing";
}

/** True of a unit for which nothing is reserved. */
export function isDown({ phase }: Unit): boolean {
  return phase === "cold" || phase === "failed";
}

/** True of a ready unit that nothing holds. */
export function isIdle({ phase, leases, pinned }: Unit): boolean {
  return phase === "ready" && leases === 0 && !pinned;
}
