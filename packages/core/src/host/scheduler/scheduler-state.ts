import type { Device } from "../../contract/device.ts";
import type { Priority } from "../../zoo/zoo-status.ts";

/**
 * All that the scheduler knows. A value: every event gives a new one, and the same events give the same one. Times are
 * milliseconds of one clock, sizes are bytes.
 */
export interface SchedulerState {
  readonly now: number;
  readonly budgets: Readonly<Partial<Record<Device, number>>>;
  readonly models: Readonly<Record<string, ScheduledModel>>;
  /** Requests without a lease yet, in order of arrival. */
  readonly waiting: readonly WaitingRequest[];
  readonly closed: boolean;
}

/** Reserved bytes are those of every phase but `cold`. */
export type Phase = "cold" | "loading" | "ready" | "unloading";

/** A model as it is added to the scheduler. */
export interface AddedModel {
  readonly name: string;
  readonly device: Device;
  /** Declared bytes, the largest run included. */
  readonly bytes: number;
  readonly priority: Priority;
  /** Kept until it is unloaded by name; never a victim. */
  readonly pinned: boolean;
  /** Milliseconds without a lease until it is unloaded; Infinity for never. */
  readonly idleTimeout: number;
}

export interface ScheduledModel extends AddedModel {
  readonly declaredBytes: number;
  /** The last measurement, of whatever load; undefined before the first. */
  readonly measuredBytes: number | undefined;
  /**
   * What is reserved, or while it is cold what its next load reserves: the larger of declared and measured, no more than
   * the whole budget. A growth that has no room yet is reserved as room comes back.
   */
  readonly bytes: number;
  readonly phase: Phase;
  readonly leases: number;
  /**
   * Why it leaves as soon as its leases are back; undefined while it stays. "asked" stands until the model is cold,
   * every other reason is derived anew in each step.
   */
  readonly leaving: string | undefined;
  readonly lastUsed: number;
  /** When it became ready; undefined while it is not up. */
  readonly loadedAt: number | undefined;
  /** Loads that failed, or whose runner died soon after, since it last ran stably. */
  readonly failures: number;
  /** No load starts before this time; undefined where none has failed. */
  readonly retryAt: number | undefined;
  /** Since when a model that was up is missed by its leases or its pin: it is loaded again without a request. */
  readonly wantedSince: number | undefined;
}

export interface WaitingRequest {
  readonly id: number;
  readonly model: string;
  readonly priority: Priority;
  /** Time after which it is refused; a number that is none counts as now. */
  readonly until: number;
  /** Time of its arrival. */
  readonly since: number;
}

/** What happened. Everything that the scheduler ever learns comes as one of these. */
export type SchedulerEvent =
  | { readonly type: "model-added"; readonly model: AddedModel }
  /** Forgets a cold model that nobody holds or waits for; without effect on any other. */
  | { readonly type: "model-removed"; readonly model: string }
  | { readonly type: "requested"; readonly request: Omit<WaitingRequest, "since"> }
  | { readonly type: "withdrawn"; readonly id: number }
  | { readonly type: "released"; readonly model: string }
  | { readonly type: "pinned"; readonly model: string }
  /** It is of another priority class now, and pinned or not; `undefined`: as before. */
  | { readonly type: "kept"; readonly model: string; readonly priority: Priority; readonly pinned: boolean | undefined }
  | { readonly type: "unload-asked"; readonly model: string }
  /** Nobody waits for it to be unloaded any more. */
  | { readonly type: "unload-withdrawn"; readonly model: string }
  /** The end of a load. Without effect on a model that is not loading any more: its load was called off. */
  | { readonly type: "loaded" | "load-failed"; readonly model: string }
  | { readonly type: "measured"; readonly model: string; readonly bytes: number }
  /** The memory is back. The one end of every `unload`, of a load that was called off as well. */
  | { readonly type: "unloaded"; readonly model: string }
  /** A ready model's runner ended unasked. In other phases the load's or unload's own end tells more. */
  /** `isUnderWork` where it was answering a request; so none is left out. */
  | { readonly type: "crashed"; readonly model: string; readonly isUnderWork?: boolean }
  | { readonly type: "closed" }
  | { readonly type: "time-passed" };

/** What is to be done about it. */
export type SchedulerAction =
  | { readonly type: "load"; readonly model: string }
  /** Ends the runner, or calls off the load that is under way. */
  | { readonly type: "unload"; readonly model: string; readonly reason: string }
  | { readonly type: "grant"; readonly id: number; readonly model: string }
  | { readonly type: "refuse"; readonly id: number; readonly refusal: Refusal }
  /** Says that the model is not loaded before `retryAt`; whoever holds a lease on it may be told so. */
  | { readonly type: "back-off"; readonly model: string; readonly retryAt: number; readonly failures: number };

export type Refusal =
  | {
      readonly kind: "never-fits";
      readonly model: string;
      readonly bytes: number;
      readonly budget: number;
      readonly kept: number;
    }
  | {
      readonly kind: "waited-too-long";
      readonly model: string;
      /** What the model was doing: only a cold one waited for memory. */
      readonly phase: Phase;
      readonly bytes: number;
      readonly budget: number;
      readonly reserved: number;
    }
  | { readonly kind: "load-failed"; readonly model: string }
  | {
      readonly kind: "backing-off";
      readonly model: string;
      /** Time of the scheduler's clock from which a request loads the model again. */
      readonly retryAt: number;
      readonly failures: number;
    }
  | { readonly kind: "closed"; readonly model: string };

export interface Step {
  readonly state: SchedulerState;
  readonly actions: readonly SchedulerAction[];
}

/** A model may be called "constructor": nothing may be found under a name but what is known under it. */
const nothing: object = Object.freeze(Object.create(null));

/** The same models in a record of its own. It inherits from an empty one: to copy one that inherits nothing takes ten times as long. */
export function copyModels(models: SchedulerState["models"]): Record<string, ScheduledModel> {
  return Object.assign(Object.create(nothing) as Record<string, ScheduledModel>, models);
}

export function emptySchedulerState(budgets: SchedulerState["budgets"]): SchedulerState {
  return { now: 0, budgets, models: copyModels({}), waiting: [], closed: false };
}

export const priorityRank: Readonly<Record<Priority, number>> = { critical: 0, high: 1, medium: 2, low: 3 };
