import { describe, expect, test, vi } from "vitest";
import { createZoo } from "./create-zoo.ts";
import { replay } from "./scheduler/replay.ts";
import { scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";
import type { ZooSpecInput } from "./zoo-spec.ts";

/** Takes as many milliseconds as the first byte says, and ends its process where that is 255. */
const body = `tasks = { "score-image": async (_, { image }) => {
  if (image[0] === 255) process.exit(3);
  await new Promise((resolve) => setTimeout(resolve, image[0]));
  return { score: process.pid, best: 0, worst: 1 };
} }; async open() {}`;

/** Models a and b of 100 MB each. */
async function zooOf(spec: ZooSpecInput) {
  const app = await TemporaryApplication.create({
    pa: scriptedPlugin("pa", "a", body),
    pb: scriptedPlugin("pb", "b", body),
  });
  const zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache`, spec: { runner: "inline", ...spec } });
  return {
    zoo,
    ask: async (ms = 40, model = "a") =>
      (await zoo.run(model, "score-image", { image: new Uint8Array([ms]) })).output.score,
    replicas: () => zoo.status().models.find(({ model }) => model === "a")?.replicas,
    async [Symbol.asyncDispose]() {
      await zoo[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
    },
  };
}

const models = (replicas: number) => [{ model: "a", replicas }, { model: "b" }];

describe("a model with replicas", () => {
  test("gets another runner while its calls wait for longer than a run takes, up to so many, and works faster then", async () => {
    await using opened = await zooOf({ models: models(3), memory_mb: { cpu: 1000 } });
    const { zoo, ask, replicas } = opened;
    for (let i = 0; i < 3; i++) await ask();
    expect(replicas()).toEqual([]);
    const calls = Array.from({ length: 40 }, () => ask());
    await vi.waitFor(() => expect(replicas()).toMatchObject([{ state: "ready" }, { state: "ready" }]));
    const started = performance.now();
    const more = Array.from({ length: 9 }, () => ask());
    await Promise.all([...calls, ...more]);
    expect(zoo.status().models[0]).toMatchObject({ reserved_bytes: 300e6, running: 0, waiting: 0, loads: 1 });
    expect(performance.now() - started).toBeLessThan(49 * 40);
    expect(zoo.journal === undefined ? 0 : replay(zoo.journal).differs).toBeUndefined();
    await zoo.unload("a");
    expect(zoo.status().devices[0]?.reserved_bytes).toBe(0);
    expect(replicas()).toEqual([]);
  });

  test("gets none where nobody waits, and none into room that is little or that another model asks for", async () => {
    await using opened = await zooOf({ models: models(2), memory_mb: { cpu: 210 } });
    const { zoo, ask, replicas } = opened;
    await ask(1);
    await Promise.all(Array.from({ length: 8 }, () => ask(30)));
    expect(replicas()).toEqual([]);
    expect(zoo.status().models[0]?.loads).toBe(1);
  });

  test("gives a replica up for any model that asks, and goes on with what it has", async () => {
    await using opened = await zooOf({ models: models(2), memory_mb: { cpu: 250 } });
    const { zoo, ask, replicas } = opened;
    for (let i = 0; i < 3; i++) await ask(20);
    const calls = Array.from({ length: 20 }, () => ask(20));
    await vi.waitFor(() => expect(replicas()).toMatchObject([{ state: "ready" }]));
    expect(await ask(1, "b")).toBe(process.pid);
    expect(await Promise.all(calls)).toHaveLength(20);
    expect(replicas()).toEqual([]);
    expect(zoo.status().models.map(({ state }) => state)).toEqual(["ready", "ready"]);
    await zoo.remove("a");
    expect(zoo.status().devices[0]?.reserved_bytes).toBe(100e6);
  });

  test("cannot be of a group", async () => {
    await expect(zooOf({ models: [{ model: "a", replicas: 2, group: "small" }] })).rejects.toThrow("Leave one of both");
  });
});
