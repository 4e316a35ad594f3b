import { describe, expect, test } from "vitest";
import { logTo } from "../../contract/log.ts";
import type { Runner } from "../../runner/runner.ts";
import { coldUnit } from "../manager/resident.ts";
import { schedule } from "../scheduler/scheduler.ts";
import type { SchedulerEvent } from "../scheduler/scheduler-event.ts";
import { type AddedUnit, emptySchedulerState, type SchedulerState } from "../scheduler/scheduler-state.ts";
import { greedyZoo } from "./fixtures/greedy-zoo.ts";
import { HandClock } from "./fixtures/hand-clock.ts";
import { capOf, RunnerCaps } from "./runner-caps.ts";

test("a cap is the reservation with half as much, or 256 MB, and never more than the budget", () => {
  expect(capOf(100e6, 8e9)).toBe(356e6);
  expect(capOf(2e9, 8e9)).toBe(3e9);
  expect(capOf(6e9, 8e9)).toBe(8e9);
});

/** Models of 1 GB that are loaded, of these classes, in a budget of 4 GB. */
function loaded(models: Readonly<Record<string, Pick<AddedUnit, "priority" | "pinned">>>): SchedulerState {
  let state = emptySchedulerState({ budgets: { cpu: 4e9 } });
  const placements = [{ device: "cpu", bytes: { cpu: 1e9 } }] as const;
  const after = (event: SchedulerEvent): unknown => {
    state = schedule(state, event, 0).state;
    return state;
  };
  for (const [id, [name, kept]] of Object.entries(models).entries()) {
    after({ type: "unit-added", unit: { name, placements, keepAlive: 1e6, ...kept } });
    after({ type: "requested", request: { id, model: name, priority: "medium", until: 1e6 } });
    after({ type: "loaded", unit: name });
    after({ type: "released", unit: name });
  }
  return state;
}

/** Caps of those models, and what the scheduler is told. */
function capsOf(state: SchedulerState): { readonly caps: RunnerCaps; readonly told: SchedulerEvent[] } {
  const told: SchedulerEvent[] = [];
  const scheduler = {
    state,
    dispatch(event: SchedulerEvent): void {
      told.push(event);
      scheduler.state = schedule(scheduler.state, event, 0).state;
    },
  };
  return { told, caps: new RunnerCaps({ clock: new HandClock(), log: logTo(() => {}), scheduler, emit: () => {} }) };
}

const unit = coldUnit({ name: "a", group: undefined, device: "cpu", isReplica: false });

test("a cap that could not be raised is raised when it is asked for next", async () => {
  const { caps } = capsOf(loaded({ a: { priority: "medium", pinned: true } }));
  const asked: number[] = [];
  const limitMemory = async (bytes: number): Promise<boolean> => asked.push(bytes) > 1;
  const runner = { limitMemory } as unknown as Runner;
  caps.loaded(runner, 300e6);
  expect(await caps.raise(unit, runner)).toBe(false);
  expect(await caps.raise(unit, runner)).toBe(true);
  expect(await caps.raise(unit, runner)).toBe(false);
  expect(asked).toEqual([1.5e9, 1.5e9]);
});

test("what a model is taken to need makes nobody leave who is kept or of a more urgent class", async () => {
  const low = { priority: "low", pinned: false } as const;
  for (const others of [
    { priority: "medium", pinned: false },
    { ...low, pinned: true },
  ] as const) {
    const { caps, told } = capsOf(loaded({ a: low, b: others, c: others, d: others }));
    expect(await caps.outgrown(unit, 1.5e9)).toBe(false);
    expect(told).toEqual([]);
  }
  const { caps, told } = capsOf(loaded({ a: low, b: { ...low, pinned: true } }));
  expect(await caps.outgrown(unit, 1.5e9)).toBe(true);
  expect(told).toMatchObject([{ type: "measured", peak: { cpu: 2.25e9 } }]);
});

describe.runIf(process.platform === "linux")("a model that declares too little", () => {
  test("is reported when a run meets its cap, and the run is answered once more memory is set aside", async () => {
    await using opened = await greedyZoo(0, 2000);
    const { zoo, outgrown } = opened;
    expect((await zoo.run("a", "score-image", { image: new Uint8Array([1]) })).output).toMatchObject({ score: 1 });
    expect(outgrown()).toBe(0);
    expect((await zoo.run("a", "score-image", { image: new Uint8Array([40]) })).output).toMatchObject({ score: 40 });
    expect(outgrown()).toBe(1);
    expect(zoo.status().models[0]).toMatchObject({ state: "ready", loads: 1 });
  });
});
