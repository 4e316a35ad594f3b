import { at } from "./amounts.ts";
import { reservedOf } from "./ledger.ts";
import type { SchedulerEvent, Step } from "./scheduler-event.ts";
import type { SchedulerState } from "./scheduler-state.ts";
import { unitOf } from "./scheduler-state.ts";
import { waiters } from "./scheduler-waiters.ts";

/** An offer costs nobody anything: it takes room that nobody waits for, and leaves enough of it. */
export function offerRules(before: SchedulerState, event: SchedulerEvent, { state, actions }: Step): string[] {
  const offered = event.type === "offered" ? unitOf(before, event.unit) : undefined;
  const broken: string[] = [];
  for (const action of actions) {
    const isOffered = action.type === "load" && action.reason.kind === "offered";
    if (isOffered && action.unit !== offered?.name)
      broken.push(`${action.unit} is loaded as an offer that nobody made`);
    if (action.type === "unload" && action.reason.kind === "evicted" && action.reason.for === offered?.name)
      broken.push(`${action.unit} leaves for an offer`);
    if (!isOffered) continue;
    if (waiters({ ...before, now: state.now }).length > 0)
      broken.push(`${action.unit} is loaded as an offer before those who wait`);
    for (const [i, { name, budget, pressure }] of state.resources.entries()) {
      if (at(offered?.placements[0]?.needs ?? [], i) === 0) continue;
      if (pressure !== "none") broken.push(`${action.unit} is loaded as an offer under pressure on ${name}`);
      if (name !== "loaded" && reservedOf(state, name) > budget * 0.85)
        broken.push(`${action.unit} is loaded as an offer, and little is left of ${name}`);
    }
  }
  return broken;
}
