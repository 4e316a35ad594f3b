import { describe, expect, test } from "vitest";
import { weightsDigest } from "../../contract/weights-digest.ts";
import { type CalibratedMemory, emptyLock } from "../../lock/zoo-lock.ts";
import { zooLockText } from "../../lock/zoo-lock-text.ts";
import { createZoo } from "../create-zoo.ts";
import { scriptedPlugin, TemporaryApplication } from "../temporary-application.ts";
import { calibratedBytes, withCalibrated } from "./memory-lock.ts";

const image = new Uint8Array([1]);
const body = `tasks = { "score-image": () => ({ score: 1, best: 0, worst: 100 }) }; async open() { return {}; }`;
const measured: CalibratedMemory = {
  model: "a",
  weights_digest: "",
  precision: "fp32",
  device: "cpu",
  weights_bytes: 0,
  resident_bytes: 30e6,
  peak_bytes: 40e6,
  machine: "a processor",
  versions: { node: "24.0.0" },
};

/** Model a, which declares 100 MB, beside this lock. */
async function zooOf(lock: string | undefined, budgetMb = 1000) {
  const app = await TemporaryApplication.create({ pa: scriptedPlugin("pa", "a", body) });
  if (lock !== undefined) await app.write("zoo.lock", lock);
  const opening = createZoo({
    appDir: app.dir,
    cacheDir: `${app.dir}/cache`,
    spec: { runner: "inline", memory_mb: { cpu: budgetMb } },
  });
  const zoo = await opening.catch(async (error: unknown) => {
    await app[Symbol.asyncDispose]();
    throw error;
  });
  return {
    zoo,
    digest: weightsDigest(zoo.find("a")),
    async [Symbol.asyncDispose]() {
      await zoo[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
    },
  };
}

async function lockOf(change: Partial<CalibratedMemory> = {}): Promise<string> {
  await using known = await zooOf(undefined);
  return zooLockText(withCalibrated(emptyLock, { ...measured, weights_digest: known.digest, ...change }));
}

describe("what was calibrated", () => {
  test("is reserved in the place of what is declared, and a tenth more, so that more fits", async () => {
    const lock = await lockOf();
    await using opened = await zooOf(lock, 50);
    const { zoo } = opened;
    expect(zoo.plan(["a"]).models[0]?.refusal).toBeUndefined();
    await zoo.run("a", "score-image", { image });
    expect(zoo.status().models[0]).toMatchObject({
      state: "ready",
      declared_bytes: 100e6,
      calibrated_bytes: 44e6,
      reserved_bytes: 44e6,
    });
    expect(zoo.status().models[0]?.until_ms).toBeGreaterThan(1_790_000);
  });

  test("fits where it was measured to fit: only its headroom ends at the budget", async () => {
    await using opened = await zooOf(await lockOf({ peak_bytes: 98e6 }), 105);
    const { zoo } = opened;
    expect(zoo.plan(["a"]).models[0]?.refusal).toBeUndefined();
    expect(zoo.plan(["a"], { budgets: { cpu: 97e6 } }).models[0]?.refusal).toMatchObject({ bytes: 98e6 });
    await zoo.run("a", "score-image", { image });
    expect(zoo.status().models[0]).toMatchObject({ calibrated_bytes: 105e6, reserved_bytes: 105e6 });
    expect(zoo.status().problems).toEqual([]);
    const on = { ...measured, device: "cuda:0", device_bytes: 22e9 } as const;
    expect(calibratedBytes(on, {}, { cpu: 1e9, "cuda:0": 23.6e9 })).toEqual({ cpu: 44e6, "cuda:0": 23.6e9 });
  });

  test("of other weights, of another precision, on another device or of smaller questions counts for nothing", async () => {
    const others = [{ weights_digest: "sha256:0" }, { precision: "fp16" }, { device: "cuda:0" }] as const;
    for (const change of [...others, { max_batch: 0 }, { concurrency: 0 }]) {
      await using opened = await zooOf(await lockOf(change));
      expect(opened.zoo.status().models[0]).toMatchObject({ calibrated_bytes: undefined, declared_bytes: 100e6 });
    }
  });

  test("on an accelerator counts there, and what was not measured there is as declared", () => {
    const on = { ...measured, device: "cuda:0" } as const;
    const declared = { cpu: 100e6, "cuda:0": 500e6 };
    expect(calibratedBytes({ ...on, device_bytes: 300e6 }, declared, {})).toEqual({ cpu: 44e6, "cuda:0": 330e6 });
    expect(calibratedBytes(on, declared, {})).toEqual({ cpu: 44e6, "cuda:0": 500e6 });
  });

  test("takes the place of an older measurement, and leaves all else of the lock as it is", () => {
    const models = [{ model: "b", artifacts: [] }];
    const other = withCalibrated({ ...emptyLock, models, memory: [{ ...measured, model: "b" }] }, measured);
    const again: unknown = JSON.parse(zooLockText(withCalibrated(other, { ...measured, peak_bytes: 7 })));
    expect(again).toEqual({
      menagerie_lock: 1,
      models,
      plugins: [],
      memory: [
        { ...measured, peak_bytes: 7 },
        { ...measured, model: "b" },
      ],
    });
  });

  test("in a lock that cannot be read is refused by its name", async () => {
    await expect(zooOf("{")).rejects.toMatchObject({ code: "zoo_spec_invalid" });
    await expect(zooOf('{"menagerie_lock":2}')).rejects.toThrow(/zoo\.lock is no lock of a zoo: menagerie_lock/);
  });
});
