import { describe, expect, test } from "vitest";
import { logTo } from "../../contract/log.ts";
import type { Runner } from "../../runner/runner.ts";
import { coldUnit } from "../manager/resident.ts";
import { schedule } from "../scheduler/scheduler.ts";
import type { SchedulerEvent } from "../scheduler/scheduler-event.ts";
import { emptySchedulerState } from "../scheduler/scheduler-state.ts";
import { greedyZoo } from "./fixtures/greedy-zoo.ts";
import { HandClock } from "./fixtures/hand-clock.ts";
import { capOf, RunnerCaps } from "./runner-caps.ts";

test("a cap is the reservation with half as much, or 256 MB, and never more than the budget", () => {
  expect(capOf(100e6, 8e9)).toBe(356e6);
  expect(capOf(2e9, 8e9)).toBe(3e9);
  expect(capOf(6e9, 8e9)).toBe(8e9);
});

test("a cap that could not be raised is raised when it is asked for next", async () => {
  let state = emptySchedulerState({ budgets: { cpu: 8e9 } });
  const placements = [{ device: "cpu", bytes: { cpu: 1e9 } }] as const;
  const unit = { name: "a", placements, priority: "medium", pinned: true, keepAlive: 1e6 } as const;
  const events: SchedulerEvent[] = [
    { type: "unit-added", unit },
    { type: "requested", request: { id: 1, model: "a", priority: "medium", until: 1e6 } },
  ];
  for (const event of events) state = schedule(state, event, 0).state;
  const caps = new RunnerCaps({
    clock: new HandClock(),
    log: logTo(() => {}),
    scheduler: { state, dispatch: () => {} },
    emit: () => {},
  });
  const asked: number[] = [];
  const limitMemory = async (bytes: number): Promise<boolean> => asked.push(bytes) > 1;
  const runner = { limitMemory } as unknown as Runner;
  const grown = coldUnit({ name: "a", group: undefined, device: "cpu", isReplica: false });
  caps.loaded(runner, 300e6);
  expect(await caps.raise(grown, runner)).toBe(false);
  expect(await caps.raise(grown, runner)).toBe(true);
  expect(await caps.raise(grown, runner)).toBe(false);
  expect(asked).toEqual([1.5e9, 1.5e9]);
});

describe.runIf(process.platform === "linux")("a model that declares too little", () => {
  test("is told of when a run meets its cap, and the run is answered once more is set aside", async () => {
    await using opened = await greedyZoo(0, 2000);
    const { zoo, outgrown } = opened;
    expect((await zoo.run("a", "score-image", { image: new Uint8Array([1]) })).output).toMatchObject({ score: 1 });
    expect(outgrown()).toBe(0);
    expect((await zoo.run("a", "score-image", { image: new Uint8Array([40]) })).output).toMatchObject({ score: 40 });
    expect(outgrown()).toBe(1);
    expect(zoo.status().models[0]).toMatchObject({ state: "ready", loads: 1 });
  });
});
