import type { Amounts } from "./scheduler-state.ts";

/** Nothing of anything. One value, so that it can be told by identity. */
export const nothing: Amounts = Object.freeze([]);

export function at(amounts: Amounts, resource: number): number {
  return amounts[resource] ?? 0;
}

/** True where no resource that is needed has less than is needed. */
export function covers(have: Amounts, need: Amounts): boolean {
  for (let i = 0; i < need.length; i++) {
    const needed = need[i] ?? 0;
    if (needed > 0 && needed > (have[i] ?? 0)) return false;
  }
  return true;
}

/** Adds to the first in place. */
export function add(sum: number[], amounts: Amounts, factor = 1): void {
  for (let i = 0; i < amounts.length; i++) sum[i] = (sum[i] ?? 0) + factor * (amounts[i] ?? 0);
}

/** What is needed beyond what there is, resource by resource; undefined where nothing is. */
export function lacking(need: Amounts, have: Amounts): Amounts | undefined {
  let lack: number[] | undefined;
  for (let i = 0; i < need.length; i++) {
    const missing = (need[i] ?? 0) - (have[i] ?? 0);
    if (missing <= 0 || (need[i] ?? 0) === 0) continue;
    lack ??= new Array<number>(need.length).fill(0);
    lack[i] = missing;
  }
  return lack;
}

/** True where something of what is needed would come. */
export function helps(amounts: Amounts, need: Amounts): boolean {
  for (let i = 0; i < need.length; i++) if ((need[i] ?? 0) > 0 && (amounts[i] ?? 0) > 0) return true;
  return false;
}
