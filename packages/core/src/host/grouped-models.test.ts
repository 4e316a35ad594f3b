import { describe, expect, test, vi } from "vitest";
import { provide, type ServiceDefinition } from "../container/container.ts";
import { logTo } from "../contract/log.ts";
import { FormStore } from "../forms/form-store.ts";
import { ModelLoaderBase } from "../loader/model-loader-base.ts";
import { definePlugin } from "../loader/plugin.ts";
import { createZoo } from "./create-zoo.ts";
import { createInlinePool } from "./runners/inline-pool.ts";
import { explain } from "./scheduler/explain.ts";
import { journalText, parseJournal } from "./scheduler/journal-text.ts";
import { replay } from "./scheduler/replay.ts";
import { DeviceProbeToken, RunnerPoolToken } from "./services.ts";
import {
  declaredEngine,
  onEngine,
  scriptedPlugin,
  scriptedSpec,
  TemporaryApplication,
} from "./temporary-application.ts";
import type { ZooSpecInput } from "./zoo-spec.ts";

const answers = `tasks = { "score-image": async () => ({ score: 1, best: 0, worst: 1 }) };`;
const opens = `${answers} async open() {}`;
const image = new Uint8Array([1]);
const small = (model: string, more: object = {}) => ({ model, group: "small", ...more });

type Setting = {
  readonly plugins?: Readonly<Record<string, Record<string, string>>>;
  readonly services?: readonly ServiceDefinition[];
} & Omit<ZooSpecInput, "plugins">;

