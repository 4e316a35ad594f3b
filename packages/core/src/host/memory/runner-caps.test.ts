import { describe, expect, test } from "vitest";
import { createZoo } from "../create-zoo.ts";
import type { ZooEvent } from "../local-zoo.ts";
import { scriptedPlugin, TemporaryApplication } from "../temporary-application.ts";
import { capOf } from "./runner-caps.ts";

test("a cap is the reservation with half as much, or 256 MB, and never more than the budget", () => {
  expect(capOf(100e6, 8e9)).toBe(356e6);
  expect(capOf(2e9, 8e9)).toBe(3e9);
  expect(capOf(6e9, 8e9)).toBe(8e9);
});

/** A picture of one byte, n, is answered when n times 10 MB have been filled; its loader fills so many first. */
const body = (openMb: number) => `
  tasks = { "score-image": (opened, { image }) => {
    const held = Array.from({ length: image[0] }, () => new Uint8Array(10e6).fill(1));
    return { score: held.length, best: 0, worst: 1000 };
  } };
  async open() { return Array.from({ length: ${openMb / 10} }, () => new Uint8Array(10e6).fill(1)); }`;

async function zooOf(openMb: number, budgetMb: number) {
  const spec = { resource_requirements: { vram_mb: 0, ram_mb: 20 } };
  const app = await TemporaryApplication.create({ pa: scriptedPlugin("pa", "a", body(openMb), spec) });
  const zoo = await createZoo({
    appDir: app.dir,
    cacheDir: `${app.dir}/cache`,
    spec: { memory_mb: { cpu: budgetMb } },
  });
  const events: ZooEvent[] = [];
  zoo.onEvent((event) => events.push(event));
  return {
    zoo,
    outgrown: () => events.filter(({ type }) => type === "outgrown").length,
    async [Symbol.asyncDispose]() {
      await zoo[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
    },
  };
}

describe.runIf(process.platform === "linux")("a model that declares too little", () => {
  test("is told of when a run meets its cap, and the run is answered once more is set aside", async () => {
    await using opened = await zooOf(0, 2000);
    const { zoo, outgrown } = opened;
    expect((await zoo.run("a", "score-image", { image: new Uint8Array([1]) })).output).toMatchObject({ score: 1 });
    expect(outgrown()).toBe(0);
    expect((await zoo.run("a", "score-image", { image: new Uint8Array([40]) })).output).toMatchObject({ score: 40 });
    expect(outgrown()).toBe(1);
    expect(zoo.status().devices[0]?.reserved_bytes).toBeGreaterThan(400e6);
    expect(zoo.status().models[0]).toMatchObject({ state: "ready", loads: 1 });
  });

  test("fails a run for which the budget has no room, and answers the next", async () => {
    await using opened = await zooOf(0, 400);
    const { zoo } = opened;
    const large = zoo.run("a", "score-image", { image: new Uint8Array([90]) });
    await expect(large).rejects.toMatchObject({ code: "insufficient_memory" });
    expect((await zoo.run("a", "score-image", { image: new Uint8Array([1]) })).output).toMatchObject({ score: 1 });
  });

  test("is loaded once more where its load meets the cap", async () => {
    await using opened = await zooOf(400, 2000);
    const { zoo, outgrown } = opened;
    expect((await zoo.run("a", "score-image", { image: new Uint8Array([1]) })).output).toMatchObject({ score: 1 });
    expect(outgrown()).toBe(1);
    expect(zoo.status().models[0]).toMatchObject({ state: "ready", loads: 1 });
  });

  test("fails to load by the code of memory where the budget has no room", async () => {
    await using opened = await zooOf(600, 400);
    await expect(opened.zoo.load("a")).rejects.toMatchObject({ code: "insufficient_memory" });
  });
});
