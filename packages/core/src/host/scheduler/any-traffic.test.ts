import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Priority } from "../../zoo/zoo-status.ts";
import { costAware } from "./cost-aware.ts";
import type { EvictionPolicy } from "./eviction-policy.ts";
import { leastRecentlyUsed } from "./least-recently-used.ts";
import { reservedOf } from "./ledger.ts";
import { leavingUnits, nextWake, schedule, settledStep } from "./scheduler.ts";
import type { SchedulerEvent } from "./scheduler-event.ts";
import { brokenRules } from "./scheduler-rules.ts";
import { Run } from "./scheduler-run.ts";
import { type AddedUnit, isLoading, type ResourceOptions, unitOf } from "./scheduler-state.ts";

const priority = fc.constantFrom<Priority>("critical", "high", "medium", "low");
const figure = fc.oneof(fc.integer({ min: 0, max: 120 }), fc.constantFrom(0, 50));
const placements = fc.oneof(
  { weight: 3, arbitrary: figure.map((cpu) => [{ device: "cpu", bytes: { cpu } } as const]) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(figure, figure)
      .map(([gpu, cpu]) => [{ device: "cuda:0", bytes: { "cuda:0": gpu, cpu } } as const]),
  },
  {
    weight: 1,
    arbitrary: figure.map((bytes) => [
      { device: "cuda:0", bytes: { "cuda:0": bytes } } as const,
      { device: "cuda:1", bytes: { "cuda:1": bytes } } as const,
    ]),
  },
);
const units = fc.array(
  fc.record({
    placements,
    priority,
    required: fc.boolean(),
    pinned: fc.boolean(),
    keepAlive: fc.constantFrom(0, 1e-300, 20, 3000, Number.POSITIVE_INFINITY),
    isGroup: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);
const world = fc.record({
  budgets: fc.constant({ cpu: 100, "cuda:0": 100, "cuda:1": 60 } as const),
  maxLoaded: fc.constantFrom(undefined, undefined, 2, 3),
  maxLoading: fc.constantFrom(
    () => Number.POSITIVE_INFINITY,
    () => 1,
  ),
});
const kinds = [
  ...["requested", "requested", "requested", "requested", "requested", "ended", "ended", "ended", "ended"],
  ...["released", "released", "released", "load-failed", "crashed", "unload-asked", "unload-withdrawn", "pinned"],
  ...["measured", "withdrawn", "time-passed", "deadline", "keep-alive", "goal", "pressure", "preparing", "mended"],
  ...["final", "device-gone", "unit-removed", "unit-removed", "unit-added", "kept", "kept", "offered", "offered"],
] as const;
const command = fc.record({
  kind: fc.constantFrom(...kinds),
  model: fc.nat(5),
  priority,
  size: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY)),
  wait: fc.constantFrom(-1, 0, 1, 30, 700, 5000, Number.POSITIVE_INFINITY),
  level: fc.constantFrom("none", "none", "soft", "hard"),
  /** None at all is no event either: time has passed since the last, and nobody was told. */
  pause: fc.constantFrom(undefined, undefined, 0, 0, 1, 10, 600, 12_000),
});
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

/** Sends events that can happen, and holds every step to the rules. */
class Traffic extends Run {
  readonly granted: string[] = [];
  readonly settled = new Set<number>();
  #requests = 0;

  override send(event: SchedulerEvent): ReturnType<Run["send"]> {
    const before = this.state;
    const known = this.log.length;
    const seen = super.send(event);
    const actions = this.log.slice(known);
    const { policy } = this;
    const rulings = {
      schedule: (...[state, next, now]: Parameters<typeof schedule>) => schedule(state, next, now, policy),
      leaving: (state: typeof before) => leavingUnits(state, policy),
    };
    expect(brokenRules(before, event, { state: this.state, actions }, rulings)).toEqual([]);
    // All the rules give the same, whichever way the step was made, and as often as it is asked for.
    expect(settledStep(before, event, this.now, policy)).toEqual({ state: this.state, actions });
    for (const action of actions) {
      if (action.type === "grant") this.granted.push(action.unit);
      if (action.type !== "grant" && action.type !== "refuse") continue;
      expect(this.settled.has(action.id), "a request is settled twice").toBe(false);
      this.settled.add(action.id);
    }
    expect(this.granted.length).toBe(this.state.units.reduce((sum, unit) => sum + unit.leases, 0));
    return seen;
  }

