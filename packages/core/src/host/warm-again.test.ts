import { expect, test } from "vitest";
import { createZoo } from "./create-zoo.ts";
import type { LocalZoo } from "./local-zoo.ts";
import { scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";

const body = `
  tasks = { "score-image": () => ({ score: 1, best: 1, worst: 0 }) };
  async open() { return {}; }
`;

async function withKept(work: (zoo: LocalZoo) => Promise<void>): Promise<void> {
  await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", body) });
  const spec = { runner: "inline", models: [{ model: "a", cache_policy: "keep_warm" }] } as const;
  await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache`, spec });
  await zoo.warm();
  await work(zoo);
}

test("what the spec keeps is loaded by warm and kept again, though it was unloaded by name", () =>
  withKept(async (zoo) => {
    await zoo.unload("a");
    expect(zoo.status().models[0]).toMatchObject({ state: "cold", keep_warm: false });
    expect(await zoo.warm()).toEqual([]);
    expect(zoo.status().models[0]).toMatchObject({ state: "ready", keep_warm: true });
  }));

test("an unload that waits for leases is told when warm keeps the model meanwhile", () =>
  withKept(async (zoo) => {
    await using lease = await zoo.get("a");
    const unloaded = zoo.unload("a");
    const told = expect(unloaded).rejects.toMatchObject({ code: "cancelled", model: "a" });
    expect(await zoo.warm()).toEqual([]);
    await told;
    await lease[Symbol.asyncDispose]();
    expect(zoo.status().models[0]).toMatchObject({ state: "ready", keep_warm: true });
    await zoo.unload("a");
    expect(zoo.status().models[0]?.state).toBe("cold");
  }));
