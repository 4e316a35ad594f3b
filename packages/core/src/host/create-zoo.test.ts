import { describe, expect, test } from "vitest";
import { provide, serviceToken } from "../container/container.ts";
import { logTo } from "../contract/log.ts";
import type { ModelError } from "../contract/model-error.ts";
import { systemClock } from "../time/clock.ts";
import { createZoo, type ZooOptions } from "./create-zoo.ts";
import type { LocalZoo, ZooEvent } from "./local-zoo.ts";
import { ClockToken, DeviceProbeToken, LogToken } from "./services.ts";
import {
  declaredEngine,
  onEngine,
  scriptedPlugin,
  scriptedSpec,
  TemporaryApplication,
} from "./temporary-application.ts";

const picture = new Uint8Array([1, 2, 3]);
const answering = `tasks = { "score-image": (opened, input) => ({ score: input.image.length, best: 0, worst: 100 }) }; async open() { return {}; }`;

async function zooOf(app: TemporaryApplication, options: ZooOptions = {}): Promise<LocalZoo> {
  return createZoo({ appDir: app.dir, ...options, spec: { runner: "inline", ...options.spec } });
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "no error",
    (error: ModelError) => error.code,
  );
}

describe("a question", () => {
  test("is answered by name or by role, with the proof of what gave the answer", async () => {
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", answering) });
    await using zoo = await zooOf(app);
    const answer = await zoo.run("a", "score-image", { image: picture });
    expect(answer).toMatchObject({
      model: "a",
      task: "score-image",
      output: { score: 3, best: 0, worst: 100 },
      models_used: [
        { model_name: "a", model_version: "1", runtime: "inprocess", engine: "js", precision: "fp32", device: "cpu" },
      ],
    });
    expect(answer.models_used[0]?.weights_digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(answer.model_signature).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(answer.timing_ms.total).toBeGreaterThanOrEqual(answer.timing_ms.run);
    const again = await zoo.run("image_quality", "score-image", { image: picture });
    expect(again.model_signature).toBe(answer.model_signature);
    expect(zoo.status().models[0]).toMatchObject({ model: "a", state: "ready", loads: 1, leases: 0 });
  });

  test("that is wrong is refused before anything is loaded for it", async () => {
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", answering) });
    await using zoo = await zooOf(app);
    expect(await codeOf(zoo.run("nobody", "score-image", { image: picture }))).toBe("model_not_found");
    expect(await codeOf(zoo.run("a", "embed-text", { text: "x" }))).toBe("task_unsupported");
    expect(await codeOf(zoo.run("a", "score-image", {} as never))).toBe("input_invalid");
    expect(await codeOf(zoo.run("a", "paint-image" as never, {} as never))).toBe("task_unknown");
    expect(zoo.status().models[0]).toMatchObject({ state: "cold", loads: 0 });
  });

  test("with an option that does not exist, or without a name, is refused with what there is", async () => {
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", answering) });
    await using zoo = await zooOf(app);
    const run = (options: unknown): Promise<unknown> =>
      zoo.run("a", "score-image", { image: picture }, options as never);
    await expect(run({ deadline_ms: 1 })).rejects.toThrow('no option "deadline_ms". Did you mean "deadlineMs"?');
    await expect(run({ timeout: 1 })).rejects.toThrow(
      "There are: signal, deadlineMs, priority, keepAliveMs, onPart, onRestart.",
    );
    await expect(run(AbortSignal.abort())).rejects.toThrow("it was given AbortSignal");
    await expect(run(5)).rejects.toMatchObject({ code: "input_invalid" });
    await expect(run({ deadlineMs: 10n })).rejects.toThrow("has 10 (bigint)");
    await using lease = await zoo.get("a");
    const leased = lease.run("score-image", { image: picture }, { priority: "high" } as never);
    await expect(leased).rejects.toThrow('no option "priority"');
    expect(await codeOf(zoo.get("a", { onPart: () => {} } as never))).toBe("input_invalid");
    expect(await codeOf(zoo.unload("a", { grace: 1 } as never))).toBe("input_invalid");
    expect(await codeOf(zoo.run(undefined as never, "score-image", { image: picture }))).toBe("input_invalid");
    expect(await codeOf(zoo.run("a".repeat(1e7), "score-image", { image: picture }))).toBe("model_not_found");
    expect(await codeOf(zoo.close({ graceMs: Number.NaN }))).toBe("input_invalid");
    expect(await codeOf(createZoo("my.yaml" as never))).toBe("zoo_spec_invalid");
    await expect(createZoo({ specFIle: "zoo.yaml" } as never)).rejects.toThrow('Did you mean "specFile"?');
  });

  test("asked many times at once of a cold model starts one load", async () => {
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", answering) });
    await using zoo = await zooOf(app);
    const events: ZooEvent[] = [];
    zoo.onEvent((event) => events.push(event));
    await Promise.all(Array.from({ length: 20 }, () => zoo.run("a", "score-image", { image: picture })));
    expect(events.filter((event) => event.type === "load-started")).toHaveLength(1);
    expect(events.filter((event) => event.type === "answered")).toHaveLength(20);
  });

  test("whose load fails gets the loader's own error, and the next one tries again", async () => {
    const flaky = `static tries = 0; tasks = { "score-image": () => ({ score: 1, best: 0, worst: 100 }) };
      async open() { if (Loader.tries++ === 0) throw new Error("the disk said no"); return {}; }`;
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", flaky) });
    await using zoo = await zooOf(app);
    await expect(zoo.run("a", "score-image", { image: picture })).rejects.toMatchObject({
      code: "model_load_failed",
      message: expect.stringContaining("the disk said no"),
    });
    expect(zoo.status()).toMatchObject({
      health: "degraded",
      models: [{ state: "failed", error: { code: "model_load_failed" } }],
    });
    await expect(zoo.run("a", "score-image", { image: picture })).resolves.toMatchObject({ output: { score: 1 } });
    expect(zoo.status()).toMatchObject({ health: "healthy", models: [{ state: "ready", error: undefined }] });
  });
});

describe("memory", () => {
  const sized = (ram_mb: number) => ({ resource_requirements: { vram_mb: 0, ram_mb } });

  test("a model that can never fit is refused with the numbers, and nothing is unloaded for it", async () => {
    await using app = await TemporaryApplication.create({
      small: scriptedPlugin("small", "small", answering, sized(60)),
      huge: scriptedPlugin("huge", "huge", answering, sized(101)),
    });
    await using zoo = await zooOf(app, { spec: { memory_mb: { cpu: 100 } } });
    await zoo.run("small", "score-image", { image: picture });
    await expect(zoo.run("huge", "score-image", { image: picture })).rejects.toMatchObject({
      code: "insufficient_memory",
      details: { device: "cpu", needed_bytes: 101e6, budget_bytes: 100e6 },
    });
    expect(zoo.status().models.find((model) => model.model === "small")?.state).toBe("ready");
  });

  test("the least recently used model makes room, a leased one does not", async () => {
    await using app = await TemporaryApplication.create(
      Object.fromEntries(["a", "b", "c"].map((name) => [name, scriptedPlugin(name, name, answering, sized(50))])),
    );
    await using zoo = await zooOf(app, { spec: { memory_mb: { cpu: 100 } } });
    await using lease = await zoo.get("a");
    await zoo.run("b", "score-image", { image: picture });
    await zoo.run("c", "score-image", { image: picture });
    const states = Object.fromEntries(zoo.status().models.map((model) => [model.model, model.state]));
    expect(states).toEqual({ a: "ready", b: "cold", c: "ready" });
    expect(zoo.status().devices).toMatchObject([{ device: "cpu", budget_bytes: 100e6, reserved_bytes: 100e6 }]);
    expect((await lease.run("score-image", { image: picture })).output).toMatchObject({ score: 3 });
  });

  test("unload resolves when the bytes are back, and waits for leases", async () => {
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", answering) });
    await using zoo = await zooOf(app);
    const lease = await zoo.get("a");
    const order: string[] = [];
    const unloaded = zoo.unload("a").then(() => order.push("unloaded"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    order.push("released");
    await lease[Symbol.asyncDispose]();
    await unloaded;
    expect(order).toEqual(["released", "unloaded"]);
    expect(zoo.status().devices[0]?.reserved_bytes).toBe(0);
    expect(await codeOf(lease.run("score-image", { image: picture }))).toBe("model_not_loaded");
  });

  test("an idle model is unloaded after its timeout", async () => {
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", answering) });
    await using zoo = await zooOf(app, { spec: { ram_timeout_s: 0.05 } });
    const unloaded = new Promise<ZooEvent>((resolve) =>
      zoo.onEvent((event) => event.type === "unloaded" && resolve(event)),
    );
    await zoo.run("a", "score-image", { image: picture });
    expect(await unloaded).toMatchObject({ model: "a", reason: "idle" });
  });
});

describe("a zoo spec", () => {
  test("serves the models it lists and no others, and a required one that is missing stops it", async () => {
    await using app = await TemporaryApplication.create({
      first: scriptedPlugin("first", "a", answering),
      second: scriptedPlugin("second", "b", answering),
    });
    const model = { cache_policy: "on_demand", priority: "high", required: false } as const;
    await using zoo = await zooOf(app, {
      spec: {
        models: [
          { ...model, model: "a" },
          { ...model, model: "gone" },
        ],
      },
    });
    expect(zoo.models.map((spec) => spec.model_name)).toEqual(["a"]);
    expect(zoo.problems.map((problem) => problem.code)).toEqual(["model_not_found"]);
    expect(zoo.status()).toMatchObject({ health: "degraded", models: [{ model: "a", priority: "high" }] });
    expect(await codeOf(zooOf(app, { spec: { models: [{ ...model, model: "gone", required: true }] } }))).toBe(
      "model_not_found",
    );
  });

  test("brings a model of its own by file, whose plugin is found where the file lies", async () => {
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", answering) });
    await app.write("mine.yaml", JSON.stringify({ ...scriptedSpec("mine"), plugin: "plugin-a" }));
    const specFile = await app.write("zoo.yaml", "runner: inline\nmodels: [{ model: mine, spec: ./mine.yaml }]\n");
    await using zoo = await createZoo({ appDir: app.dir, specFile });
    expect((await zoo.run("mine", "score-image", { image: picture })).model).toBe("mine");
  });

  test("with a misspelt key is refused, naming the right one", async () => {
    await using app = await TemporaryApplication.create();
    const specFile = await app.write("zoo.yaml", "memory_md: { cpu: 100 }\n");
    await expect(createZoo({ appDir: app.dir, specFile })).rejects.toMatchObject({
      code: "zoo_spec_invalid",
      message: expect.stringContaining('unknown key "memory_md" (did you mean "memory_mb"?)'),
    });
  });
});

describe("services", () => {
  test("an application replaces one by its token", async () => {
    await using app = await TemporaryApplication.create({
      "plugin-a": scriptedPlugin("plugin-a", "a", answering, { device_policy: "cuda" }),
    });
    const probe = {
      devices: async () => [
        { device: "cuda:0" as const, totalBytes: 8e9 },
        { device: "cpu" as const, totalBytes: 8e9 },
      ],
      cores: () => 2,
    };
    await using plain = await zooOf(app, {
      services: [
        provide(DeviceProbeToken, () => ({
          ...probe,
          devices: async () => [{ device: "cpu" as const, totalBytes: 8e9 }],
        })),
      ],
    });
    expect(plain.status().devices.map((device) => device.device)).toEqual(["cpu"]);
    await using zoo = await zooOf(app, { services: [provide(DeviceProbeToken, () => probe)] });
    expect(zoo.status().devices).toMatchObject([
      { device: "cuda:0", budget_bytes: 8e9 - 400e6, reserved_bytes: 0 },
      { device: "cpu", budget_bytes: 5.6e9, reserved_bytes: 0 },
    ]);
  });

  test("an absent device is an error that names those there are, never a silent other one", async () => {
    const plugin = scriptedPlugin("plugin-a", "a", answering, { engine: "onnx", device_policy: "cuda:3" });
    await using app = await TemporaryApplication.create({
      "plugin-a": onEngine(plugin, "engine-a"),
      "engine-a": declaredEngine("engine-a", { devices: ["cpu", "cuda"] }),
    });
    const services = [
      provide(DeviceProbeToken, () => ({
        devices: async () => [{ device: "cpu" as const, totalBytes: 8e9 }],
        cores: () => 2,
      })),
    ];
    await using zoo = await zooOf(app, { services });
    await expect(zoo.run("a", "score-image", { image: picture })).rejects.toMatchObject({
      code: "unsupported_device",
      details: { devices: ["cpu"] },
    });
  });

  test("that have started are stopped when a later one fails the zoo", async () => {
    await using app = await TemporaryApplication.create();
    const notes: string[] = [];
    const services = [
      provide(serviceToken<string>("own"), () => "own", {
        start: () => void notes.push("start"),
        stop: () => void notes.push("stop"),
      }),
      provide(DeviceProbeToken, () => ({ devices: () => Promise.reject(new Error("no driver")), cores: () => 2 })),
    ];
    await expect(zooOf(app, { services })).rejects.toThrow("no driver");
    expect(notes).toEqual(["start", "stop"]);
  });

  test("the clock is the one that was given", async () => {
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", answering) });
    let now = 1000;
    const services = [
      provide(ClockToken, () => ({ ...systemClock, now: () => now })),
      provide(LogToken, () => logTo(() => {})),
    ];
    await using zoo = await zooOf(app, { services });
    await zoo.run("a", "score-image", { image: picture });
    now += 5000;
    expect(zoo.status().models[0]?.idle_ms).toBe(5000);
  });
});

test("a closed zoo refuses, and closing waits for nobody for ever", async () => {
  await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", answering) });
  const zoo = await zooOf(app);
  await zoo.run("a", "score-image", { image: picture });
  await zoo[Symbol.asyncDispose]();
  expect(await codeOf(zoo.run("a", "score-image", { image: picture }))).toBe("zoo_closed");
});

test("a zoo that is being closed is closed sooner for whoever has less patience", async () => {
  const slow = `tasks = { "score-image": () => new Promise((resolve) => setTimeout(resolve, 60000)) }; async open() { return {}; }`;
  await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", slow) });
  const zoo = await zooOf(app);
  const asked = codeOf(zoo.run("a", "score-image", { image: picture }));
  await zoo.get("a").then((lease) => lease[Symbol.asyncDispose]());
  const patient = zoo.close({ graceMs: 30_000 });
  await Promise.all([zoo.close({ graceMs: 10 }), patient]);
  expect(await asked).toBe("zoo_closed");
});
