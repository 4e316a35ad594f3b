import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { LoadProgress } from "../zoo/load-all.ts";
import { createZoo, type ZooOptions } from "./create-zoo.ts";
import type { LocalZoo } from "./local-zoo.ts";
import { TemporaryApplication } from "./temporary-application.ts";

type Behaviour = { readonly ms?: number; readonly fails?: string; readonly ramMb?: number; readonly hangs?: boolean };

/** A zoo of models that plain functions load, and the order in which their loads began. */
async function zooOf(
  models: Readonly<Record<string, Behaviour>>,
  work: (zoo: LocalZoo, began: string[]) => Promise<void>,
  spec: ZooOptions["spec"] = {},
): Promise<void> {
  await using app = await TemporaryApplication.create({});
  await using zoo = await createZoo({ appDir: app.dir, spec: { runner: "inline", ...spec } });
  const began: string[] = [];
  for (const [name, { ms = 0, fails, ramMb = 10, hangs = false }] of Object.entries(models))
    await zoo.register({
      name,
      memory: { ram_mb: ramMb },
      load: async () => {
        began.push(name);
        if (hangs) await new Promise(() => {});
        await setTimeout(ms);
        if (fails !== undefined) throw new Error(fails);
        return {};
      },
    });
  await work(zoo, began);
}

describe("loading several models", () => {
  test("gives what came of each: one that fails, or that nobody has, harms no other", () =>
    zooOf({ a: {}, b: { fails: "there is nothing to open" }, c: {} }, async (zoo) => {
      const outcomes = await zoo.loadAll({ models: ["a", "b", "c", "nobody", "a"] });
      expect(outcomes.map(({ model, ok, error }) => [model, ok, error?.code])).toEqual([
        ["nobody", false, "model_not_found"],
        ["a", true, undefined],
        ["b", false, "model_load_failed"],
        ["c", true, undefined],
      ]);
      expect(outcomes[2]?.error?.message).toContain("there is nothing to open");
      expect(zoo.status().models.map(({ model, state, keep_warm }) => [model, state, keep_warm])).toEqual([
        ["a", "ready", true],
        ["b", "failed", false],
        ["c", "ready", true],
      ]);
    }));

  test("takes every model of the zoo in order of startup, so many at a time", () => {
    const models = [
      { model: "last", priority: "low" },
      { model: "second", startup_priority: 1 },
      { model: "first", required: true },
      { model: "third", startup_priority: 2 },
    ] as const;
    return zooOf(
      {},
      async (zoo) => {
        const began: string[] = [];
        let underWay = 0;
        let most = 0;
        for (const { model, ...kept } of models)
          await zoo.register({
            name: model,
            ...("required" in kept ? { required: true } : {}),
            ...("priority" in kept ? { priority: kept.priority } : {}),
            load: async () => {
              began.push(model);
              most = Math.max(most, ++underWay);
              await setTimeout(5);
              underWay -= 1;
              return {};
            },
          });
        await zoo.loadAll({ maxWorkers: 1 });
        expect([began[0], began.at(-1), most]).toEqual(["first", "last", 1]);
        await Promise.all(began.map((name) => zoo.unload(name)));
        await zoo.loadAll();
        expect(most).toBe(3);
      },
      { max_loading: 3 },
    );
  });

  test("tells how far it is, and ends with what its listener throws", () =>
    zooOf({ a: {}, b: { fails: "no" } }, async (zoo) => {
      const told: LoadProgress[] = [];
      await zoo.loadAll({ maxWorkers: 1, onProgress: (progress) => told.push(progress) });
      expect(told.map(({ model, outcome, done }) => [model, outcome?.ok, done])).toEqual([
        ["a", undefined, 0],
        ["a", true, 1],
        ["b", undefined, 1],
        ["b", false, 2],
      ]);
      expect(told[0]?.models).toEqual(["a", "b"]);
      const onProgress = (): never => {
        throw new RangeError("mine");
      };
      await expect(zoo.loadAll({ onProgress })).rejects.toThrow("mine");
      await expect(zoo.loadAll({ onProgress: () => Promise.reject(new RangeError("late")) })).rejects.toThrow("late");
    }));

  test("that is cancelled keeps what has loaded and withdraws the rest, those under way too", () =>
    zooOf({ a: {}, b: { hangs: true }, c: {} }, async (zoo, began) => {
      const leave = new AbortController();
      const onProgress = ({ model, outcome }: LoadProgress): void => {
        if (model === "b" && outcome === undefined) leave.abort();
      };
      const outcomes = await zoo.loadAll({ maxWorkers: 1, signal: leave.signal, onProgress });
      expect(outcomes.map(({ ok, error }) => (ok ? "ok" : error?.code))).toEqual(["ok", "cancelled", "cancelled"]);
      expect(began).not.toContain("c");
      const late = await zoo.loadAll({ models: ["b", "c"], maxWorkers: 1, deadlineMs: 20 });
      expect(late.map(({ error }) => error?.code)).toEqual(["deadline_exceeded", "deadline_exceeded"]);
    }));

  test("says of each that finds no room beside those before it why", () =>
    zooOf(
      { a: { ramMb: 60 }, b: { ramMb: 60 }, c: { ramMb: 30 } },
      async (zoo) => {
        const outcomes = await zoo.loadAll({ maxWorkers: 1 });
        expect(outcomes.map(({ ok, error }) => (ok ? "ok" : error?.code))).toEqual(["ok", "insufficient_memory", "ok"]);
      },
      { memory_mb: { cpu: 100 } },
    ));

  test.each([
    { models: "a" },
    { maxWorkers: 0 },
    { maxWorkers: 1.5 },
    { onProgress: 1 },
    { deadlineMs: -1 },
    { wokers: 1 },
  ])("is refused with options that are none: %j", (options) =>
    zooOf({}, (zoo) => expect(zoo.loadAll(options as never)).rejects.toMatchObject({ code: "input_invalid" })),
  );
});

