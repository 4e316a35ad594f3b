import { expect, test, vi } from "vitest";
import { provide } from "../../container/container.ts";
import { DeviceMemoryToken } from "../services.ts";
import type { DeviceUsage } from "./device-memory.ts";
import { simulatedZoo } from "./fixtures/simulated-zoo.ts";

const image = new Uint8Array([1]);

test("a zoo keeps what it reserved of an accelerator until the driver has it back", async () => {
  let held = 900e6;
  let pid: number | undefined;
  const usage = async (): Promise<DeviceUsage> => ({
    devices: ["cuda:0"],
    processes: new Map(pid === undefined || held === 0 ? [] : [[pid, { "cuda:0": held }]]),
  });
  await using opened = await simulatedZoo({ services: [provide(DeviceMemoryToken, () => ({ usage }))] });
  const { zoo, events, model } = opened;
  const reserved = () => zoo.status().devices.find(({ device }) => device === "cuda:0")?.reserved_bytes;
  await zoo.run("g", "score-image", { image });
  ({ pid } = model("g") ?? {});
  const unloading = zoo.unload("g");
  await vi.waitFor(() => expect(() => process.kill(pid ?? 0, 0)).toThrow("ESRCH"), { timeout: 5000, interval: 5 });
  expect(reserved()).toBeGreaterThanOrEqual(500e6);
  held = 0;
  await unloading;
  expect(reserved()).toBe(0);
  // This time the driver never has it back.
  await zoo.run("g", "score-image", { image });
  ({ pid } = model("g") ?? {});
  held = 700e6;
  await zoo.unload("g");
  expect(events).toContainEqual({ type: "memory-kept", model: "g", device: "cuda:0", bytes: 700e6 });
  expect(model("g")).toMatchObject({ state: "cold", memory_kept: 1 });
  expect(reserved()).toBe(0);
});
