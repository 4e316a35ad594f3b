import { type Device, hasOwnMemory } from "../contract/device.ts";
import { ModelError } from "../contract/model-error.ts";
import type { DeviceInfo } from "./device-probe.ts";

/** A budget as a zoo spec gives it: megabytes (10^6 bytes), or a share of what there is. */
export type DeclaredBudget = number | `${number}%`;

/** What a zoo spec says of memory. */
export interface DeclaredMemory {
  readonly memory: Readonly<Partial<Record<Device, DeclaredBudget>>>;
  /** Megabytes (10^6 bytes) that are left to others, by device. */
  readonly reserve: Readonly<Partial<Record<Device, number>>>;
}

/** Share of main memory that models may take where the zoo spec names no figure. */
const mainMemoryShare = 0.7;
/** Bytes of an accelerator left to its driver and its other users. */
const acceleratorReserve = 400e6;

/**
 * Budget in bytes of every device: what the zoo spec says, else a cautious part of what there is; never more than there is
 * without what is left to others.
 */
export function budgetsOf(
  devices: readonly DeviceInfo[],
  { memory, reserve }: DeclaredMemory,
): Partial<Record<Device, number>> {
  const budgets: Partial<Record<Device, number>> = {};
  for (const { device, totalBytes } of devices) {
    const most = Math.max(0, totalBytes - (reserve[device] ?? 0) * 1e6);
    budgets[device] = Math.min(most, bytesOf(memory[device], device, totalBytes));
  }
  for (const [name, declared] of Object.entries(memory)) {
    const device = name as Device;
    if (typeof declared === "number") budgets[device] ??= declared * 1e6;
  }
  return budgets;
}

function bytesOf(declared: DeclaredBudget | undefined, device: Device, totalBytes: number): number {
  if (typeof declared === "number") return declared * 1e6;
  if (declared !== undefined) return Math.floor((totalBytes * Number.parseFloat(declared)) / 100);
  return device === "cpu" ? Math.floor(totalBytes * mainMemoryShare) : Math.max(0, totalBytes - acceleratorReserve);
}

/** Budgets that are less than the zoo spec says, since there is less. */
export function cutBudgets(
  budgets: Readonly<Partial<Record<Device, number>>>,
  { memory }: Pick<DeclaredMemory, "memory">,
): readonly { readonly device: Device; readonly declared: number; readonly budget: number }[] {
  return Object.entries(budgets).flatMap(([name, budget = 0]) => {
    const device = name as Device;
    const declared = memory[device];
    return typeof declared === "number" && budget < declared * 1e6
      ? [{ device, declared: declared * 1e6, budget }]
      : [];
  });
}

/**
 * The devices that models may be placed on: those that were found, and those without a probe of their own whose memory the
 * zoo spec gives.
 * @throws `zoo_spec_invalid` for a share of a memory that nobody knows
 */
export function usableDevices(found: readonly DeviceInfo[], memory: DeclaredMemory["memory"]): readonly DeviceInfo[] {
  const declared = unprobedDevices.flatMap((device) => {
    const megabytes = memory[device];
    const isKnown = megabytes === undefined || found.some((info) => info.device === device);
    if (isKnown) return [];
    if (typeof megabytes === "number") return [{ device, totalBytes: megabytes * 1e6 }];
    throw new ModelError(
      "zoo_spec_invalid",
      `memory_mb.${device} is "${megabytes}", a share of a memory that cannot be read. Give it in megabytes.`,
      { details: { device, declared: megabytes } },
    );
  });
  return [...declared, ...found];
}

/** Loads that may be under way at a time on a device: several read files well beside each other, on an accelerator they do not. */
export function loadsAtATime(device: Device, limit: number | undefined): number {
  return limit ?? (hasOwnMemory(device) ? 1 : 3);
}

/** Nothing that this package may load can ask them for their memory. */
const unprobedDevices = ["coreml", "dml", "webgpu"] as const satisfies readonly Device[];