/** Models a, b and c of 100 MB each, of a plugin each; a and b share a runner. */
async function zooOf({ plugins = {}, services = [], ...spec }: Setting = {}) {
  const app = await TemporaryApplication.create({
    pa: scriptedPlugin("pa", "a", opens),
    pb: scriptedPlugin("pb", "b", opens),
    pc: scriptedPlugin("pc", "c", opens),
    ...plugins,
  });
  try {
    const zoo = await createZoo({
      ...{ appDir: app.dir, cacheDir: `${app.dir}/cache`, services },
      spec: { runner: "inline", models: [small("a"), small("b"), { model: "c" }], ...spec },
    });
    return {
      zoo,
      state: (model: string) => zoo.status().models.find((status) => status.model === model)?.state,
      async [Symbol.asyncDispose]() {
        await zoo[Symbol.asyncDispose]();
        await app[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await app[Symbol.asyncDispose]();
    throw error;
  }
}

describe("a group", () => {
  test("is loaded, reserved for and unloaded as one, and says so", async () => {
    await using opened = await zooOf({ memory_mb: { cpu: 250 } });
    const { zoo, state } = opened;
    await zoo.run("a", "score-image", { image });
    expect([state("a"), state("b"), state("c")]).toEqual(["ready", "ready", "cold"]);
    const { models, devices } = zoo.status();
    expect(models.map(({ group, reserved_bytes }) => [group, reserved_bytes])).toEqual([
      ["small", 100e6],
      ["small", 100e6],
      [undefined, 0],
    ]);
    expect(devices[0]?.reserved_bytes).toBe(200e6);
    expect(zoo.plan(["b", "c"])).toMatchObject({ models: [{ model: "b", waitMs: 0 }, { model: "c" }] });
    const soon = (model: string, at: number) => ({ at, model, runMs: 1 });
    expect(zoo.forecast([soon("a", 0), soon("c", 50), soon("b", 5000)]).total).toMatchObject({ requests: 3, loads: 2 });
    expect(zoo.plan(["c"]).leaves).toMatchObject([{ unit: "group:small" }]);
    await zoo.run("c", "score-image", { image });
    expect([state("a"), state("b"), state("c")]).toEqual(["cold", "cold", "ready"]);
    const { journal } = zoo;
    if (journal === undefined) throw new Error("nothing has happened");
    const { differs, state: end } = replay(parseJournal(journalText(journal)));
    expect(differs).toBeUndefined();
    expect(explain(end, "b", journal)).toMatchObject({
      unit: "group:small",
      left: { reason: "c needed its room", freed: "200 MB on cpu" },
    });
  });

  test("stays while one of its models is leased, and leaves when one is unloaded by name", async () => {
    await using opened = await zooOf({ memory_mb: { cpu: 250 } });
    const { zoo, state } = opened;
    const lease = await zoo.get("b");
    const other = zoo.run("c", "score-image", { image }, { deadlineMs: 40 });
    await expect(other).rejects.toMatchObject({ code: "deadline_exceeded" });
    expect(state("a")).toBe("ready");
    await lease[Symbol.asyncDispose]();
    await zoo.unload("a");
    expect(state("b")).toBe("cold");
  });

  test("is kept as the model of it that is to stay longest", async () => {
    const models = [
      small("a", { priority: "low", keep_alive_s: 0 }),
      small("b", { priority: "high", keep_alive_s: 60 }),
    ];
    await using opened = await zooOf({ models });
    const { zoo } = opened;
    await zoo.run("a", "score-image", { image });
    expect(zoo.status().models).toMatchObject([
      { model: "a", state: "ready", priority: "high", required: false },
      { model: "b", state: "ready", priority: "high" },
    ]);
    const [first] = zoo.status().models;
    expect(first?.until_ms).toBeGreaterThan(50_000);
  });

  test("fails to load as a whole, each model by the name of the one whose fault it is", async () => {
    const broken = scriptedPlugin(
      "pb",
      "b",
      `${answers} async open() { throw new Error("there is nothing to open"); }`,
    );
    await using opened = await zooOf({ plugins: { pb: broken } });
    const { zoo, state } = opened;
    const a = zoo.run("a", "score-image", { image });
    await expect(a).rejects.toMatchObject({ code: "model_load_failed", model: "a", details: { failed_model: "b" } });
    await expect(a).rejects.toThrow(/shares a runner with b, which could not be: .*there is nothing to open/);
    expect([state("a"), state("b")]).toEqual(["failed", "failed"]);
    const error = zoo.status().models.find(({ model }) => model === "b")?.error;
    expect(error?.message).not.toContain("shares a runner");
  });

  test("verifies the artifacts of all before code of any is imported", async () => {
    const wanted = { name: "weights", path: "no.bin", sha256: "0".repeat(64), size_bytes: 1 };
    const lacking = scriptedPlugin("pb", "b", opens, { local_artifacts: [wanted] });
    const imported = `globalThis.menagerieImported = true;\n`;
    const telling = scriptedPlugin("pa", "a", opens);
    const plugins = { pa: { ...telling, "index.js": imported + telling["index.js"] }, pb: lacking };
    await using opened = await zooOf({ plugins, models_root: "." });
    const a = opened.zoo.run("a", "score-image", { image });
    await expect(a).rejects.toMatchObject({ code: "weights_missing", details: { failed_model: "b" } });
    expect("menagerieImported" in globalThis).toBe(false);
  });

  test("that is required and has no room as a whole makes the zoo unhealthy before anybody asks", async () => {
    await using opened = await zooOf({
      models: [small("a", { required: true }), small("b"), { model: "c", cache_policy: "keep_warm" }],
      memory_mb: { cpu: 250 },
    });
    expect(opened.zoo.status()).toMatchObject({
      health: "unhealthy",
      problems: [{ code: "insufficient_memory", model: "a" }],
    });
    expect(opened.zoo.status().problems[0]?.message).toContain('group "small" need 200 MB on cpu');
    await using roomy = await zooOf({
      models: [
        small("a", { required: true }),
        small("b", { cache_policy: "keep_warm" }),
        { model: "c", cache_policy: "keep_warm" },
      ],
      memory_mb: { cpu: 300 },
    });
    expect(roomy.zoo.status().health).toBe("healthy");
    expect(await roomy.zoo.warm()).toEqual([]);
    expect(roomy.zoo.status()).toMatchObject({ health: "healthy", problems: [] });
  });

  test("loses no model of it while the zoo runs", async () => {
    await using opened = await zooOf();
    await expect(opened.zoo.remove("a")).rejects.toThrow('shares a runner with b as group "small"');
    await opened.zoo.remove("c");
  });

  test("is unloaded once where all are, its memory told once", async () => {
    await using opened = await zooOf();
    const { zoo } = opened;
    await zoo.load("a");
    const outcomes = await zoo.unloadAll({ plugin: "pb" });
    expect(outcomes).toMatchObject([
      { model: "a", ok: true, freed_bytes: 200e6 },
      { model: "b", ok: true, freed_bytes: 0 },
    ]);
  });

  test("asks each of its models how it is where it is kept", async () => {
    const asked = { a: 0, b: 0 };
    (globalThis as { askedOfTest?: typeof asked }).askedOfTest = asked;
    const counting = (model: string): string =>
      `tasks = { "score-image": async () => ({ score: ++globalThis.askedOfTest.${model}, best: 0, worst: 1 }) }; async open() {}`;
    await using opened = await zooOf({
      plugins: { pa: scriptedPlugin("pa", "a", counting("a")), pb: scriptedPlugin("pb", "b", counting("b")) },
      models: [small("a", { cache_policy: "keep_warm" }), small("b")],
      health_check_interval_s: 0.02,
    });
    const { zoo } = opened;
    expect(await zoo.warm()).toEqual([]);
    await vi.waitFor(() => expect(Object.values(asked).every((times) => times > 1)).toBe(true));
    expect(zoo.status().models.map(({ keep_warm }) => keep_warm)).toEqual([true, true]);
  });
});

test("a group's models share a process, each answers for itself, and both are there again after it is killed", async () => {
  const scoring = (score: number) =>
    `tasks = { "score-image": async () => ({ score: ${score}, best: 0, worst: 1 }) }; async open() {}`;
  const plugins = { pa: scriptedPlugin("pa", "a", scoring(0.25)), pb: scriptedPlugin("pb", "b", scoring(0.75)) };
  await using opened = await zooOf({ plugins, runner: "process" });
  const { zoo } = opened;
  const ask = async (model: string) => (await zoo.run(model, "score-image", { image })).output.score;
  expect(await Promise.all([ask("a"), ask("b")])).toEqual([0.25, 0.75]);
  const [a, b, c] = zoo.status().models;
  expect(b?.pid).toBe(a?.pid);
  expect(c?.pid).toBeUndefined();
  expect(a?.measured_bytes).toBe(b?.measured_bytes);
  process.kill(a?.pid as number, "SIGKILL");
  await vi.waitFor(() => expect(zoo.status().models[1]?.state).toBe("cold"), { timeout: 5000 });
  expect(await Promise.all([ask("b"), ask("a")])).toEqual([0.75, 0.25]);
});

describe("a group is refused", () => {
  test("where one model's runner needs what another's does not", async () => {
    const plugins = {
      pb: onEngine(scriptedPlugin("pb", "b", opens, { engine: "onnx" }), "engine"),
      engine: declaredEngine("engine", { needs: { threads: true } }),
    };
    await expect(zooOf({ plugins })).rejects.toMatchObject({
      code: "zoo_spec_invalid",
      message: expect.stringMatching(
        /group "small": a and b cannot share a runner: a's engine needs nothing beyond the usual, and b's threads/,
      ),
    });
  });

  test("where some of its models run in this process and others do not", async () => {
    const models = [{ ...scriptedSpec("d"), loader: "scripted" }];
    const app = await TemporaryApplication.create({ pa: scriptedPlugin("pa", "a", opens) });
    await using _ = app;
    class Scripted extends ModelLoaderBase<void> {
      protected override readonly tasks = {};
      protected override async open() {}
    }
    const given = definePlugin({ name: "given", loaders: { scripted: Scripted }, models: models as never });
    const zoo = createZoo({ appDir: app.dir, plugins: [given], spec: { models: [small("a"), small("d")] } });
    await expect(zoo).rejects.toMatchObject({
      code: "zoo_spec_invalid",
      message: expect.stringContaining("d and a cannot share a runner"),
    });
  });

  test("where its models have no device in common, which is told before anyone asks", async () => {
    const devices = [
      { device: "cpu" as const, totalBytes: 8e9 },
      { device: "cuda:0" as const, totalBytes: 8e9 },
    ];
    const onGraphs = (name: string, model: string) =>
      onEngine(scriptedPlugin(name, model, opens, { engine: "onnx" }), "engine");
    await using opened = await zooOf({
      plugins: {
        ...{ pa: onGraphs("pa", "a"), pb: onGraphs("pb", "b") },
        engine: declaredEngine("engine", { devices: ["cpu", "cuda"] }),
      },
      models: [small("a", { device_policy: "cuda:0", required: true }), small("b", { device_policy: "cpu" })],
      services: [provide(DeviceProbeToken, () => ({ devices: async () => devices, cores: () => 2 }))],
    });
    const { zoo } = opened;
    const words = 'The models of group "small" share a runner, and have no device in common: a on cuda:0, b on cpu.';
    await expect(zoo.run("b", "score-image", { image })).rejects.toThrow(words);
    expect(zoo.status()).toMatchObject({ health: "unhealthy", problems: [{ code: "unsupported_device" }] });
    expect(() => zoo.plan(["b"])).toThrow(words);
  });

  test("where the application's own pool has no groups", async () => {
    const log = logTo(() => {});
    const inline = createInlinePool({ forms: new FormStore({ cacheDir: undefined, log }), log });
    const { loadGroup: _, ...pool } = inline;
    await using opened = await zooOf({ runner: "process", services: [provide(RunnerPoolToken, () => pool)] });
    const a = opened.zoo.run("a", "score-image", { image });
    await expect(a).rejects.toMatchObject({
      code: "zoo_spec_invalid",
      message: expect.stringContaining("a, b cannot share a runner: this pool of runners has no groups."),
    });
  });

  test("whose name is no word", async () => {
    await expect(zooOf({ models: [{ model: "a", group: "A group" }] })).rejects.toMatchObject({
      code: "zoo_spec_invalid",
    });
  });
});
