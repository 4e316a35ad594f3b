import { describe, expect, test, vi } from "vitest";
import { provide } from "../../container/container.ts";
import type { Pressure } from "../scheduler/resource.ts";
import { DeviceMemoryToken, PressureToken } from "../services.ts";
import type { DeviceUsage } from "./device-memory.ts";
import { simulatedZoo } from "./fixtures/simulated-zoo.ts";

const image = new Uint8Array([1]);

describe("a zoo", () => {
  test("lets idle models go under hard pressure, before anything is refused, and keeps those that are held", async () => {
    let level: Pressure = "none";
    const services = [provide(PressureToken, () => ({ read: () => ({ cpu: level }) }))];
    await using opened = await simulatedZoo({ spec: { runner: "inline" }, services });
    const { zoo, events, model } = opened;
    await zoo.run("a", "score-image", { image });
    level = "hard";
    await vi.waitFor(() => expect(model("a")?.state).toBe("cold"), { timeout: 5000, interval: 20 });
    expect(events).toContainEqual({ type: "pressure", device: "cpu", level: "hard" });
    expect(events).toContainEqual({ type: "unloaded", model: "a", reason: "hard pressure on cpu" });
    expect(zoo.status().devices.find(({ device }) => device === "cpu")?.pressure).toBe("hard");
    await using lease = await zoo.get("a");
    expect((await lease.run("score-image", { image })).output).toMatchObject({ score: 1 });
    expect(model("a")?.state).toBe("ready");
  });

  test("reserves what its driver says a process holds on an accelerator", async () => {
    const usage = async (): Promise<DeviceUsage> => ({
      devices: ["cuda:0"],
      processes: new Map([[model("g")?.pid ?? 0, { "cuda:0": 900e6 }]]),
    });
    await using opened = await simulatedZoo({ services: [provide(DeviceMemoryToken, () => ({ usage }))] });
    const { zoo, model } = opened;
    await zoo.run("g", "score-image", { image });
    await vi.waitFor(() => expect(model("g")?.device_bytes).toBe(900e6), { timeout: 5000, interval: 20 });
    const reserved = zoo.status().devices.find(({ device }) => device === "cuda:0")?.reserved_bytes;
    expect(reserved).toBe(900e6);
    expect(model("g")).toMatchObject({ measured_by: process.platform === "linux" ? "pss" : "rss" });
    expect(model("g")?.load_peak_bytes).toBeGreaterThan(5e6);
  });

  test("unloads what was on a device that is gone, and says so", async () => {
    let devices: DeviceUsage["devices"] = ["cuda:0"];
    const usage = async (): Promise<DeviceUsage> => ({ devices, processes: new Map() });
    const services = [provide(DeviceMemoryToken, () => ({ usage }))];
    await using opened = await simulatedZoo({ spec: { runner: "inline" }, services });
    const { zoo, events, model } = opened;
    await zoo.run("g", "score-image", { image });
    devices = [];
    await vi.waitFor(() => expect(model("g")?.state).toBe("cold"), { timeout: 5000, interval: 20 });
    expect(events).toContainEqual({ type: "device-gone", device: "cuda:0" });
    expect(zoo.status().devices.find(({ device }) => device === "cuda:0")?.gone).toBe(true);
    const refused = zoo.run("g", "score-image", { image });
    await expect(refused).rejects.toMatchObject({ code: "insufficient_gpu_memory" });
  });
});
