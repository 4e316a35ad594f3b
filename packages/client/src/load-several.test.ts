import { setTimeout } from "node:timers/promises";
import type { LoadProgress } from "@menagerie/core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ScriptedZoo } from "../fixtures/scripted-zoo.ts";
import { ServedZoo } from "./served-zoo.ts";

let served: ScriptedZoo;
let zoo: ServedZoo;
beforeAll(async () => {
  served = await ScriptedZoo.serve();
  zoo = new ServedZoo(served.address);
  await served.zoo.register({ name: "quick", load: async () => ({}) });
  await served.zoo.register({ name: "slow", load: () => setTimeout(60_000, {}, { ref: false }) });
  const load = (): never => {
    throw new Error("there is nothing to open");
  };
  await served.zoo.register({ name: "broken", load });
});
afterAll(async () => {
  await zoo.close();
  await served[Symbol.asyncDispose]();
});

const waiting = (name: string): number | undefined =>
  served.zoo.status().models.find(({ model }) => model === name)?.waiting;

test("several models are loaded in a served zoo, with what came of each and how far it is", async () => {
  const told: LoadProgress[] = [];
  const outcomes = await zoo.loadAll({
    models: ["quick", "broken", "everything"],
    onProgress: (progress) => told.push(progress),
  });
  expect(outcomes.map(({ model, ok, error }) => [model, ok, error?.code])).toEqual([
    ["quick", true, undefined],
    ["broken", false, "model_load_failed"],
    ["scripted", true, undefined],
  ]);
  expect(told).toHaveLength(6);
  expect(told.at(-1)).toMatchObject({ done: 3, models: ["quick", "broken", "scripted"] });
  await Promise.all(["quick", "scripted"].map((model) => served.zoo.unload(model)));
});

test("whoever leaves keeps what has loaded; the server withdraws the rest", async () => {
  const leave = new AbortController();
  const models = ["quick", "slow"];
  const outcomes = await zoo.loadAll({
    models,
    signal: leave.signal,
    onProgress: ({ model, outcome }) => {
      if (model === "quick" && outcome !== undefined) leave.abort();
    },
  });
  expect(outcomes.map(({ model, ok, error }) => [model, ok ? "ok" : error?.code])).toEqual([
    ["quick", "ok"],
    ["slow", "cancelled"],
  ]);
  await vi.waitFor(() => expect(waiting("slow")).toBe(0), { timeout: 5000 });
  const onProgress = (): never => {
    throw new RangeError("mine");
  };
  await expect(zoo.loadAll({ models, onProgress })).rejects.toThrow("mine");
});

test("models of a served zoo are unloaded by a selection, which over HTTP has to be said", async () => {
  await served.zoo.load("quick");
  expect(await zoo.unloadAll({ idleMs: { ram: 0 } })).toEqual([]);
  expect(await zoo.unloadAll({ models: ["quick"] })).toMatchObject([{ model: "quick", ok: true, freed_bytes: 50e6 }]);
  await served.zoo.load("quick");
  expect((await zoo.unloadAll()).map(({ model }) => model)).toContain("quick");
  for (const body of [{}, { all: false }, { all: true, over: 0.5 }, { everything: true }, { over: 2 }]) {
    const headers = { "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    expect((await fetch(`${served.address}/v1/unload`, init)).status, JSON.stringify(body)).toBe(400);
  }
});

test("over HTTP several models are loaded with one request, and a body that says something else is refused", async () => {
  const post = async (body: unknown): Promise<[number, unknown]> => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${served.address}/v1/load`, { method: "POST", headers, body: JSON.stringify(body) });
    return [response.status, await response.json()];
  };
  expect(await post({ models: ["quick", "broken"], max_workers: 2 })).toMatchObject([
    200,
    {
      data: [
        { model: "quick", ok: true },
        { model: "broken", ok: false, error: { code: "model_load_failed" } },
      ],
    },
  ]);
  for (const body of [{ model: "quick" }, { models: "quick" }, { max_workers: "3" }, ["quick"]])
    expect(await post(body), JSON.stringify(body)).toMatchObject([400, { error: { code: "input_invalid" } }]);
});
