import { describe, expect, test } from "vitest";
import { greedyZoo } from "./fixtures/greedy-zoo.ts";

describe.runIf(process.platform === "linux")("a model that declares too little", () => {
  test("fails a run for which the budget has no room, and answers the next", async () => {
    await using opened = await greedyZoo(0, 400);
    const { zoo } = opened;
    const large = zoo.run("a", "score-image", { image: new Uint8Array([90]) });
    await expect(large).rejects.toMatchObject({ code: "insufficient_memory" });
    expect((await zoo.run("a", "score-image", { image: new Uint8Array([1]) })).output).toMatchObject({ score: 1 });
  });

  test("whose JavaScript outgrows its cap, which V8 answers by ending the process, is asked once more within the budget", async () => {
    await using opened = await greedyZoo(0, 4000);
    const { zoo } = opened;
    // A picture of two bytes takes the first times 10 MB as objects of JavaScript.
    const { output } = await zoo.run("a", "score-image", { image: new Uint8Array([60, 1]) });
    expect(output).toMatchObject({ score: 60 });
    expect(zoo.status().models[0]?.loads).toBe(2);
  });

  test("is loaded once more where its load meets the cap", async () => {
    await using opened = await greedyZoo(400, 2000);
    const { zoo, outgrown } = opened;
    expect((await zoo.run("a", "score-image", { image: new Uint8Array([1]) })).output).toMatchObject({ score: 1 });
    expect(outgrown()).toBe(1);
    expect(zoo.status().models[0]).toMatchObject({ state: "ready", loads: 1 });
  });

  test("fails to load by the code of memory where the budget has no room", async () => {
    await using opened = await greedyZoo(600, 400);
    await expect(opened.zoo.load("a")).rejects.toMatchObject({ code: "insufficient_memory" });
  });
});
