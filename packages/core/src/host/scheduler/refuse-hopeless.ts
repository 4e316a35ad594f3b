import type { Device } from "../../contract/device.ts";
import { isBackingOff } from "./back-off.ts";
import type { Draft } from "./draft.ts";
import { budgetOf, keptBytes, reservedBytes } from "./ledger.ts";
import type { Refusal, WaitingRequest } from "./scheduler-state.ts";

/** Refuses what waits in vain, before anything is unloaded for it. @returns whether there was any */
export function refuseHopeless(draft: Draft): boolean {
  const waiting = draft.waiting.length;
  const kept = new Map<Device, number>();
  for (const device of draft.devices) kept.set(device, keptBytes(draft, device));
  draft.refuse((request) => refusalOf(draft, request, kept));
  return draft.waiting.length < waiting;
}

function refusalOf(draft: Draft, request: WaitingRequest, keptOn: ReadonlyMap<Device, number>): Refusal | undefined {
  const model = draft.models[request.model];
  if (model === undefined || draft.closed) return { kind: "closed", model: request.model };
  const { name, bytes, device, failures, phase, retryAt } = model;
  const budget = budgetOf(draft, device);
  const kept = keptOn.get(device) ?? 0;
  if (phase === "cold" && bytes > budget - kept) return { kind: "never-fits", model: name, bytes, budget, kept };
  if (retryAt !== undefined && isBackingOff(model, draft.now))
    return { kind: "backing-off", model: name, retryAt, failures };
  // A limit that is no number has passed.
  if (draft.now < request.until) return undefined;
  return { kind: "waited-too-long", model: name, phase, bytes, budget, reserved: reservedBytes(draft, device) };
}
