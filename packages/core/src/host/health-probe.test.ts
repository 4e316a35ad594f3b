import { expect, test } from "vitest";
import { createZoo } from "./create-zoo.ts";
import { scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";

const body = `
  tasks = { "score-image": async () => {
    globalThis.probesOfTest = (globalThis.probesOfTest ?? 0) + 1;
    if (globalThis.isSickInTest) throw new Error("the graph is gone");
    return { score: 1, best: 0, worst: 1 };
  } };
  async open() { return {}; }
`;

test("a kept model is asked now and then, and health is true to what it answers", async () => {
  const script = globalThis as { isSickInTest?: boolean; probesOfTest?: number };
  await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", body) });
  const models = [{ model: "a", cache_policy: "keep_warm", required: true }] as const;
  const spec = { runner: "inline", health_check_interval_s: 0.03, models } as const;
  await using zoo = await createZoo({ appDir: app.dir, spec });
  await zoo.warm();
  await expect.poll(() => script.probesOfTest ?? 0, { interval: 5, timeout: 10_000 }).toBeGreaterThan(1);
  expect(zoo.health().status).toBe("healthy");
  script.isSickInTest = true;
  await expect.poll(() => zoo.health().status, { interval: 5, timeout: 10_000 }).toBe("unhealthy");
  expect(zoo.health().message).toContain("the graph is gone");
  expect(zoo.status().models[0]).toMatchObject({ state: "ready", error: { code: "internal" } });
  script.isSickInTest = false;
  await expect.poll(() => zoo.health().status, { interval: 5, timeout: 10_000 }).toBe("healthy");
});

test("a probe is no use of the model, and what it found is forgotten once the model is kept no more", async () => {
  const script = globalThis as { isSickInTest?: boolean; probesOfTest?: number };
  script.probesOfTest = 0;
  script.isSickInTest = false;
  await using app = await TemporaryApplication.create({
    "plugin-a": scriptedPlugin("plugin-a", "a", body),
    "plugin-b": scriptedPlugin("plugin-b", "b", body),
  });
  const models = [{ model: "image_quality", cache_policy: "keep_warm" }, { model: "b" }] as const;
  const roles = { image_quality: "a" };
  const spec = { runner: "inline", health_check_interval_s: 0.03, models, roles } as const;
  await using zoo = await createZoo({ appDir: app.dir, spec });
  await zoo.warm();
  await expect.poll(() => script.probesOfTest ?? 0, { interval: 5, timeout: 10_000 }).toBeGreaterThan(1);
  const unused = { usage: { answers: 0, failures: 0, last_used_ms: undefined }, idle_ms: undefined };
  expect(zoo.status().models[0]).toMatchObject(unused);
  script.isSickInTest = true;
  await expect.poll(() => zoo.health().status, { interval: 5, timeout: 10_000 }).toBe("degraded");
  expect(zoo.status().models[0]).toMatchObject(unused);
  script.isSickInTest = false;
  await zoo.bind("image_quality", "b");
  await expect.poll(() => zoo.health().status, { interval: 5, timeout: 10_000 }).toBe("healthy");
  expect(zoo.status().models.map(({ state }) => state)).toEqual(["ready", "ready"]);
});
