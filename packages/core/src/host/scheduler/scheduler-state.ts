import type { Device } from "../../device.ts";
import type { Priority } from "../zoo-status.ts";

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

export interface ScheduledModel {
  readonly name: string;
  readonly device: Device;
  /** What a load reserves: measured by an earlier load, else declared. */
  readonly bytes: number;
  readonly priority: Priority;
  /** Kept until it is unloaded by name; never a victim. */
  readonly pinned: boolean;
  /** Milliseconds without a lease until it is unloaded; Infinity for never. */
  readonly idleTimeout: number;
  readonly phase: Phase;
  readonly leases: number;
  /** Why it gives no new leases and leaves as soon as the last one is back; undefined while it stays. */
  readonly leaving: string | undefined;
  readonly lastUsed: number;
}

export interface WaitingRequest {
  readonly id: number;
  readonly model: string;
  readonly priority: Priority;
  /** Time after which it is refused. */
  readonly until: number;
}

/** What happened. Everything that the scheduler ever learns comes as one of these. */
export type SchedulerEvent =
  | { readonly type: "model-added"; readonly model: Omit<ScheduledModel, "phase" | "leases" | "leaving" | "lastUsed"> }
  | { readonly type: "requested"; readonly request: WaitingRequest }
  | { readonly type: "withdrawn"; readonly id: number }
  | { readonly type: "released"; readonly model: string }
  | { readonly type: "pinned"; readonly model: string }
  | { readonly type: "unload-asked"; readonly model: string }
  | { readonly type: "loaded"; readonly model: string }
  | { readonly type: "measured"; readonly model: string; readonly bytes: number }
  | { readonly type: "load-failed"; readonly model: string }
  | { readonly type: "unloaded"; readonly model: string }
  | { readonly type: "crashed"; readonly model: string }
  | { readonly type: "closed" }
  | { readonly type: "time-passed" };

/** What is to be done about it. */
export type SchedulerAction =
  | { readonly type: "load"; readonly model: string }
  | { readonly type: "unload"; readonly model: string; readonly reason: string }
  | { readonly type: "grant"; readonly id: number; readonly model: string }
  | { readonly type: "refuse"; readonly id: number; readonly refusal: Refusal };

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
      readonly bytes: number;
      readonly budget: number;
      readonly reserved: number;
    }
  | { readonly kind: "load-failed"; readonly model: string }
  | { readonly kind: "closed"; readonly model: string };

export interface Step {
  readonly state: SchedulerState;
  readonly actions: readonly SchedulerAction[];
}

export function emptySchedulerState(budgets: SchedulerState["budgets"]): SchedulerState {
  return { now: 0, budgets, models: {}, waiting: [], closed: false };
}

export const priorityRank: Readonly<Record<Priority, number>> = { critical: 0, high: 1, medium: 2, low: 3 };
