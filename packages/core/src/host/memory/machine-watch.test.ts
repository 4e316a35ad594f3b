import { expect, test } from "vitest";
import { logTo } from "../../contract/log.ts";
import type { Pressure } from "../scheduler/resource.ts";
import type { DeviceUsage } from "./device-memory.ts";
import { HandClock } from "./fixtures/hand-clock.ts";
import { MachineWatch } from "./machine-watch.ts";

function watching() {
  const clock = new HandClock();
  const said: { level: () => Pressure; usage: () => DeviceUsage | undefined } = {
    level: () => "none",
    usage: () => ({ devices: ["cuda:0", "cuda:1"], processes: new Map() }),
  };
  const heard: string[] = [];
  const warned: string[] = [];
  const watch = new MachineWatch({
    clock,
    log: logTo((level, message) => void warned.push(`${level} ${message}`)),
    pressure: { read: () => ({ cpu: said.level() }) },
    deviceMemory: { usage: async () => said.usage() },
    devices: ["cpu", "cuda:0", "cuda:1"],
    onPressure: (device, level) => void heard.push(`${device} ${level}`),
    onGone: (device) => void heard.push(`${device} gone`),
  });
  watch.start();
  return { clock, said, heard, warned, watch };
}

test("each change of pressure is told once, and nothing after the end", async () => {
  const { clock, said, heard, watch } = watching();
  await clock.pass(3000);
  said.level = () => "hard";
  await clock.pass(3000);
  said.level = () => "none";
  await clock.pass(3000);
  expect(heard).toEqual(["cpu hard", "cpu none"]);
  said.level = () => "soft";
  watch[Symbol.dispose]();
  await clock.pass(10_000);
  expect(heard).toHaveLength(2);
});

test("a pressure that cannot be read is logged once, and read again", async () => {
  const { clock, said, heard, warned } = watching();
  said.level = () => {
    throw new Error("no files");
  };
  await clock.pass(5000);
  said.level = () => "soft";
  await clock.pass(1500);
  expect(heard).toEqual(["cpu soft"]);
  expect(warned).toEqual(["warn how short memory is cannot be read"]);
});

test("a device that the driver lists no more is gone, once", async () => {
  const { clock, said, heard } = watching();
  await clock.pass(25_000);
  said.usage = () => ({ devices: ["cuda:0"], processes: new Map() });
  await clock.pass(40_000);
  expect(heard).toEqual(["cuda:1 gone"]);
});

test("a driver that does not answer once has lost nothing, twice in a row all", async () => {
  const { clock, said, heard } = watching();
  const { usage } = said;
  const silent = (): never => {
    throw new Error("no answer");
  };
  await clock.pass(15_000);
  said.usage = silent;
  await clock.pass(10_000);
  said.usage = usage;
  await clock.pass(10_000);
  said.usage = silent;
  expect(heard).toEqual([]);
  await clock.pass(25_000);
  expect(heard).toEqual(["cuda:0 gone", "cuda:1 gone"]);
});

test("devices that were found without a driver's tool are not gone because nobody can be asked for them", async () => {
  const { clock, said, heard } = watching();
  const { usage } = said;
  said.usage = () => undefined;
  await clock.pass(60_000);
  expect(heard).toEqual([]);
  said.usage = usage;
  await clock.pass(15_000);
  said.usage = () => ({ devices: ["cuda:0"], processes: new Map() });
  await clock.pass(15_000);
  expect(heard).toEqual(["cuda:1 gone"]);
});
