import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { createZoo } from "./create-zoo.ts";
import type { LocalZoo } from "./local-zoo.ts";
import { TemporaryApplication } from "./temporary-application.ts";

/** A zoo with one model, whose loads fail as long as `isBroken`. */
async function withModel(
  work: (zoo: LocalZoo, model: { isBroken: boolean; loads: number }) => Promise<void>,
): Promise<void> {
  await using app = await TemporaryApplication.create({});
  await using zoo = await createZoo({ appDir: app.dir, spec: { runner: "inline" } });
  const model = { isBroken: false, loads: 0 };
  const load = async (): Promise<object> => {
    model.loads += 1;
    await setTimeout(5);
    if (model.isBroken) throw new Error("broken");
    return {};
  };
  await zoo.register({ name: "a", load });
  await work(zoo, model);
}

const stateOf = (zoo: LocalZoo) => zoo.status().models[0];

test("a load that failed leaves no lease behind: after a good one the model is unloaded like every other", () =>
  withModel(async (zoo, model) => {
    model.isBroken = true;
    await expect(zoo.get("a")).rejects.toMatchObject({ code: "model_load_failed" });
    expect(stateOf(zoo)).toMatchObject({ leases: 0, waiting: 0 });
    model.isBroken = false;
    await (await zoo.get("a", { keepAliveMs: 0 }))[Symbol.asyncDispose]();
    await expect.poll(() => stateOf(zoo)?.state, { interval: 2 }).toBe("cold");
  }));

test("a model that is loaded to be kept stays when the lease of another ends, also where it was loaded already", () =>
  withModel(async (zoo, model) => {
    const lease = await zoo.get("a", { keepAliveMs: 0 });
    await zoo.load("a");
    await lease[Symbol.asyncDispose]();
    await setTimeout(10);
    expect([stateOf(zoo)?.state, model.loads]).toEqual(["ready", 1]);
  }));

test("many loads of one model at once are one, and each caller has it", () =>
  withModel(async (zoo, model) => {
    await Promise.all([
      zoo.load("a"),
      zoo.loadAll({ models: ["a"] }),
      zoo.get("a").then((lease) => lease[Symbol.asyncDispose]()),
    ]);
    expect([model.loads, stateOf(zoo)?.leases]).toEqual([1, 0]);
  }));

test("to ask how a model is does not count as use, and what is unknown is an error with a code", () =>
  withModel(async (zoo) => {
    await zoo.load("a");
    await zoo.unload("a");
    const before = stateOf(zoo);
    await setTimeout(5);
    expect(stateOf(zoo)).toMatchObject({ loads: before?.loads, usage: { answers: 0, last_used_ms: undefined } });
    for (const name of ["", "cart", "A"])
      await expect(zoo.load(name)).rejects.toMatchObject({ code: "model_not_found" });
  }));

test("where every model fails the zoo goes on: each has its error, and none reads as loaded", () =>
  withModel(async (zoo, model) => {
    model.isBroken = true;
    expect((await zoo.loadAll()).map(({ error }) => error?.code)).toEqual(["model_load_failed"]);
    expect(zoo.health()).toMatchObject({ status: "degraded", models_loaded: { a: false }, loaded_count: 0 });
    expect(stateOf(zoo)?.state).toBe("failed");
  }));
