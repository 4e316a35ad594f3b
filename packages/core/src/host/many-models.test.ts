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
