import { expect, test, vi } from "vitest";
import { createZoo } from "./create-zoo.ts";
import { replay } from "./scheduler/replay.ts";
import { scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";
import type { ZooSpec } from "./zoo-spec.ts";

const body = `tasks = { "score-image": async () => ({ score: 1, best: 0, worst: 1 }) }; async open() {}`;
const image = new Uint8Array([1]);

/** Models a and b of 100 MB each. */
async function zooOf(spec: Partial<ZooSpec>) {
  const app = await TemporaryApplication.create({
    pa: scriptedPlugin("pa", "a", body),
    pb: scriptedPlugin("pb", "b", body),
  });
  const zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache`, spec: { runner: "inline", ...spec } });
  return {
    zoo,
    async [Symbol.asyncDispose]() {
      await zoo[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
    },
  };
}

test("a plan tells which models fit together and who would leave, and loads nothing", async () => {
  await using opened = await zooOf({ memory_mb: { cpu: 150 } });
  const { zoo } = opened;
  expect(zoo.plan(["a", "b"]).models).toMatchObject([
    { model: "a", device: "cpu", waitMs: expect.any(Number) },
    { model: "b", waitMs: undefined, refusal: undefined },
  ]);
  expect(zoo.plan(["a", "b"], { budgets: { cpu: 250e6 } }).models[1]?.waitMs).toBeTypeOf("number");
  expect(zoo.plan(["a"], { budgets: { cpu: 50e6 } }).models[0]?.refusal).toMatchObject({ kind: "never-fits" });
  expect(zoo.status().models.every(({ state }) => state === "cold")).toBe(true);
  await zoo.run("a", "score-image", { image });
  expect(zoo.plan(["b"]).leaves).toMatchObject([{ unit: "a", reason: { kind: "evicted", for: "b" } }]);
  await zoo.run("b", "score-image", { image });
  expect(zoo.status().models.map(({ model, state }) => [model, state])).toEqual([
    ["a", "cold"],
    ["b", "ready"],
  ]);
  expect(zoo.journal === undefined ? 0 : replay(zoo.journal).differs).toBeUndefined();
});

test("a keep-alive of its own unloads a model after one request, and is refused where it is none", async () => {
  await using opened = await zooOf({});
  const { zoo } = opened;
  const state = (): string | undefined => zoo.status().models.find(({ model }) => model === "a")?.state;
  await zoo.run("a", "score-image", { image });
  expect(state()).toBe("ready");
  await zoo.run("a", "score-image", { image }, { keepAliveMs: 0 });
  await vi.waitFor(() => expect(state()).toBe("cold"));
  await expect(zoo.run("a", "score-image", { image }, { keepAliveMs: -1 })).rejects.toThrow("keepAliveMs is a number");
});

test("what is kept is loaded as a goal, not as a request", async () => {
  const kept = [{ model: "a", cache_policy: "keep_warm" as const, priority: "medium" as const, required: false }];
  await using opened = await zooOf({ models: [...kept] });
  const { zoo } = opened;
  expect(await zoo.warm()).toEqual([]);
  expect(zoo.status().models).toMatchObject([{ model: "a", state: "ready", keep_warm: true }]);
  const loads = zoo.journal?.entries.flatMap(({ actions }) => actions).filter(({ type }) => type === "load");
  expect(loads).toMatchObject([{ unit: "a", reason: { kind: "kept", place: 0 } }]);
});
