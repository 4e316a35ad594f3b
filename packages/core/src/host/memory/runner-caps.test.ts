import { describe, expect, test } from "vitest";
import { greedyZoo } from "./fixtures/greedy-zoo.ts";
import { capOf } from "./runner-caps.ts";

test("a cap is the reservation with half as much, or 256 MB, and never more than the budget", () => {
  expect(capOf(100e6, 8e9)).toBe(356e6);
  expect(capOf(2e9, 8e9)).toBe(3e9);
  expect(capOf(6e9, 8e9)).toBe(8e9);
});

describe.runIf(process.platform === "linux")("a model that declares too little", () => {
  test("is told of when a run meets its cap, and the run is answered once more is set aside", async () => {
    await using opened = await greedyZoo(0, 2000);
    const { zoo, outgrown } = opened;
    expect((await zoo.run("a", "score-image", { image: new Uint8Array([1]) })).output).toMatchObject({ score: 1 });
    expect(outgrown()).toBe(0);
    expect((await zoo.run("a", "score-image", { image: new Uint8Array([40]) })).output).toMatchObject({ score: 40 });
    expect(outgrown()).toBe(1);
    expect(zoo.status().models[0]).toMatchObject({ state: "ready", loads: 1 });
  });
});
