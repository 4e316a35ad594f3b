import type { Device } from "../../contract/device.ts";
import type { Pressure, Resource } from "./resource.ts";

/** Why a unit leaves. */
export type Reason =
  /** `id` of the request that the room is for; undefined where leases, a pin or the goal miss the unit. */
  | { readonly kind: "evicted"; readonly for: string; readonly id: number | undefined }
  /** What was measured on the device is more than its budget, by so many bytes. */
  | { readonly kind: "over-budget"; readonly resource: Resource["name"]; readonly excess: number }
  | { readonly kind: "idle"; readonly keepAlive: number }
  | { readonly kind: "pressure"; readonly device: Device; readonly level: Pressure }
  | { readonly kind: "device-gone"; readonly device: Device }
  /** Nobody has waited for its load for so many milliseconds. */
  | { readonly kind: "abandoned"; readonly ms: number }
  | { readonly kind: "asked" }
  | { readonly kind: "closing" };

/** A reason as words, as logs and events have it. */
export function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case "evicted":
      return `evicted for ${reason.for}`;
    case "over-budget":
      return "over budget";
    case "pressure":
      return `${reason.level} pressure on ${reason.device}`;
    case "device-gone":
      return `${reason.device} is gone`;
    case "abandoned":
      return "nobody waits for it any more";
    default:
      return reason.kind;
  }
}

/** A reason as what follows "because". */
export function becauseText(reason: Reason): string {
  switch (reason.kind) {
    case "evicted":
      return `${reason.for} needed its room`;
    case "over-budget":
      return `more than the budget of ${reason.resource} was measured`;
    case "idle":
      return `nobody asked for it for ${(reason.keepAlive / 1000).toFixed(0)} s`;
    case "pressure":
      return `memory was short on ${reason.device} (${reason.level} pressure)`;
    case "device-gone":
      return `${reason.device} was gone`;
    case "abandoned":
      return "nobody waited for it any more";
    case "asked":
      return "somebody asked for that";
    case "closing":
      return "the zoo closes";
  }
}
