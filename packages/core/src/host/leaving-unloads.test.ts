import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import type { ModelError } from "../contract/model-error.ts";
import { createZoo } from "./create-zoo.ts";
import type { LocalZoo } from "./local-zoo.ts";
import { scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";

/** The first byte says what the model does. */
const body = `
  tasks = { "score-image": async (opened, { image }, { signal }) => {
    if (image[0] === 1) await new Promise(() => {});
    if (image[0] === 2) throw Object.create(null);
    if (image[0] === 3) throw Object.defineProperty(new Error("x"), "message", { get() { throw new Error("no"); } });
    if (image[0] === 4) throw new Proxy({}, { has() { throw new Error("no"); }, get() { throw new Error("no"); } });
    if (image[0] === 5) { this.log.info({ k: 1 }, "the other way round"); this.log.warn("n", 5); this.log.error(new Error("e")); this.log.debug(); this.log.info("list", [1, 2]); }
    if (image[0] === 6) throw new Error("x".repeat(5e6));
    if (image[0] === 7) await new Promise((_, end) => signal.addEventListener("abort", () => end(signal.reason)));
    return { score: image[0], best: 0, worst: 9 };
  } };
  async open({ log }) { this.log = log; return {}; }
`;

async function withZoo(runner: "inline" | "process", work: (zoo: LocalZoo) => Promise<void>): Promise<void> {
  await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", body) });
  await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache`, spec: { runner } });
  await work(zoo);
}

const ask = (zoo: LocalZoo, act = 0) => zoo.run("a", "score-image", { image: Uint8Array.of(act) });
const errorOf = (promise: Promise<unknown>): Promise<ModelError> =>
  promise.then(
    () => expect.unreachable(),
    (error: ModelError) => error,
  );

describe.each(["inline", "process"] as const)("with runners that are %s", (runner) => {
  test("an unload that is withdrawn, or whose deadline comes, is forgotten: the model goes on answering", () =>
    withZoo(runner, async (zoo) => {
      await using _ = await zoo.get("a");
      expect(await errorOf(zoo.unload("a", { deadlineMs: 50 }))).toMatchObject({
        code: "deadline_exceeded",
        message: expect.stringContaining("to be unloaded was still waiting for 1 lease"),
      });
      expect(await errorOf(zoo.unload("a", { signal: AbortSignal.timeout(20) }))).toMatchObject({ code: "cancelled" });
      expect((await ask(zoo)).output.score).toBe(0);
    }));

  test("a stream that is made of a sequence of questions and destroyed gives its share in the model back", () =>
    withZoo(runner, async (zoo) => {
      await ask(zoo);
      const stream = Readable.from(zoo.map("a", "score-image", [{ image: Uint8Array.of(7) }])).resume();
      await vi.waitFor(() => expect(zoo.status().models[0]?.leases).toBe(1));
      await setTimeout(20);
      stream.destroy();
      await vi.waitFor(() => expect(zoo.status().models[0]?.leases).toBe(0));
    }));

  test("an unload of a closed zoo resolves", () =>
    withZoo(runner, async (zoo) => {
      await zoo.get("a");
      await zoo.close({ graceMs: 0 });
      await zoo.unload("a");
    }));

  test("closing without grace ends what is under way with zoo_closed, and waits for no work", () =>
    withZoo(runner, async (zoo) => {
      await ask(zoo);
      const asked = errorOf(ask(zoo, 1));
      const started = performance.now();
      await zoo.close({ graceMs: 0 });
      expect(await asked).toMatchObject({ code: "zoo_closed" });
      expect(performance.now() - started).toBeLessThan(2000);
    }));

  test("whatever a loader throws is an error of that request, with the model's name, and cut to a readable length", () =>
    withZoo(runner, async (zoo) => {
      for (const act of [2, 3, 4]) expect(await errorOf(ask(zoo, act))).toMatchObject({ code: "internal", model: "a" });
      expect((await errorOf(ask(zoo, 6))).message.length).toBeLessThan(runner === "process" ? 11_000 : 6e6);
      expect((await ask(zoo)).output.score).toBe(0);
      expect(zoo.status().models[0]?.loads).toBe(1);
    }));

  test("whatever a loader logs, and in whatever order, ends nobody", () =>
    withZoo(runner, async (zoo) => {
      expect((await ask(zoo, 5)).output.score).toBe(5);
      expect((await ask(zoo)).output.score).toBe(0);
      expect(zoo.status().models[0]?.loads).toBe(1);
    }));

  test("a deadline while the model loads says so", async () => {
    const slow = body.replace("return {};", "await new Promise((resolve) => setTimeout(resolve, 500)); return {};");
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", slow) });
    await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache`, spec: { runner } });
    const late = zoo.run("a", "score-image", { image: Uint8Array.of(0) }, { deadlineMs: 100 });
    expect((await errorOf(late)).message).toContain("was still waiting for the model to be loaded");
  });
});

test("a signal that is none, a deadline that is no number and a priority that is no word are refused", () =>
  withZoo("inline", async (zoo) => {
    for (const options of [{ signal: new AbortController() }, { deadlineMs: "5000" }, { priority: "urgent" }])
      expect(
        await errorOf(zoo.run("a", "score-image", { image: Uint8Array.of(0) }, options as never)),
        JSON.stringify(options),
      ).toMatchObject({ code: "input_invalid" });
  }));

test("a request withdrawn in any of the moments around its model's being ready leaves no lease behind", () =>
  withZoo("inline", async (zoo) => {
    let leave = (): void => {};
    let moments = 0;
    zoo.onEvent(({ type }) => {
      if (type !== "loaded") return;
      // A moment is a turn of the queue of microtasks.
      let wait = Promise.resolve();
      for (let i = 0; i < moments; i++) wait = wait.then(() => {});
      void wait.then(() => leave());
    });
    const ends = new Set<string>();
    for (moments = 0; moments < 40; moments++) {
      const leaves = new AbortController();
      leave = () => leaves.abort();
      const end = await zoo.get("a", { signal: leaves.signal }).then(
        async (lease) => {
          await lease[Symbol.asyncDispose]();
          return "ready";
        },
        ({ code }: ModelError) => code,
      );
      ends.add(end);
      await expect.poll(() => zoo.status().models[0], { interval: 1 }).toMatchObject({ state: "ready", leases: 0 });
      await zoo.unload("a");
    }
    expect([...ends].sort()).toEqual(["cancelled", "ready"]);
  }));
