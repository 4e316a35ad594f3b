import { isDeepStrictEqual } from "node:util";
import { costAware } from "@menagerie/core/host";
import {
  budgetOf,
  emptySchedulerState,
  type JournalEntry,
  reservedOf,
  type SchedulerState,
  schedule,
} from "@menagerie/core/scheduler";
import { simulated } from "./ours.ts";
import { million, week } from "./traces.ts";

/** A week under less memory than the models need: what is looked at in every step, and the whole of it played again. */
export function provedWeek(): string {
  const entries: JournalEntry[] = [];
  let most = 0;
  let last: SchedulerState | undefined;
  const outcome = simulated(week, costAware, {
    onStep: (entry, simulation) => {
      entries.push(entry);
      most = Math.max(most, reservedOf(simulation.state, "cpu"));
      last = simulation.state;
    },
  });
  const waiting = last?.units.reduce((sum, unit) => sum + unit.waiting.length, 0) ?? 0;
  const over = most > (last === undefined ? 0 : budgetOf(last, "cpu"));
  return [
    week.name,
    `${outcome.requests} requests, ${outcome.refused} refused, ${waiting} left waiting, ${outcome.loads} loads, ${(outcome.bytes / 1e9).toFixed(0)} GB moved`,
    `most reserved ${(most / 1e6).toFixed(0)} MB of ${week.budget / 1e6} MB${over ? ": MORE THAN THERE IS" : ""}; longest wait ${((outcome.worst ?? 0) / 1000).toFixed(1)} s`,
    `journal of ${entries.length} events played again: ${replayed(entries) ? "the same decisions" : "OTHER DECISIONS"}`,
    "",
  ].join("\n");
}

/** True where every event gives the same actions again. */
function replayed(entries: readonly JournalEntry[]): boolean {
  let state = emptySchedulerState({ budgets: { cpu: week.budget }, maxLoading: () => 3 });
  for (const { name, bytes } of week.models) {
    const unit = {
      name,
      placements: [{ device: "cpu", bytes: { cpu: bytes } }],
      priority: "medium",
      pinned: false,
      keepAlive: Number.POSITIVE_INFINITY,
    } as const;
    state = schedule(state, { type: "unit-added", unit }, 0).state;
  }
  return entries.every(({ at, event, actions }) => {
    const step = schedule(state, event, at, costAware);
    state = step.state;
    return isDeepStrictEqual(step.actions, actions);
  });
}

/** How long a million requests take to simulate. */
export function timedMillion(): string {
  const started = performance.now();
  const { requests, loads } = simulated(million, costAware);
  const seconds = (performance.now() - started) / 1000;
  return `${requests} requests (${loads} loads) simulated in ${seconds.toFixed(1)} s, ${((seconds * 1e6) / requests).toFixed(1)} µs each`;
}
