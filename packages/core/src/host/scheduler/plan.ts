import type { Device } from "../../contract/device.ts";
import { loadsAtATime } from "../budgets.ts";
import { costAware } from "./cost-aware.ts";
import type { EvictionPolicy } from "./eviction-policy.ts";
import { expectedLoadMs } from "./expected-use.ts";
import type { Reason } from "./reason.ts";
import type { Resource } from "./resource.ts";
import { schedule } from "./scheduler.ts";
import type { Refusal } from "./scheduler-event.ts";
import { type AddedUnit, isLoading, type SchedulerState, unitOf } from "./scheduler-state.ts";
import { Simulation } from "./simulation.ts";

/** What would come of asking for models now, all of them to be held together. */
export interface Plan {
  readonly models: readonly PlannedModel[];
  /** Who would leave for them, in order. */
  readonly leaves: readonly { readonly at: number; readonly unit: string; readonly reason: Reason }[];
  /** How things would stand then. */
  readonly state: SchedulerState;
}

export interface PlannedModel {
  readonly model: string;
  /** What is loaded for it: the model, or the group that it shares a runner with. */
  readonly unit: string;
  /** Where it would be. */
  readonly device: Device | undefined;
  /** Milliseconds until it could be asked; undefined where it would be refused, or wait for leases that nobody gives back. */
  readonly waitMs: number | undefined;
  readonly refusal: Refusal | undefined;
}

export interface PlanOptions {
  readonly policy?: EvictionPolicy;
  /** Milliseconds until the memory of a unit is back. */
  readonly unloadMs?: number;
  /** Milliseconds that are looked ahead. Default: an hour. */
  readonly horizonMs?: number;
}

/**
 * A dry run by the function that runs live. Loads take what they took before, or a guess by their bytes; leases that are
 * held now are taken to be held on. @throws nothing; a model that is unknown is refused
 */
export function planOf(state: SchedulerState, models: readonly string[], options: PlanOptions = {}): Plan {
  const { policy = costAware, unloadMs = 20, horizonMs = 3_600_000 } = options;
  const outcomes = new Map<number, number | Refusal>();
  const leaves: { at: number; unit: string; reason: Reason }[] = [];
  const simulation = new Simulation(
    state,
    {
      policy,
      unloadMs,
      onSettled: (id, outcome) => void outcomes.set(id, outcome),
      onStep: ({ at, actions }) => {
        for (const action of actions)
          if (action.type === "unload") leaves.push({ at: at - state.now, unit: action.unit, reason: action.reason });
      },
    },
    firstFreeId(state),
  );
  expectWhatIsUnderWay(simulation, unloadMs);
  // Nobody gives them back: they are to be there together.
  const asked = models.map((model) => ({ model, id: simulation.ask({ model, runMs: Number.POSITIVE_INFINITY }) }));
  simulation.advance(state.now + horizonMs);
  return {
    leaves,
    state: simulation.state,
    models: asked.map(({ model, id }) => {
      const outcome = outcomes.get(id);
      const unit = unitOf(simulation.state, model);
      return {
        model,
        unit: unit?.name ?? model,
        device: unit?.placements[unit.placement ?? 0]?.device,
        waitMs: typeof outcome === "number" ? outcome : undefined,
        refusal: typeof outcome === "object" ? outcome : undefined,
      };
    }),
  };
}

/** A plan for models whose units may not be known yet, under other budgets where some are given. */
export function planWith(
  known: SchedulerState,
  units: readonly AddedUnit[],
  { models, budgets = {} }: PlanWithOptions,
): Plan {
  let state = withBudgets(known, budgets);
  for (const unit of units) state = schedule(state, { type: "unit-added", unit }, state.now).state;
  return planOf(state, models);
}

export interface PlanWithOptions {
  readonly models: readonly string[];
  /** Bytes by device. */
  readonly budgets?: Readonly<Partial<Record<Device, number>>> | undefined;
}

/**
 * The same state under other budgets.
 * @param budgets bytes by device; devices that are left out keep theirs, and one that is not there is supposed
 */
export function withBudgets(state: SchedulerState, budgets: Readonly<Partial<Record<Device, number>>>): SchedulerState {
  const given = budgets as Readonly<Record<string, number | undefined>>;
  const resources = state.resources.map((resource) => ({
    ...resource,
    budget: given[resource.name] ?? resource.budget,
  }));
  const supposed = Object.entries(given)
    .filter(([name]) => resources.every((resource) => resource.name !== name))
    .map(([name, budget = 0]): Resource => {
      const device = name as Device;
      return { name: device, budget, maxLoading: loadsAtATime(device, undefined), pressure: "none", isGone: false };
    });
  return { ...state, resources: [...resources, ...supposed] };
}

/** Loads and unloads that had begun come to their ends. */
export function expectWhatIsUnderWay(simulation: Simulation, unloadMs: number): void {
  const { now, resources, units } = simulation.state;
  for (const unit of units) {
    const end = unit.loadStartedAt + expectedLoadMs({ ...unit, resources });
    if (isLoading(unit)) simulation.schedule(Math.max(now, end), { type: "loaded", unit: unit.name });
    if (unit.phase === "draining") simulation.schedule(now + unloadMs, { type: "unloaded", unit: unit.name });
  }
}

/** A number above that of every request that waits. */
export function firstFreeId({ units }: SchedulerState): number {
  return 1 + units.reduce((most, { waiting }) => waiting.reduce((id, request) => Math.max(id, request.id), most), -1);
}
