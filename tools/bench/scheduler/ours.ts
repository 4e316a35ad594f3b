import type { Device } from "@menagerie/core";
import type { EvictionPolicy } from "@menagerie/core/host";
import { emptySchedulerState, type JournalEntry, Simulation, schedule } from "@menagerie/core/scheduler";
import { type Outcome, waitsOf } from "./outcome.ts";
import type { Trace } from "./traces.ts";

export interface Observers {
  /** Bytes by device, where a model may go to each of them; default: the trace's budget on one. */
  readonly devices?: Readonly<Partial<Record<Device, number>>>;
  onStep?(entry: JournalEntry, simulation: Simulation): void;
}

/** The scheduler itself, with one of its policies. */
export function simulated(trace: Trace, policy: EvictionPolicy, observers: Observers = {}): Outcome {
  const times = new Map(trace.models.map(({ name, loadMs }) => [name, loadMs]));
  const sizes = new Map(trace.models.map(({ name, bytes }) => [name, bytes]));
  const budgets = observers.devices ?? { cpu: trace.budget };
  let state = emptySchedulerState({ budgets, maxLoading: () => 3 });
  for (const { name, bytes } of trace.models) {
    const unit = {
      name,
      placements: (Object.keys(budgets) as Device[]).map((device) => ({ device, bytes: { [device]: bytes } })),
      priority: "medium",
      pinned: false,
      keepAlive: Number.POSITIVE_INFINITY,
    } as const;
    state = schedule(state, { type: "unit-added", unit }, 0).state;
  }
  const waits: number[] = [];
  let [refused, loads, bytes, loadMs] = [0, 0, 0, 0];
  const simulation: Simulation = new Simulation(state, {
    policy,
    loadMs: (unit) => times.get(unit) ?? 0,
    onSettled: (_, outcome) => {
      if (typeof outcome === "number") waits.push(outcome);
      else refused += 1;
    },
    onStep: (entry) => {
      for (const action of entry.actions) {
        if (action.type !== "load") continue;
        loads += 1;
        bytes += sizes.get(action.unit) ?? 0;
        loadMs += times.get(action.unit) ?? 0;
      }
      observers.onStep?.(entry, simulation);
    },
  });
  simulation.run(arrivals(trace));
  return { requests: waits.length + refused, refused, loads, bytes, loadMs, ...waitsOf(waits) };
}

function* arrivals({ models, arrivals: all }: Trace) {
  for (const { at, model, runMs } of all()) yield { at, model: models[model]?.name ?? "", runMs };
}
