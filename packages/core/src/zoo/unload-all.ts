import { ModelError } from "../contract/model-error.ts";
import type { LimitOptions } from "./request-limits.ts";

/**
 * Which models are unloaded: those for which all that is said holds; nothing said means every one that is loaded. Models that
 * are named, by `models` or `plugin`, or all, leave once their leases are back, kept ones too. Those that are chosen by their
 * use (`idleMs`, `over`, `count`) are idle ones alone.
 */
export interface UnloadSelection {
  /** Names or roles. */
  readonly models?: readonly string[] | undefined;
  /** Every model of that plugin. */
  readonly plugin?: string | undefined;
  /** Not used for so many milliseconds: on any device, or on accelerators (`vram`) and in main memory (`ram`). */
  readonly idleMs?: number | { readonly vram?: number | undefined; readonly ram?: number | undefined } | undefined;
  /** Until no more than this share of each device's budget is reserved, the least urgent and least recently used first: 0 to 1. */
  readonly over?: number | undefined;
  /** At most so many, in that order. */
  readonly count?: number | undefined;
}

export interface UnloadAllOptions extends UnloadSelection, LimitOptions {}

/** What came of one of several unloads. */
export type UnloadOutcome =
  | {
      readonly model: string;
      readonly ok: true;
      readonly ms: number;
      readonly freed_bytes: number;
      readonly error?: undefined;
    }
  | {
      readonly model: string;
      readonly ok: false;
      readonly ms: number;
      readonly freed_bytes: 0;
      readonly error: ModelError;
    };

export const unloadAllOptions: readonly string[] = [
  ...(["models", "plugin", "idleMs", "over", "count", "signal", "deadlineMs"] as const),
];

/** @throws `input_invalid` naming what is none */
export function checkedSelection({ models, plugin, idleMs, over, count }: UnloadSelection): void {
  const refuse = (what: string): never => {
    throw new ModelError("input_invalid", `${what} Nothing was unloaded.`);
  };
  const isTime = (ms: unknown): boolean => typeof ms === "number" && ms >= 0;
  if (models !== undefined && !(Array.isArray(models) && models.every((name) => typeof name === "string")))
    refuse("The models to unload are a list of names or roles.");
  if (plugin !== undefined && typeof plugin !== "string") refuse("The plugin whose models are unloaded is a name.");
  if (over !== undefined && !(typeof over === "number" && over >= 0 && over <= 1))
    refuse(`over is a share of the budget from 0 to 1; it is ${String(over)}.`);
  if (count !== undefined && !(Number.isInteger(count) && count >= 0))
    refuse(`count is a whole number from 0 on; it is ${String(count)}.`);
  if (idleMs === undefined || isTime(idleMs)) return;
  const { vram, ram, ...more } = (typeof idleMs === "object" && idleMs !== null ? idleMs : { idleMs }) as Record<
    string,
    unknown
  >;
  const known = [vram, ram].filter((ms) => ms !== undefined);
  if (Object.keys(more).length > 0 || known.length === 0 || !known.every(isTime))
    refuse("idleMs is a number of milliseconds, 0 or more, or { vram, ram } of such.");
}