describe("unloading several models", () => {
  const models = { a: {}, b: {}, c: {} };
  const states = (zoo: LocalZoo): string =>
    zoo
      .status()
      .models.flatMap(({ model, state }) => (state === "ready" ? model : []))
      .join("");
  const use = async (zoo: LocalZoo, ...names: string[]): Promise<void> => {
    for (const name of names) {
      await (await zoo.get(name))[Symbol.asyncDispose]();
      await setTimeout(3);
    }
  };

  test("unloads all that is loaded, kept models too, and says what came back", () =>
    zooOf(models, async (zoo) => {
      await zoo.load("a");
      await use(zoo, "b");
      const outcomes = await zoo.unloadAll();
      expect(outcomes.map(({ model, ok, freed_bytes }) => [model, ok, freed_bytes]).sort()).toEqual([
        ["a", true, 10e6],
        ["b", true, 10e6],
      ]);
      expect([states(zoo), zoo.status().devices[0]?.reserved_bytes]).toEqual(["", 0]);
    }));

  test("unloads one by name or role, and those of a plugin", () =>
    zooOf(models, async (zoo) => {
      await use(zoo, "a", "b", "c");
      await zoo.unloadAll({ models: ["b"] });
      expect(states(zoo)).toBe("ac");
      const { plugin } = zoo.find("c");
      await zoo.unloadAll({ plugin: String(plugin) });
      expect(states(zoo)).toBe("a");
      await expect(zoo.unloadAll({ plugin: "nobody" })).rejects.toThrow('No model of this zoo is of a plugin "nobody"');
      await expect(zoo.unloadAll({ models: ["nobody"] })).rejects.toMatchObject({ code: "model_not_found" });
    }));

  test("under pressure unloads idle models, the least recently used first, until enough is free", () =>
    zooOf(
      models,
      async (zoo) => {
        await use(zoo, "b", "a", "c", "b");
        await zoo.unloadAll({ over: 0.25 });
        expect(states(zoo)).toBe("bc");
        await zoo.unloadAll({ over: 0.25 });
        expect(states(zoo)).toBe("bc");
      },
      { memory_mb: { cpu: 100 } },
    ));

  test("leaves alone what is leased or kept where models are chosen by their use", () =>
    zooOf(models, async (zoo) => {
      await zoo.load("a");
      await use(zoo, "c");
      await using _ = await zoo.get("b");
      expect((await zoo.unloadAll({ over: 0 })).map(({ model }) => model)).toEqual(["c"]);
      expect(states(zoo)).toBe("ab");
    }));

  test("by time-out unloads those that have idled for so long on their kind of device, and no more than are asked for", () =>
    zooOf(models, async (zoo) => {
      await use(zoo, "a", "b", "c");
      expect(await zoo.unloadAll({ idleMs: 60_000 })).toEqual([]);
      expect(await zoo.unloadAll({ idleMs: { vram: 0 } })).toEqual([]);
      await zoo.unloadAll({ idleMs: { ram: 1 }, count: 1 });
      expect(states(zoo)).toBe("bc");
      await zoo.unloadAll({ count: 1 });
      expect(states(zoo)).toBe("c");
    }));

  test("gives each its own outcome where a lease is not given back in time", () =>
    zooOf(models, async (zoo) => {
      await use(zoo, "a");
      await using _ = await zoo.get("b");
      const outcomes = await zoo.unloadAll({ deadlineMs: 30 });
      expect(outcomes.map(({ model, error }) => [model, error?.code]).sort()).toEqual([
        ["a", undefined],
        ["b", "deadline_exceeded"],
      ]);
    }));

  test.each([
    { over: 85 },
    { over: "80%" },
    { count: -1 },
    { idleMs: {} },
    { idleMs: { gpu: 1 } },
    { models: "a" },
    { al: true },
  ])("is refused with a selection that is none: %j", (selection) =>
    zooOf({}, (zoo) => expect(zoo.unloadAll(selection as never)).rejects.toMatchObject({ code: "input_invalid" })),
  );

  test("means a model too that is being removed, which has no name any more", () =>
    zooOf({ a: {}, b: {} }, async (zoo) => {
      const lease = await zoo.get("a");
      const removed = zoo.remove("a");
      const unloaded = zoo.unloadAll();
      await lease[Symbol.asyncDispose]();
      expect(await unloaded).toMatchObject([{ model: "a", ok: true, freed_bytes: 10e6 }]);
      await removed;
    }));
});
