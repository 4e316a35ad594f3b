import { demands } from "./demands.ts";
import type { SchedulerState } from "./scheduler-state.ts";

/** Loads that are to begin as soon as others have ended or made room: one for each unit that is down and that somebody waits for. */
export function expectedLoads(state: Pick<SchedulerState, "closed" | "units" | "now">): readonly string[] {
  if (state.closed) return [];
  return demands(state).flatMap(({ unit, isHopeless }) => (isHopeless ? [] : [unit]));
}
