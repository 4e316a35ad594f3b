import type { Device } from "../../contract/device.ts";
import type { Priority } from "../../zoo/zoo-status.ts";
import type { Reason } from "./reason.ts";
import type { Pressure, Resource } from "./resource.ts";
import type { AddedUnit, Phase, SchedulerState, WaitingRequest } from "./scheduler-state.ts";

type ByDevice = Readonly<Partial<Record<Device, number>>>;

/** What happened. Everything that the scheduler ever learns comes as one of these. */
export type SchedulerEvent =
  | { readonly type: "unit-added"; readonly unit: AddedUnit }
  /** Forgets a unit that is down and that nobody holds or waits for; without effect on any other. */
  | { readonly type: "unit-removed"; readonly unit: string }
  | { readonly type: "requested"; readonly request: Omit<WaitingRequest, "since" | "isAfterUnload"> }
  | { readonly type: "withdrawn"; readonly id: number }
  /** A waiting request's time is another now. */
  | { readonly type: "deadline"; readonly id: number; readonly until: number }
  | { readonly type: "released"; readonly unit: string }
  | { readonly type: "pinned"; readonly unit: string }
  /** How it is kept is another now; `pinned` undefined: as before. What is pinned no more is no part of the goal either. */
  | {
      readonly type: "kept";
      readonly unit: string;
      readonly priority: Priority;
      readonly required: boolean;
      readonly pinned: boolean | undefined;
    }
  /** More waits for its model than those of it that are loaded can do: it is loaded where that costs nobody anything. */
  | { readonly type: "offered"; readonly unit: string }
  | { readonly type: "unload-asked"; readonly unit: string }
  /** Nobody waits for it to be unloaded any more. */
  | { readonly type: "unload-withdrawn"; readonly unit: string }
  /** Its load is making a prepared form first, which later loads need not. */
  | { readonly type: "preparing"; readonly unit: string }
  /** The end of a load. Without effect on a unit that is not loading any more: its load was called off. */
  | { readonly type: "loaded"; readonly unit: string }
  /** `isFinal` where trying again cannot help. */
  | { readonly type: "load-failed"; readonly unit: string; readonly isFinal?: boolean }
  /** The cause of its failures is said to be gone: its pause is over. */
  | { readonly type: "mended"; readonly unit: string }
  /** Bytes at rest, and the most during a run where that is known. */
  | { readonly type: "measured"; readonly unit: string; readonly resident: ByDevice; readonly peak?: ByDevice }
  /** The memory is back. The one end of every `unload`, of a load that was called off as well. */
  | { readonly type: "unloaded"; readonly unit: string }
  /**
   * A ready unit's runner ended unasked; `isUnderWork` where it was answering a request. In other phases the load's or
   * unload's own end tells more.
   */
  | { readonly type: "crashed"; readonly unit: string; readonly isUnderWork?: boolean }
  /** How long the unit is kept without a lease from now on, in milliseconds. */
  | { readonly type: "keep-alive"; readonly unit: string; readonly ms: number }
  /** What is to be kept, the most important first; it is loaded without a request. */
  | { readonly type: "goal"; readonly keep: readonly string[] }
  | { readonly type: "pressure"; readonly device: Device; readonly level: Pressure }
  | { readonly type: "device-gone"; readonly device: Device }
  | { readonly type: "closed" }
  | { readonly type: "time-passed" };

/** What is to be done about it, and why. */
export type SchedulerAction =
  | { readonly type: "load"; readonly unit: string; readonly device: Device; readonly reason: LoadReason }
  /** Ends the runner, or calls off the load that is under way. */
  | { readonly type: "unload"; readonly unit: string; readonly reason: Reason }
  | { readonly type: "grant"; readonly id: number; readonly unit: string }
  | { readonly type: "refuse"; readonly id: number; readonly refusal: Refusal }
  /** Says that the unit is not loaded before `retryAt`; whoever holds a lease on it may be told so. */
  | { readonly type: "back-off"; readonly unit: string; readonly retryAt: number; readonly failures: number }
  /** Says that a part of the goal has no room beside what goes before it. */
  | { readonly type: "cannot-keep"; readonly unit: string; readonly refusal: NeverFits };

/** Why a unit is loaded. */
export type LoadReason =
  | { readonly kind: "requested"; readonly id: number }
  /** Its leases or its pin miss it. */
  | { readonly kind: "missed"; readonly leases: number }
  | { readonly kind: "kept"; readonly place: number }
  /** There was more to do than one could. */
  | { readonly kind: "offered" };

export interface NeverFits {
  readonly kind: "never-fits";
  readonly model: string;
  readonly resource: Resource["name"];
  readonly bytes: number;
  readonly budget: number;
  readonly kept: number;
}

export type Refusal =
  | NeverFits
  | {
      readonly kind: "waited-too-long";
      readonly model: string;
      /** What the unit was doing: only a cold one waited for memory. */
      readonly phase: Phase;
      readonly resource: Resource["name"];
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
