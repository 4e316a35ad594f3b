import { setTimeout } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { createZoo } from "./create-zoo.ts";
import { scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";

const body = `
  tasks = { "score-image": () => ({ score: 1, best: 1, worst: 0 }) };
  async open() { await new Promise((resolve) => setTimeout(resolve, 150)); return {}; }
`;

test("a model whose load, unload and load again are asked for while it loads is loaded in the end, and stays", async () => {
  await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", body) });
  await using zoo = await createZoo({
    appDir: app.dir,
    cacheDir: `${app.dir}/cache`,
    spec: { runner: "inline", ram_timeout_s: 0 },
  });
  const seen: string[] = [];
  zoo.onEvent(({ type }) => void seen.push(type));
  const model = () => zoo.status().models[0];
  const loaded = zoo.load("a");
  await vi.waitFor(() => expect(model()?.state).toBe("loading"));
  const unloaded = zoo.unload("a");
  const again = zoo.load("a");
  await Promise.all([loaded, unloaded, again]);
  await setTimeout(20);
  expect(model()).toMatchObject({ state: "ready", loads: 2 });
  expect(seen.filter((type) => type === "loaded" || type === "unloaded")).toEqual(["loaded", "unloaded", "loaded"]);
});
