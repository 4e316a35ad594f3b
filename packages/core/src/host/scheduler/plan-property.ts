import * as fc from "fast-check";
import { expect } from "vitest";
import { expectedLoadMs } from "./expected-use.ts";
import { Journal } from "./journal.ts";
import { planOf } from "./plan.ts";
import { schedule } from "./scheduler.ts";
import { emptySchedulerState, type SchedulerState } from "./scheduler-state.ts";
import { type Arrival, Simulation } from "./simulation.ts";

const sizes = [50, 30, 70, 20] as const;

/** Four units under 100 bytes. Loads take what the scheduler guesses, so that plans can be held to it. */
export function zoo(budget = 100): SchedulerState {
  let state = emptySchedulerState({ budgets: { cpu: budget }, maxLoading: () => 2 });
  for (const [i, bytes] of sizes.entries()) {
    const placements = [{ device: "cpu", bytes: { cpu: bytes } } as const];
    const unit = { name: `m${i}`, placements, priority: "medium", pinned: false, keepAlive: 60_000 } as const;
    state = schedule(state, { type: "unit-added", unit }, 0).state;
  }
  return state;
}

export function recorded(
  start: SchedulerState,
  arrivals: readonly Arrival[],
): { simulation: Simulation; journal: Journal } {
  const journal = new Journal();
  let before = start;
  const simulation: Simulation = new Simulation(start, {
    loadMs: (unit) => loadMsOf(start, unit),
    onStep: (entry) => {
      journal.add(before, entry);
      before = simulation.state;
    },
  });
  simulation.run(arrivals, arrivals.at(-1)?.at ?? 0);
  return { simulation, journal };
}

function loadMsOf(state: SchedulerState, name: string): number {
  const unit = state.units.find((other) => other.name === name);
  return unit === undefined ? 0 : expectedLoadMs({ ...unit, loadMs: undefined, resources: state.resources });
}

export const traffic: fc.Arbitrary<readonly Arrival[]> = fc
  .array(
    fc.record({ gap: fc.constantFrom(0, 1, 40, 300, 5000), index: fc.nat(3), runMs: fc.constantFrom(0, 30, 900) }),
    {
      minLength: 1,
      maxLength: 25,
    },
  )
  .map((steps) => {
    let at = 0;
    return steps.map(({ gap, index, runMs }): Arrival => {
      at += gap;
      return { at, model: `m${index}`, runMs };
    });
  });

/** A plan is what then happens. */
export const planHolds: fc.IPropertyWithHooks<[readonly Arrival[], string[]]> = fc.property(
  traffic,
  fc.subarray(["m0", "m1", "m2", "m3"], { minLength: 1 }),
  (arrivals, wanted) => {
    const { simulation } = recorded(zoo(), arrivals);
    // Whoever works now ends first: how long leases are held nobody can plan.
    simulation.advance(simulation.now + 20_000);
    const start = simulation.state;
    const plan = planOf(start, wanted);
    const waits = new Map<number, number>();
    const leaves: string[] = [];
    const live = new Simulation(
      start,
      {
        loadMs: (unit) => loadMsOf(start, unit),
        onSettled: (id, outcome) => void (typeof outcome === "number" && waits.set(id, outcome)),
        onStep: ({ actions }) => {
          for (const action of actions) if (action.type === "unload") leaves.push(action.unit);
        },
      },
      1000,
    );
    const ids = wanted.map((model) => live.ask({ model, runMs: Number.POSITIVE_INFINITY }));
    live.advance(start.now + 3_600_000);
    const rounded = (ms: number | undefined): number => Math.round((ms ?? -1) * 1000);
    expect(plan.models.map(({ waitMs }) => rounded(waitMs))).toEqual(ids.map((id) => rounded(waits.get(id))));
    expect(plan.leaves.map(({ unit }) => unit)).toEqual(leaves);
  },
);
