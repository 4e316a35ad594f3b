import { at } from "./amounts.ts";
import type { JournalEntry } from "./journal.ts";
import { expectWhatIsUnderWay, firstFreeId, type PlanOptions } from "./plan.ts";
import { bytesOf, waitQuantiles } from "./replay.ts";
import type { Resource } from "./resource.ts";
import { isDown, isLoading, type SchedulerState, unitOf } from "./scheduler-state.ts";
import { type Arrival, Simulation } from "./simulation.ts";

/** What would come of a stretch of traffic. Times are milliseconds from its first request. */
export interface Forecast {
  readonly ms: number;
  readonly models: readonly ForecastModel[];
  readonly devices: readonly ForecastDevice[];
  readonly total: ForecastTally;
}

export interface ForecastTally {
  readonly requests: number;
  readonly refused: number;
  readonly loads: number;
  /** Bytes that are loaded, over all devices. */
  readonly bytes: number;
  /** Milliseconds until a request runs: of half of them, of all but a hundredth, of the slowest. */
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

export interface ForecastModel extends ForecastTally {
  readonly model: string;
  /** When its unit is up: from the beginning of a load until the memory is back. */
  readonly stays: readonly Stay[];
}

export interface Stay {
  readonly from: number;
  /** When it becomes ready; undefined where it never does. */
  readonly ready: number | undefined;
  readonly until: number;
}

export interface ForecastDevice {
  readonly device: Resource["name"];
  readonly budget: number;
  /** What is reserved from a time on, at each change. */
  readonly reserved: readonly { readonly at: number; readonly amount: number }[];
}

export interface ForecastOptions extends Pick<PlanOptions, "policy" | "unloadMs"> {
  /** What is to be kept, the most important first. */
  readonly goal?: readonly string[];
  /** Calls that a unit's runner takes at a time. Default: 1. */
  concurrency?(unit: string): number;
}

/**
 * Plays traffic by the function that runs live, from how things stand. Loads take what they took before, or a guess by
 * their bytes.
 * @param arrivals requests in order of time; the first comes now
 */
export function forecastOf(
  state: SchedulerState,
  arrivals: readonly Arrival[],
  options: ForecastOptions = {},
): Forecast {
  const { unloadMs = 20 } = options;
  const watch = new Watch(state);
  const asked = new Map<number, string>();
  const simulation: Simulation = new Simulation(
    state,
    {
      ...options,
      unloadMs,
      onSettled: (id, outcome) => watch.settled(asked.get(id) ?? "", typeof outcome === "number" ? outcome : undefined),
      onStep: (entry) => {
        if (entry.event.type === "requested") asked.set(entry.event.request.id, entry.event.request.model);
        watch.step(entry, simulation.state);
      },
    },
    firstFreeId(state),
  );
  expectWhatIsUnderWay(simulation, unloadMs);
  if (options.goal !== undefined) simulation.schedule(state.now, { type: "goal", keep: options.goal });
  const shift = state.now - (arrivals[0]?.at ?? 0);
  const last = state.now + (arrivals.at(-1)?.at ?? 0) - (arrivals[0]?.at ?? 0);
  simulation.run(shifted(arrivals, shift), last);
  // Whoever still waits is served; what idles afterwards is of no interest.
  for (let i = 0; i < 10_000 && watch.open > 0 && Number.isFinite(simulation.next); i++)
    simulation.advance(simulation.next);
  return watch.forecast(simulation.state);
}

function* shifted(arrivals: readonly Arrival[], shift: number): Iterable<Arrival> {
  for (const arrival of arrivals) yield { ...arrival, at: arrival.at + shift };
}

/** Looks at every step, and adds up. */
class Watch {
  readonly #start: SchedulerState;
  readonly #waits = new Map<string, number[]>();
  readonly #refused = new Map<string, number>();
  readonly #loads = new Map<string, { loads: number; bytes: number }>();
  readonly #stays = new Map<string, { from: number; ready: number | undefined; until: number | undefined }[]>();
  readonly #reserved: { at: number; amount: number }[][];
  #asked = 0;
  #settled = 0;

  constructor(start: SchedulerState) {
    this.#start = start;
    this.#reserved = start.resources.map(() => []);
    this.#note(start);
  }

  /** Requests that are neither running nor refused. */
  get open(): number {
    return this.#asked - this.#settled;
  }

  settled(model: string, wait: number | undefined): void {
    this.#settled += 1;
    if (wait === undefined) this.#refused.set(model, (this.#refused.get(model) ?? 0) + 1);
    else this.#waitsOf(model).push(wait);
  }

  step({ event, actions }: JournalEntry, state: SchedulerState): void {
    if (event.type === "requested") this.#asked += 1;
    let isChanged = event.type === "loaded" || event.type === "unloaded" || event.type === "load-failed";
    for (const action of actions) {
      if (action.type !== "load" && action.type !== "unload") continue;
      isChanged = true;
      if (action.type === "unload") continue;
      const { loads, bytes } = this.#loads.get(action.unit) ?? { loads: 0, bytes: 0 };
      this.#loads.set(action.unit, { loads: loads + 1, bytes: bytes + bytesOf(state, action.unit) });
    }
    if (isChanged) this.#note(state);
  }

  forecast(state: SchedulerState): Forecast {
    const ms = state.now - this.#start.now;
    const names = [...new Set([...this.#waits.keys(), ...this.#refused.keys(), ...this.#stays.keys()])];
    const models = names.map((model): ForecastModel => {
      const unit = unitOf(state, model)?.name ?? model;
      const stays = this.#stays.get(unit) ?? [];
      return {
        model,
        stays: stays.map((stay) => ({ ...stay, until: stay.until ?? ms })),
        ...this.#tally([model], [unit]),
      };
    });
    const devices = this.#start.resources.map(({ name, budget }, i) => ({
      device: name,
      budget,
      reserved: this.#reserved[i] ?? [],
    }));
    return { ms, models, devices, total: this.#tally(names, [...this.#loads.keys()]) };
  }

  #tally(models: readonly string[], units: readonly string[]): ForecastTally {
    const waits = models.flatMap((model) => this.#waits.get(model) ?? []);
    const refused = models.reduce((sum, model) => sum + (this.#refused.get(model) ?? 0), 0);
    const loads = units.flatMap((unit) => this.#loads.get(unit) ?? []);
    return {
      requests: waits.length + refused,
      refused,
      loads: loads.reduce((sum, each) => sum + each.loads, 0),
      bytes: loads.reduce((sum, each) => sum + each.bytes, 0),
      ...waitQuantiles(waits),
      worst: waits.reduce((most, wait) => Math.max(most, wait), 0),
    };
  }

  #waitsOf(model: string): number[] {
    const known = this.#waits.get(model) ?? [];
    this.#waits.set(model, known);
    return known;
  }

  #note(state: SchedulerState): void {
    const now = state.now - this.#start.now;
    for (const unit of state.units) {
      const stays = this.#stays.get(unit.name) ?? [];
      const last = stays.at(-1);
      const open = last?.until === undefined ? last : undefined;
      if (isDown(unit)) {
        if (open !== undefined) open.until = now;
        continue;
      }
      if (open === undefined) {
        stays.push({ from: now, ready: isLoading(unit) ? undefined : now, until: undefined });
        this.#stays.set(unit.name, stays);
      } else if (unit.phase === "ready") open.ready ??= now;
    }
    for (const [i, changes] of this.#reserved.entries()) {
      const amount = state.units.reduce((sum, { reserved }) => sum + at(reserved, i), 0);
      if (changes.at(-1)?.amount !== amount) changes.push({ at: now, amount });
    }
  }
}
