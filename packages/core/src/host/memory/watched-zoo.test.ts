import { describe, expect, test, vi } from "vitest";
import { provide } from "../../container/container.ts";
import { type Clock, systemClock } from "../../time/clock.ts";
import { createZoo, type ZooOptions } from "../create-zoo.ts";
import type { ZooEvent } from "../local-zoo.ts";
import type { Pressure } from "../scheduler/resource.ts";
import { ClockToken, DeviceMemoryToken, DeviceProbeToken, PressureToken } from "../services.ts";
import { engineField, scriptedPlugin, TemporaryApplication } from "../temporary-application.ts";
import type { DeviceUsage } from "./device-memory.ts";

const image = new Uint8Array([1]);
const body = `tasks = { "score-image": () => ({ score: 1, best: 0, worst: 100 }) }; async open() { return {}; }`;

/** Twenty times as fast as Node's. */
const fast: Clock = {
  now: () => systemClock.now() * 20,
  after: (ms, callback) => systemClock.after(ms / 20, callback),
};

/** An engine that opens nothing, on CUDA devices as well. */
const engine = {
  "package.json": JSON.stringify({
    name: "engine",
    version: "1.0.0",
    type: "module",
    exports: "./index.js",
    menagerie: engineField({ devices: ["cpu", "cuda"] }),
  }),
  "index.js": `export default { name: "llama", contract: 1, engineVersion: async () => "5.0.0", supports: () => true,
    async validateLocalArtifacts() {}, async open() {}, async recipe() { return {}; } };`,
};

/** Models a on the CPU and g on a CUDA device that is simulated. */
async function zooOf(options: ZooOptions = {}) {
  const on = scriptedPlugin("plugin-g", "g", body, {
    engine: "onnx",
    device_policy: "cuda",
    resource_requirements: { vram_mb: 500, ram_mb: 100 },
  });
  const manifest = { ...(JSON.parse(on["package.json"] ?? "") as object), dependencies: { engine: "*" } };
  const app = await TemporaryApplication.create({
    "plugin-a": scriptedPlugin("plugin-a", "a", body),
    "plugin-g": {
      ...on,
      "package.json": JSON.stringify({ ...manifest, menagerie: { contract: 1, engines: ["engine"] } }),
    },
    engine,
  });
  const devices = [
    { device: "cuda:0", totalBytes: 4e9 },
    { device: "cpu", totalBytes: 8e9 },
  ] as const;
  const probe = { devices: async () => devices, cores: () => 1 };
  const zoo = await createZoo({
    appDir: app.dir,
    cacheDir: `${app.dir}/cache`,
    ...options,
    services: [provide(DeviceProbeToken, () => probe), provide(ClockToken, () => fast), ...(options.services ?? [])],
  });
  const events: ZooEvent[] = [];
  zoo.onEvent((event) => events.push(event));
  return {
    zoo,
    events,
    model: (name: string) => zoo.status().models.find(({ model }) => model === name),
    async [Symbol.asyncDispose]() {
      await zoo[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
    },
  };
}

describe("a zoo", () => {
  test("lets idle models go under hard pressure, before anything is refused, and keeps those that are held", async () => {
    let level: Pressure = "none";
    const services = [provide(PressureToken, () => ({ read: () => ({ cpu: level }) }))];
    await using opened = await zooOf({ spec: { runner: "inline" }, services });
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
    await using opened = await zooOf({ services: [provide(DeviceMemoryToken, () => ({ usage }))] });
    const { zoo, model } = opened;
    await zoo.run("g", "score-image", { image });
    await vi.waitFor(() => expect(model("g")?.device_bytes).toBe(900e6), { timeout: 5000, interval: 20 });
    const reserved = zoo.status().devices.find(({ device }) => device === "cuda:0")?.reserved_bytes;
    expect(reserved).toBe(900e6);
    expect(model("g")).toMatchObject({ measured_by: process.platform === "linux" ? "pss" : "rss" });
    expect(model("g")?.load_peak_bytes).toBeGreaterThan(5e6);
  });

  test("keeps what it reserved of an accelerator until the driver has it back", async () => {
    let held = 900e6;
    let pid: number | undefined;
    const usage = async (): Promise<DeviceUsage> => ({
      devices: ["cuda:0"],
      processes: new Map(pid === undefined || held === 0 ? [] : [[pid, { "cuda:0": held }]]),
    });
    await using opened = await zooOf({ services: [provide(DeviceMemoryToken, () => ({ usage }))] });
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

  test("unloads what was on a device that is gone, and says so", async () => {
    let devices: DeviceUsage["devices"] = ["cuda:0"];
    const usage = async (): Promise<DeviceUsage> => ({ devices, processes: new Map() });
    const services = [provide(DeviceMemoryToken, () => ({ usage }))];
    await using opened = await zooOf({ spec: { runner: "inline" }, services });
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
