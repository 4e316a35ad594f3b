import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { createZoo, type ZooOptions } from "./create-zoo.ts";
import type { LocalZoo, ZooEvent } from "./local-zoo.ts";
import { scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";

const body = `
  tasks = { "score-image": async (_, { image }) => {
    if (image[0] === 2) throw new Error("no");
    return { score: 1, best: 0, worst: 1 };
  } };
  async open() { return {}; }
`;

async function withZoo(
  spec: ZooOptions["spec"],
  work: (zoo: LocalZoo, events: ZooEvent[]) => Promise<void>,
): Promise<void> {
  await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", body) });
  await using zoo = await createZoo({ appDir: app.dir, spec: { runner: "inline", ...spec } });
  const events: ZooEvent[] = [];
  zoo.onEvent((event) => events.push(event));
  await work(zoo, events);
}

const ask = (zoo: LocalZoo, first: number) => zoo.run("a", "score-image", { image: Uint8Array.of(first) });

test("a status says what a model has answered, what failed, when it was last used, and what it has held for how long", () =>
  withZoo({}, async (zoo) => {
    expect(zoo.status().models[0]?.usage).toEqual({
      answers: 0,
      failures: 0,
      last_used_ms: undefined,
      byte_seconds: 0,
    });
    await ask(zoo, 1);
    await ask(zoo, 1);
    await expect(ask(zoo, 2)).rejects.toThrow("no");
    await setTimeout(20);
    const { usage } = zoo.status().models[0] ?? {};
    expect(usage).toMatchObject({ answers: 2, failures: 1 });
    expect(usage?.last_used_ms).toBeGreaterThanOrEqual(15);
    // 100 MB for 20 ms.
    expect(usage?.byte_seconds).toBeGreaterThan(1.5e6);
    await zoo.unload("a");
    const held = zoo.status().models[0]?.usage.byte_seconds;
    await setTimeout(10);
    expect(zoo.status().models[0]?.usage.byte_seconds).toBe(held);
  }));

test("a status says who holds a lease, since when, and where in code it was taken", () =>
  withZoo({}, async (zoo) => {
    const lease = await zoo.get("a");
    await setTimeout(10);
    const [held] = zoo.status().models[0]?.held ?? [];
    expect(held?.at).toMatch(/leases\.test\.ts:\d+:\d+$/);
    expect(held?.held_ms).toBeGreaterThanOrEqual(5);
    await lease[Symbol.asyncDispose]();
    expect(zoo.status().models[0]?.held).toEqual([]);
  }));

test("a lease that is held for very long is reported once, with the place that took it", () =>
  withZoo({ lease_warning_s: 0.02 }, async (zoo, events) => {
    await (await zoo.get("a"))[Symbol.asyncDispose]();
    await using _ = await zoo.get("a");
    await setTimeout(80);
    const told = events.filter(({ type }) => type === "lease-held-long");
    expect(told).toEqual([
      { type: "lease-held-long", model: "a", ms: expect.any(Number), at: expect.stringContaining("leases.test.ts") },
    ]);
  }));

test("a lease that is collected without having been given back is given back, and reported", () =>
  withZoo({}, async (zoo, events) => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    await (async () => {
      await zoo.get("a");
    })();
    expect(zoo.status().models[0]?.leases).toBe(1);
    await expect
      .poll(() => {
        collect();
        return zoo.status().models[0]?.leases;
      })
      .toBe(0);
    expect(events.filter(({ type }) => type === "lease-lost")).toMatchObject([
      { at: expect.stringContaining("leases.test.ts") },
    ]);
    await zoo.unload("a");
  }));
