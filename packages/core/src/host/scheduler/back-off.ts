import type { ScheduledModel } from "./scheduler-state.ts";

/** A runner that dies within this time of its load counts as a failed load. */
const soonMs = 10_000;
/** A model that has been ready for this long runs stably, whatever came before. */
const stableMs = 60_000;
const firstPauseMs = 500;
const longestPauseMs = 60_000;

/**
 * Milliseconds until the next load after so many failures: 0, 500, 1000, 2000 and so on, 60 s at most. One failure may
 * be chance, so the next request tries again at once.
 */
export function pauseMs(failures: number): number {
  return failures <= 1 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 2));
}

/** True of a model that may not be loaded yet. */
export function isBackingOff({ phase, retryAt }: ScheduledModel, now: number): boolean {
  return phase === "cold" && retryAt !== undefined && retryAt > now;
}

/** True of a ready model whose crash would count as a failed load. */
export function isFresh({ loadedAt }: ScheduledModel, now: number): boolean {
  return loadedAt !== undefined && now < loadedAt + soonMs;
}

/** True of a ready model whose earlier failures are of no account any more. */
export function isStable({ loadedAt }: ScheduledModel, now: number): boolean {
  return loadedAt !== undefined && now >= loadedAt + stableMs;
}
