import { expect, test } from "vitest";
import type { Runner, RunnerMemory } from "../../runner/runner.ts";
import type { MeasuredMemory, ResidentUnit } from "../manager/resident.ts";
import type { DeviceUsage } from "./device-memory.ts";
import { HandClock } from "./fixtures/hand-clock.ts";
import { MemoryWatch } from "./memory-watch.ts";

const mb = 1e6;

/** A model that has been loaded, and a watch that watches it. */
function watching({ device = "cpu", usage }: { device?: "cpu" | "cuda:0"; usage?: () => DeviceUsage } = {}) {
  const clock = new HandClock();
  const told: MeasuredMemory[] = [];
  const said = { bytes: 100 * mb, peakBytes: 100 * mb, readings: 0 };
  const runner = {
    pid: 7,
    memory: async (): Promise<RunnerMemory> => {
      said.readings += 1;
      const { bytes, peakBytes } = said;
      said.peakBytes = bytes;
      return { bytes, peakBytes: Math.max(bytes, peakBytes), by: "pss", peakBy: "kernel" };
    },
  } as unknown as Runner;
  const calls = { running: 0 };
  const resident = { device, members: [{ calls }], memory: undefined } as unknown as ResidentUnit;
  const watch = new MemoryWatch({
    clock,
    devices: { usage: async () => usage?.() },
    tell: (_, memory) => void told.push(memory),
  });
  watch.watch(resident, runner);
  return { clock, told, said, calls, resident, watch };
}

test("a model is measured after runs, at most once a second, and the last of a row of runs is not missed", async () => {
  const { clock, said, watch, resident } = watching();
  await clock.pass(1500);
  watch.asked(resident);
  await clock.pass(1);
  expect(said.readings).toBe(1);
  for (let i = 0; i < 50; i++) watch.asked(resident);
  said.peakBytes = 300 * mb;
  await clock.pass(998);
  expect(said.readings).toBe(1);
  await clock.pass(2);
  expect(said.readings).toBe(2);
  expect(resident.memory?.peakBytes).toBe(300 * mb);
});

test("a model that is left alone is measured now and then, one at work each second, one that is gone never", async () => {
  const { clock, said, calls, watch, resident } = watching();
  await clock.pass(60_000);
  expect(said.readings).toBe(6);
  calls.running = 1;
  await clock.pass(20_000);
  expect(said.readings).toBeGreaterThanOrEqual(6 + 10);
  const { readings } = said;
  watch.forget(resident);
  await clock.pass(60_000);
  expect(said.readings).toBe(readings);
});

test("what was a large run once counts for some minutes, and not for ever", async () => {
  const { clock, told, said } = watching();
  said.peakBytes = 900 * mb;
  await clock.pass(20_000);
  expect(told.at(-1)).toMatchObject({ bytes: 100 * mb, peakBytes: 900 * mb });
  await clock.pass(280_000);
  expect(told).toHaveLength(1);
  await clock.pass(400_000);
  expect(told.at(-1)).toMatchObject({ bytes: 100 * mb, peakBytes: 100 * mb });
  expect(told).toHaveLength(2);
});

test("a measurement that is nearly the same is not told again", async () => {
  const { clock, told, said } = watching();
  await clock.pass(10_000);
  said.bytes = 100.5 * mb;
  await clock.pass(20_000);
  expect(told).toHaveLength(1);
  said.bytes = 103 * mb;
  await clock.pass(10_000);
  expect(told.map(({ bytes }) => bytes)).toEqual([100 * mb, 103 * mb]);
});

test("what a process holds of an accelerator is read from the driver, and kept where it does not answer", async () => {
  let usage: () => DeviceUsage = () => ({ devices: ["cuda:0"], processes: new Map([[7, { "cuda:0": 600 * mb }]]) });
  const { clock, told, resident } = watching({ device: "cuda:0", usage: () => usage() });
  await clock.pass(10_000);
  expect(told.at(-1)).toMatchObject({ bytes: 100 * mb, deviceBytes: 600 * mb });
  usage = () => {
    throw new Error("the driver is away");
  };
  await clock.pass(30_000);
  expect(resident.memory?.deviceBytes).toBe(600 * mb);
});

test("a measurement is told though it is the same as before, where something else was told of meanwhile", async () => {
  const { clock, told, watch, resident } = watching();
  await clock.pass(10_000);
  watch.tellAnew(resident);
  await clock.pass(10_000);
  expect(told.map(({ bytes }) => bytes)).toEqual([100 * mb, 100 * mb]);
});
