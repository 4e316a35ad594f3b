import type { Unit } from "./scheduler-state.ts";

/** A runner that dies within this time of its load counts as a failed load. */
const soonMs = 10_000;
/** A unit that has been ready for this long runs stably, whatever came before. */
const stableMs = 60_000;
/** Pauses after the first failures, which chance may explain. */
const shortPausesMs = [0, 500, 1000, 2000] as const;
const firstLongPauseMs = 10_000;
const longestPauseMs = 15 * 60_000;

/**
 * Milliseconds until the next load after so many failures: 0, 0.5, 1 and 2 s, then 10 s doubling to 15 minutes. One
 * failure may be chance, so the next request tries again at once.
 */
export function pauseMs(failures: number): number {
  const short = shortPausesMs[Math.max(1, failures) - 1];
  return short ?? Math.min(longestPauseMs, firstLongPauseMs * 2 ** (failures - 1 - shortPausesMs.length));
}

/** True of a ready unit whose crash would count as a failed load. */
export function isFresh({ loadedAt }: Unit, now: number): boolean {
  return loadedAt !== undefined && now < loadedAt + soonMs;
}

/** True of a ready unit whose earlier failures are of no account any more. */
export function isStable({ loadedAt }: Unit, now: number): boolean {
  return loadedAt !== undefined && now >= loadedAt + stableMs;
}