  play({ kind, model: index, pause, priority, size, wait, level }: Command): void {
    const { units } = this.state;
    const { name, models } = units[index % Math.max(1, units.length)] ?? { name: "m0", models: ["m0"] };
    // Of a group, any of its models stands for it.
    const unit = models[level.length % models.length] ?? name;
    if (pause === undefined) this.now += 1;
    else this.pass(pause);
    if (kind === "requested") {
      const keepAlive = index === 0 ? 40 : undefined;
      const request = { id: this.#requests++, model: unit, priority, until: this.now + wait, keepAlive };
      this.send({ type: kind, request });
    } else if (kind === "ended") this.#end(unit);
    else if (kind === "released") this.giveBack(unit);
    else if (kind === "measured") {
      const peak = index > 3 ? { peak: { cpu: size / 2 } } : {};
      this.send({ type: kind, unit, resident: { cpu: size }, ...peak });
    } else if (kind === "withdrawn") this.send({ type: kind, id: this.#requests - 1 - index });
    else if (kind === "deadline") this.send({ type: kind, id: this.#requests - 1 - index, until: this.now + wait });
    else if (kind === "keep-alive") this.send({ type: kind, unit, ms: size });
    else if (kind === "goal") this.send({ type: kind, keep: units.slice(0, index).map(({ name }) => name) });
    else if (kind === "kept") {
      const pinned = ([true, false, undefined] as const)[index % 3];
      this.send({ type: kind, unit, priority, required: index > 3, pinned });
    } else if (kind === "unit-added") this.add(`m${index}`, 40, { priority, pinned: index > 3 });
    else if (kind === "pressure") this.send({ type: kind, device: "cpu", level });
    else if (kind === "final") this.send({ type: "load-failed", unit, isFinal: true });
    else if (kind === "device-gone") {
      // Rarely, or nothing would ever be loaded there.
      if (index === 5 && priority === "low") this.send({ type: kind, device: "cuda:0" });
    } else if (kind !== "time-passed") this.send({ type: kind, unit });
  }

  #end(name: string): void {
    const unit = unitOf(this.state, name);
    if (unit !== undefined && isLoading(unit)) this.loaded(name);
    else if (unit?.phase === "draining") this.send({ type: "unloaded", unit: name });
  }

  giveBack(model: string): void {
    const unit = unitOf(this.state, model)?.name ?? model;
    if (!this.granted.includes(unit)) return;
    this.granted.splice(this.granted.indexOf(unit), 1);
    this.released(model);
  }

  /** Ends all that is under way, gives every lease back, and lets time pass until nothing happens by itself. */
  drain(): void {
    for (let round = 0; round < 1000; round++) {
      const busy = this.state.units.find((unit) => isLoading(unit) || unit.phase === "draining");
      const wake = nextWake(this.state);
      if (busy !== undefined) this.#end(busy.name);
      else if (this.granted[0] !== undefined) this.giveBack(this.granted[0]);
      else if (Number.isFinite(wake)) this.pass(wake - this.now);
      else return;
    }
    expect.unreachable("draining never ends");
  }
}

const policies: Readonly<Record<string, EvictionPolicy>> = {
  costAware,
  leastRecentlyUsed,
  /** Gives up all that it may, in an odd order. */
  greedy: (_, candidates) => [...candidates].reverse(),
  stubborn: () => undefined,
};

type Added = Omit<AddedUnit, "name"> & { readonly isGroup: boolean };

function traffic(policy: string, options: ResourceOptions, added: readonly Added[]): Traffic {
  const run = new Traffic(options, policies[policy]);
  for (const [i, { isGroup, ...unit }] of added.entries())
    run.add(isGroup ? `group${i}` : `m${i}`, 0, isGroup ? { ...unit, models: [`m${i}`, `n${i}`] } : unit);
  return run;
}

describe("for any traffic", () => {
  test.each(["costAware", "leastRecentlyUsed", "greedy"])(
    "no step breaks a rule by the policy %s, and once all is given back every request has been granted or refused",
    (policy) => {
      fc.assert(
        fc.property(world, units, fc.array(command, { maxLength: 80 }), (options, added, commands) => {
          const run = traffic(policy, options, added);
          for (const next of commands) run.play(next);
          run.drain();
          const waiting = run.state.units.flatMap((unit) => unit.waiting);
          expect(waiting.filter((request) => Number.isFinite(request.until))).toEqual([]);
        }),
        { numRuns: 150 },
      );
    },
  );

  test("once closed and drained, every byte is back and nobody waits", () => {
    fc.assert(
      fc.property(world, units, fc.array(command, { maxLength: 40 }), (options, added, commands) => {
        const run = traffic("costAware", options, added);
        for (const next of commands) run.play(next);
        run.send({ type: "closed" });
        for (const next of commands) run.play(next);
        run.drain();
        expect(reservedOf(run.state, "cpu")).toBe(0);
        expect(run.state.units.flatMap((unit) => unit.waiting)).toEqual([]);
        expect(nextWake(run.state)).toBe(Number.POSITIVE_INFINITY);
      }),
      { numRuns: 150 },
    );
  });
});
