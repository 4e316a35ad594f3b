import type { Unit, Use } from "./scheduler-state.ts";

/** Requests that the running means look back on. */
const lookBack = 32;
/**
 * A unit that was left alone for so many mean gaps is not asked for as it was: among requests that come by chance one gap
 * in a thousand is that long (e^-7).
 */
const goneAfterGaps = 7;
/** A unit that was left alone for so many mean gaps keeps nobody waiting: one gap in twenty is that long by chance. */
const quietAfterGaps = 3;
/** Gaps before anything is said of a rhythm, or of how soon it comes again. */
const gapsKnown = 3;
/** Below this share of the gap the spread is that of a rhythm. */
const rhythm = 0.5;
/** Milliseconds that a load is taken to last before the first was seen: that of a small model. */
const loadMsAtLeast = 100;
/** Milliseconds that each byte is taken to add to that: 1 GB a second. */
const loadMsPerByte = 1e-6;

/** How a unit is asked for, with one request more. */
export function noted(use: Use | undefined, now: number): Use {
  if (use === undefined) return { at: now, count: 0, gap: 0, spread: 0 };
  const gap = now - use.at;
  const count = Math.min(lookBack, use.count + 1);
  const mean = use.gap + (gap - use.gap) / count;
  return { at: now, count, gap: mean, spread: use.spread + (Math.abs(gap - mean) - use.spread) / count };
}

/**
 * Milliseconds until the unit is likely asked for again. What comes in a rhythm is due when its gap is over; of all else
 * the best guess is its mean gap, and once several of those are past, longer the longer it has been left alone.
 */
export function expectedIdleMs({ lastUsed, use }: Unit, now: number): number {
  const alone = Math.max(1, now - Math.max(use?.at ?? lastUsed, Number.NEGATIVE_INFINITY));
  if (use === undefined || use.count === 0) return alone;
  const { gap, spread } = use;
  const due = use.at + gap + spread - now;
  if (use.count >= gapsKnown && spread < rhythm * gap && due > 0) return Math.max(1, use.at + gap - now);
  return Math.max(1, gap, alone / goneAfterGaps);
}

/** True of a unit whose requests come one after another, each within so many milliseconds of the last. */
export function isAskedWithin({ use }: Unit, now: number, milliseconds: number): boolean {
  if (use === undefined || use.count < gapsKnown) return false;
  return use.gap < milliseconds && now - use.at <= quietAfterGaps * use.gap;
}

/** Milliseconds that a load of the unit takes, as far as that is known. */
export function expectedLoadMs({ loadMs, placements, resources }: LoadFacts): number {
  if (loadMs !== undefined) return loadMs;
  const needs = placements[0]?.needs ?? [];
  let bytes = 0;
  for (let i = 0; i < needs.length; i++) if (resources[i]?.name !== "loaded") bytes += needs[i] ?? 0;
  return loadMsAtLeast + (Number.isFinite(bytes) ? bytes * loadMsPerByte : 0);
}

interface LoadFacts extends Pick<Unit, "loadMs" | "placements"> {
  readonly resources: readonly { readonly name: string }[];
}
