export { costAware } from "./cost-aware.ts";
export type { Candidate, Costs, EvictionPolicy, Need } from "./eviction-policy.ts";
export { type Explanation, explain } from "./explain.ts";
export type { JournalEntry, JournalRecord } from "./journal.ts";
export { journalText, parseJournal } from "./journal-text.ts";
export { leastRecentlyUsed, leastUrgentLeastRecent } from "./least-recently-used.ts";
export { budgetOf, reservedOf } from "./ledger.ts";
export { perfettoTrace } from "./perfetto.ts";
export { type Plan, type PlannedModel, type PlanOptions, planOf } from "./plan.ts";
export { arrivalsOf, type Replayed, replay, type Tally, tallyOf, whatIf } from "./replay.ts";
export { nextWake, schedule } from "./scheduler.ts";
export {
  type LoadReason,
  type Reason,
  type Refusal,
  reasonText,
  type SchedulerAction,
  type SchedulerEvent,
  type Step,
} from "./scheduler-event.ts";
export {
  type AddedUnit,
  emptySchedulerState,
  type Phase,
  type Placement,
  type ResourceOptions,
  type SchedulerState,
  type Unit,
  unitOf,
} from "./scheduler-state.ts";
export { type Arrival, Simulation, type SimulationOptions } from "./simulation.ts";
export { Timeline } from "./timeline.ts";
