import { at } from "./amounts.ts";
import { hasNoRoom } from "./goal-and-devices.ts";
import type { JournalRecord } from "./journal.ts";
import { becauseText, type Reason } from "./reason.ts";
import { keptAmounts } from "./refuse-hopeless.ts";
import type { Resource } from "./resource.ts";
import { leavingUnits } from "./scheduler.ts";
import { isDown, isLoading, isUp, priorityRank, type SchedulerState, type Unit, unitOf } from "./scheduler-state.ts";

/** Why a unit is as it is, in words that stand alone. */
export interface Explanation {
  readonly unit: string;
  readonly phase: Unit["phase"];
  /** The one reason. */
  readonly reason: string;
  /** What would have to happen for it to be loaded; undefined where it is, or is about to be. */
  readonly remedy: string | undefined;
  /** The last time that it left, as far as the journal goes back. */
  readonly left: { readonly at: number; readonly reason: string; readonly freed: string } | undefined;
}

/** @returns undefined for a unit that nobody has asked for yet */
export function explain(state: SchedulerState, name: string, journal?: JournalRecord): Explanation | undefined {
  const unit = unitOf(state, name);
  if (unit === undefined) return undefined;
  const left = journal === undefined ? undefined : lastLeft(state, unit, journal);
  const { reason, remedy } = reasonOf(state, unit, left);
  return { unit: unit.name, phase: unit.phase, reason, remedy, left };
}

type Left = NonNullable<Explanation["left"]>;

function reasonOf(
  state: SchedulerState,
  unit: Unit,
  left: Left | undefined,
): { reason: string; remedy: string | undefined } {
  const { name, phase, leases, failure, drains, waiting } = unit;
  if (phase === "draining" && drains !== undefined)
    return {
      reason: `its memory is on its way back, because ${becauseText(drains)}`,
      remedy: "ask for it: it is loaded anew",
    };
  if (phase === "ready") return { reason: readyWords(state, unit), remedy: undefined };
  if (isLoading(unit))
    return { reason: `it is being loaded for ${counted(waiting.length, "request")}`, remedy: undefined };
  if (phase === "failed" && failure !== undefined) {
    if (failure.until === Number.POSITIVE_INFINITY)
      return {
        reason: "its load failed a validation, which would fail again",
        remedy: `mend it, then \`zoo load ${name}\``,
      };
    const seconds = ((failure.until - state.now) / 1000).toFixed(1);
    return {
      reason: `${counted(failure.attempt, "load")} failed in a row`,
      remedy: `wait: it may be tried in ${seconds} s`,
    };
  }
  const refusal = hasNoRoom(state, unit, keptAmounts(state));
  if (refusal !== undefined) {
    const { resource, bytes, budget, kept } = refusal;
    if (resource === "loaded")
      return {
        reason: `it can never be loaded: max_loaded allows ${counted(budget, "model")} at a time, and as many are kept`,
        remedy: "raise max_loaded, or keep fewer models",
      };
    const reason = `it can never fit: it needs ${amount(resource, bytes)} of the ${amount(resource, budget)} on ${resource}, of which ${amount(resource, kept)} are kept for others`;
    // With nobody kept it would not fit either.
    const remedy =
      bytes > budget
        ? `raise the budget of ${resource} to ${amount(resource, bytes)} at least`
        : `raise the budget of ${resource}, or keep fewer models`;
    return { reason, remedy };
  }
  if (waiting.length === 0 && unit.wantedSince === undefined) {
    const since =
      left === undefined
        ? "it has not been asked for"
        : `nobody has asked for it since it was unloaded, because ${left.reason}`;
    return { reason: leases > 0 ? "its runner ended, and its leases wait for it" : since, remedy: "ask for it" };
  }
  return waitingWords(state, unit);
}

function readyWords(state: SchedulerState, { name, leases, pinned }: Unit): string {
  const leaving = leavingUnits(state).get(name);
  const held = leases > 0 ? `, held by ${counted(leases, "lease")}` : "";
  return `it is loaded${held}${pinned ? ", and kept" : ""}${leaving === undefined ? "" : `; it is to leave, because ${becauseText(leaving)}`}`;
}

/** Who has the room that a waiting unit needs, and whether it will come. */
function waitingWords(state: SchedulerState, unit: Unit): { reason: string; remedy: string | undefined } {
  const spot = unit.placements[0];
  const i = state.resources.findIndex(({ name }) => name === spot?.device);
  const resource = state.resources[i];
  const needed = at(spot?.needs ?? [], i);
  if (resource === undefined) return { reason: "its device is not there", remedy: undefined };
  const reserved = state.units.reduce((sum, other) => sum + at(other.reserved, i), 0);
  const need = `it waits for ${amount(resource.name, needed)} on ${resource.name}, of which ${amount(resource.name, Math.max(0, resource.budget - reserved))} are free`;
  const leaving = leavingUnits(state);
  const coming = state.units.filter((other) => isComingFor(other, unit, leaving.get(other.name)));
  if (coming.length > 0) {
    const names = coming.map(({ name, leases }) => (leases > 0 ? `${name} (${counted(leases, "lease")})` : name));
    return { reason: `${need}; ${names.join(" and ")} make room for it`, remedy: "wait until they have" };
  }
  const loading = state.units.filter(isLoading).length;
  if (resource.budget - reserved >= needed && loading >= resource.maxLoading)
    return {
      reason: `${counted(loading, "load")} are under way, as many as may be at a time`,
      remedy: "wait for one of them",
    };
  const rank = Math.min(...unit.waiting.map(({ priority }) => priorityRank[priority]), priorityRank[unit.priority]);
  const holders = state.units.filter((other) => !isDown(other) && at(other.reserved, i) > 0 && other !== unit);
  const words = holders.map((other) => `${other.name} (${holding(other, rank)})`);
  return {
    reason: `${need}; the rest is held by ${words.join(", ")}`,
    remedy: "wait, ask with a higher priority, or unload one of them",
  };
}

function isComingFor(other: Unit, unit: Unit, reason: Reason | undefined): boolean {
  if (other.phase !== "draining" && !isUp(other)) return false;
  return reason?.kind === "evicted" && reason.for === unit.name;
}

function holding(other: Unit, rank: number): string {
  if (other.pinned) return "kept";
  if (other.phase === "draining") return "leaving for others";
  if (priorityRank[other.priority] < rank) return `of class ${other.priority}`;
  return other.leases > 0 ? counted(other.leases, "lease") : "promised to others";
}

function lastLeft(state: SchedulerState, unit: Unit, { entries }: JournalRecord): Left | undefined {
  for (let i = entries.length - 1; i >= 0; i--) {
    const entry = entries[i];
    const action = entry?.actions.find((other) => other.type === "unload" && other.unit === unit.name);
    if (entry === undefined || action?.type !== "unload") continue;
    const freed = state.resources
      .map(({ name }, r) => ({ name, amount: at(unit.placements[0]?.needs ?? [], r) }))
      .filter(({ name, amount: bytes }) => bytes > 0 && name !== "loaded")
      .map(({ name, amount: bytes }) => `${amount(name, bytes)} on ${name}`);
    return { at: entry.at, reason: becauseText(action.reason), freed: freed.join(" and ") };
  }
  return undefined;
}

function amount(resource: Resource["name"], bytes: number): string {
  return resource === "loaded" ? counted(bytes, "model") : `${(bytes / 1e6).toFixed(0)} MB`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
