import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Priority } from "../../zoo/zoo-status.ts";
import { reservedBytes } from "./ledger.ts";
import { nextWake, settledStep } from "./scheduler.ts";
import { brokenRules } from "./scheduler-rules.ts";
import { Run } from "./scheduler-run.ts";
import type { SchedulerEvent } from "./scheduler-state.ts";

const priority = fc.constantFrom<Priority>("critical", "high", "medium", "low");
const models = fc.array(
  fc.record({
    bytes: fc.integer({ min: 0, max: 120 }),
    priority,
    pinned: fc.boolean(),
    idleTimeout: fc.constantFrom(0, 1e-300, 20, 3000, Number.POSITIVE_INFINITY),
  }),
  { minLength: 1, maxLength: 6 },
);
const kinds = [
  ...["requested", "requested", "requested", "requested", "ended", "ended", "ended", "released", "released"],
  ...["load-failed", "crashed", "unload-asked", "pinned", "measured", "withdrawn", "time-passed"],
] as const;
const command = fc.record({
  kind: fc.constantFrom(...kinds),
  model: fc.nat(5),
  priority,
  size: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY)),
  wait: fc.constantFrom(-1, 0, 1, 30, 700, 5000, Number.POSITIVE_INFINITY),
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
    const actions = super.send(event);
    expect(brokenRules(before, event, { state: this.state, actions })).toEqual([]);
    // All the rules give the same, whichever way the step was made, and as often as it is asked for.
    expect(settledStep(before, event, this.now)).toEqual({ state: this.state, actions });
    for (const action of actions) {
      if (action.type === "grant") this.granted.push(action.model);
      if (action.type !== "grant" && action.type !== "refuse") continue;
      expect(this.settled.has(action.id), "a request is settled twice").toBe(false);
      this.settled.add(action.id);
    }
    expect(this.granted.length).toBe(Object.values(this.state.models).reduce((sum, model) => sum + model.leases, 0));
    return actions;
  }

  play({ kind, model: index, pause, priority, size, wait }: Command): void {
    const names = Object.keys(this.state.models);
    const model = names[index % names.length] as string;
    const phase = this.state.models[model]?.phase;
    if (pause === undefined) this.now += 1;
    else this.pass(pause);
    if (kind === "requested")
      this.send({ type: kind, request: { id: this.#requests++, model, priority, until: this.now + wait } });
    else if (kind === "ended" && phase === "loading") this.loaded(model);
    else if (kind === "ended" && phase === "unloading") this.send({ type: "unloaded", model });
    else if (kind === "released") this.giveBack(model);
    else if (kind === "measured") this.send({ type: kind, model, bytes: size });
    else if (kind === "withdrawn") this.send({ type: kind, id: index });
    else if (kind !== "ended" && kind !== "time-passed") this.send({ type: kind, model });
  }

  giveBack(model: string): void {
    if (!this.granted.includes(model)) return;
    this.granted.splice(this.granted.indexOf(model), 1);
    this.released(model);
  }

  /** Ends all that is under way, gives every lease back, and lets time pass until nothing happens by itself. */
  drain(): void {
    for (let round = 0; round < 1000; round++) {
      const models = Object.values(this.state.models);
      const loading = models.find((model) => model.phase === "loading");
      const unloading = models.find((model) => model.phase === "unloading");
      const wake = nextWake(this.state);
      if (loading !== undefined) this.loaded(loading.name);
      else if (unloading !== undefined) this.send({ type: "unloaded", model: unloading.name });
      else if (this.granted[0] !== undefined) this.giveBack(this.granted[0]);
      else if (Number.isFinite(wake)) this.pass(wake - this.now);
      else return;
    }
    expect.unreachable("draining never ends");
  }
}

function traffic(
  added: readonly { bytes: number; priority: Priority; pinned: boolean; idleTimeout: number }[],
): Traffic {
  const run = new Traffic(100);
  for (const [i, options] of added.entries()) run.add(`m${i}`, options.bytes, options);
  return run;
}

describe("for any traffic", () => {
  test("no step breaks a rule, and once all is given back every request has been granted or refused", () => {
    fc.assert(
      fc.property(models, fc.array(command, { maxLength: 80 }), (added, commands) => {
        const run = traffic(added);
        for (const next of commands) run.play(next);
        run.drain();
        expect(run.state.waiting.filter((request) => Number.isFinite(request.until))).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  test("once closed and drained, every byte is back and nobody waits", () => {
    fc.assert(
      fc.property(models, fc.array(command, { maxLength: 40 }), (added, commands) => {
        const run = traffic(added);
        for (const next of commands) run.play(next);
        run.send({ type: "closed" });
        for (const next of commands) run.play(next);
        run.drain();
        expect(reservedBytes(run.state, "cpu")).toBe(0);
        expect(run.state.waiting).toEqual([]);
        expect(nextWake(run.state)).toBe(Number.POSITIVE_INFINITY);
      }),
      { numRuns: 200 },
    );
  });
});
