import { describe, expect, test } from "vitest";
import { createZoo } from "./create-zoo.ts";
import type { LocalZoo } from "./local-zoo.ts";
import { declaredEngine, onEngine, scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";
import type { ZooModel, ZooSpec } from "./zoo-spec.ts";

const body = `tasks = { "score-image": async () => ({ score: 1, best: 0, worst: 1 }) }; async open() {}`;

/** Models a, b, c of 100 MB each; b and c have roles of their own. */
async function zooOf(models: (Partial<ZooModel> & { model: string })[], rest: Partial<ZooSpec> = {}) {
  const app = await TemporaryApplication.create({
    pa: scriptedPlugin("pa", "a", body),
    pb: scriptedPlugin("pb", "b", body, { role: "b_role" }),
    pc: onEngine(scriptedPlugin("pc", "c", body, { role: "c_role", device_policy: "cuda", engine: "onnx" }), "engine"),
    engine: declaredEngine("engine", { devices: ["cpu", "cuda", "dml"] }),
  });
  const zoo = await createZoo({
    appDir: app.dir,
    cacheDir: `${app.dir}/cache`,
    spec: { runner: "inline", ...rest, models: models as ZooModel[] },
  }).catch(async (error: unknown) => {
    await app[Symbol.asyncDispose]();
    throw error;
  });
  return {
    zoo,
    async [Symbol.asyncDispose]() {
      await zoo[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
    },
  };
}

const problems = (zoo: LocalZoo): string[] => zoo.status().problems.map(({ code, model }) => `${model} ${code}`);

describe("a zoo that cannot serve what it must", () => {
  test("is unhealthy from the start for a required model that does not fit, with the numbers", async () => {
    await using opened = await zooOf([{ model: "a", required: true }], { memory_mb: { cpu: 50 } });
    const { health, problems: told } = opened.zoo.status();
    expect([health, told.length]).toEqual(["unhealthy", 1]);
    expect(told[0]).toMatchObject({
      code: "insufficient_memory",
      details: { needed_bytes: 100e6, budget_bytes: 50e6, kept_bytes: 0 },
    });
    expect(told[0]?.message).toContain(
      "a is required, but does not fit: it needs 100 MB on cpu, whose budget is 50 MB.",
    );
  });

  test("is degraded for a kept model that does not fit beside those before it, and healthy once it is not kept", async () => {
    await using opened = await zooOf(
      [
        { model: "a", cache_policy: "keep_warm" },
        { model: "b", cache_policy: "keep_warm", priority: "high" },
      ],
      { memory_mb: { cpu: 150 } },
    );
    const { zoo } = opened;
    expect([zoo.status().health, problems(zoo)]).toEqual(["degraded", ["a insufficient_memory"]]);
    expect((await zoo.warm()).map(({ code, model }) => `${model} ${code}`)).toEqual(["a insufficient_memory"]);
    expect(zoo.status().models.map(({ model, state }) => `${model} ${state}`)).toEqual(["a cold", "b ready"]);
    await zoo.unload("a");
    expect([zoo.status().health, problems(zoo)]).toEqual(["healthy", []]);
  });

  test("is unhealthy for a required model without a device, and indifferent to what nobody needs", async () => {
    await using needed = await zooOf([{ model: "c", required: true, device_policy: "dml" }]);
    expect([needed.zoo.status().health, problems(needed.zoo)]).toEqual(["unhealthy", ["c unsupported_device"]]);
    await using spare = await zooOf([{ model: "c", device_policy: "dml" }, { model: "a" }]);
    expect([spare.zoo.status().health, problems(spare.zoo)]).toEqual(["healthy", []]);
  });

  test("gives memory to the required first, then by class, then in the order of the spec", async () => {
    const line = (model: string, rest: Partial<ZooModel> = {}) => ({
      model,
      cache_policy: "keep_warm" as const,
      ...rest,
    });
    const room = { memory_mb: { cpu: 100 } };
    for (const [models, served] of [
      [[line("b"), line("a")], "b"],
      [[line("b"), line("a", { priority: "high" })], "a"],
      [[line("b", { priority: "critical" }), line("a", { required: true, priority: "low" })], "a"],
    ] as const) {
      await using opened = await zooOf([...models], room);
      await opened.zoo.warm();
      const ready = opened.zoo.status().models.filter(({ state }) => state === "ready");
      expect(ready.map(({ model }) => model)).toEqual([served]);
    }
  });
});

describe("a role in a zoo spec", () => {
  test("keeps what its line says", async () => {
    await using opened = await zooOf([
      { model: "b_role", cache_policy: "keep_warm", priority: "critical", required: true },
    ]);
    const { zoo } = opened;
    const [model] = zoo.status().models;
    expect(model).toMatchObject({ model: "b", keep_warm: true, priority: "critical", required: true });
    await zoo.warm();
    expect(zoo.status().models.map(({ model: name, state }) => `${name} ${state}`)).toEqual(["b ready"]);
  });

  test("that means a model which another line names is refused, whether either is required or not", async () => {
    const twice = (models: { model: string; required?: boolean }[]): Promise<unknown> =>
      zooOf(models).catch((error: unknown) => error);
    expect(await twice([{ model: "b" }, { model: "b_role" }])).toMatchObject({
      code: "zoo_spec_invalid",
      message: expect.stringContaining('lists "b" and "b_role", which are one model (b).') as string,
    });
    expect(await twice([{ model: "a" }, { model: "a", required: true }])).toMatchObject({
      code: "zoo_spec_invalid",
      message: expect.stringContaining('lists "a" twice.') as string,
    });
  });
});
