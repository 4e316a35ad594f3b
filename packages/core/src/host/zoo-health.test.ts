import { expect, test } from "vitest";
import { healthOf } from "../zoo/zoo-health.ts";
import { createZoo, type ZooOptions } from "./create-zoo.ts";
import type { LocalZoo } from "./local-zoo.ts";
import { TemporaryApplication } from "./temporary-application.ts";

async function withZoo(spec: ZooOptions["spec"], work: (zoo: LocalZoo) => Promise<void>): Promise<void> {
  await using app = await TemporaryApplication.create({});
  await using zoo = await createZoo({ appDir: app.dir, spec: { runner: "inline", ...spec } });
  await work(zoo);
}

const broken = (): never => {
  throw new Error("there is nothing to open");
};

test("health is healthy while nothing is wrong, loaded or not, with what is loaded", () =>
  withZoo({}, async (zoo) => {
    expect(zoo.health()).toMatchObject({ status: "healthy", total_count: 0, errors: {} });
    await zoo.register({ name: "a", load: async () => ({}) });
    await zoo.register({ name: "b", load: async () => ({}) });
    await zoo.load("a");
    expect(zoo.health()).toEqual({
      status: "healthy",
      message: "1 of 2 models are loaded; each can be asked.",
      models_loaded: { a: true, b: false },
      loaded_count: 1,
      total_count: 2,
      errors: {},
    });
  }));

test("health is degraded by an optional model that failed, unhealthy by a required one, and says why", () =>
  withZoo({}, async (zoo) => {
    await zoo.register({ name: "a", load: broken });
    await zoo.loadAll();
    expect(zoo.health()).toMatchObject({ status: "degraded", errors: { a: { code: "model_load_failed" } } });
    expect(zoo.health().message).toContain("there is nothing to open");
    await zoo.register({ name: "b", required: true, load: broken });
    await zoo.loadAll({ models: ["b"] });
    expect(zoo.health()).toMatchObject({ status: "unhealthy", loaded_count: 0, total_count: 2 });
  }));

test("health is unhealthy where a required model that is to be kept does not fit", () =>
  withZoo({ memory_mb: { cpu: 100 } }, async (zoo) => {
    await zoo.register({
      name: "large",
      required: true,
      cache_policy: "keep_warm",
      memory: { ram_mb: 200 },
      load: broken,
    });
    expect(zoo.health()).toMatchObject({ status: "unhealthy", errors: { large: { code: "insufficient_memory" } } });
    expect(zoo.health().message).toContain("200 MB");
  }));

test("of several things that concern no model, none is left out", () => {
  const problems = ["One is broken.", "Another is too."].map((message) => ({
    code: "plugin_invalid" as const,
    message,
  }));
  const health = healthOf({ name: "z", health: "degraded", devices: [], models: [], bindings: {}, problems });
  expect(health.errors).toEqual({ zoo: { code: "plugin_invalid", message: "One is broken. Another is too." } });
});
