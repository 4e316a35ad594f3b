import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { ModelError } from "../contract/model-error.ts";
import { parseModelSpec } from "../contract/parse-model-spec.ts";
import { definePlugin } from "../loader/plugin.ts";
import { changeZooLock } from "../lock/change-zoo-lock.ts";
import { createZoo, type ZooOptions } from "./create-zoo.ts";
import type { LocalZoo } from "./local-zoo.ts";
import { changesOf, lockedSet, withLockedSets } from "./locked-set.ts";
import { scriptedPlugin, scriptedSpec, TemporaryApplication } from "./temporary-application.ts";

const image = new Uint8Array([1, 2, 3]);
const answering = `tasks = { "score-image": (opened, input) => ({ score: input.image.length, best: 0, worst: 100 }) }; async open() { return {}; }`;
const artifact = { name: "weights", path: "one/weights.bin" };

/** An application with the models `one`, which has a file, and `two`, which has none. */
async function application(): Promise<TemporaryApplication> {
  const one = scriptedPlugin("plugin-a", "one", answering, { local_artifacts: [artifact] });
  const two = scriptedPlugin("plugin-b", "two", answering);
  const app = await TemporaryApplication.create({ "plugin-a": one, "plugin-b": two });
  await app.write("models/one/weights.bin", "weights");
  return app;
}

const zooOf = (app: TemporaryApplication, options: ZooOptions = {}): Promise<LocalZoo> =>
  createZoo({
    appDir: app.dir,
    modelsRoot: join(app.dir, "models"),
    ...options,
    spec: { runner: "inline", ...options.spec },
  });

/** Writes what lies there, as `zoo lock` does. */
async function lock(app: TemporaryApplication, ...models: string[]): Promise<readonly string[]> {
  await using zoo = await zooOf(app, { ignoreLock: true });
  const sets = await Promise.all(models.map((model) => lockedSet(zoo, model)));
  let changes: readonly string[] = [];
  await changeZooLock(join(app.dir, "zoo.lock"), (before) => {
    changes = sets.flatMap((set) => changesOf(before, set));
    return withLockedSets(before, sets);
  });
  return changes;
}

const refusal = (promise: Promise<unknown>): Promise<ModelError | undefined> =>
  promise.then(
    () => undefined,
    (error: ModelError) => error,
  );

afterEach(() => vi.unstubAllEnvs());

describe("a lock", () => {
  test("has a model's files, its plugin's version and the digest of the plugin's files, and makes the model loadable", async () => {
    await using app = await application();
    {
      await using zoo = await zooOf(app);
      expect(await refusal(zoo.load("one"))).toMatchObject({
        code: "weights_unpinned",
        message: /`zoo lock one`/ as never,
      });
    }
    await lock(app, "one");
    const sha256 = createHash("sha256").update("weights").digest("hex");
    const text = JSON.parse(await readFile(join(app.dir, "zoo.lock"), "utf8"));
    expect(text).toEqual({
      menagerie_lock: 1,
      models: [{ model: "one", licence: "Apache-2.0", artifacts: [{ ...artifact, sha256, size_bytes: 7 }] }],
      plugins: [{ plugin: "plugin-a", version: "1.2.3", digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) }],
      memory: [],
    });
    await using zoo = await zooOf(app);
    await zoo.load("one");
  });

  test("keeps where files came from while they are the same, and says what changed", async () => {
    await using app = await application();
    await lock(app, "one");
    const origin = { repository: "acme/one", revision: "ab".repeat(20) };
    const file = join(app.dir, "zoo.lock");
    await changeZooLock(file, (all) => ({ ...all, models: all.models.map((model) => ({ ...model, origin })) }));
    const before = await readFile(file, "utf8");
    expect(await lock(app, "one")).toEqual([]);
    expect(await readFile(file, "utf8")).toBe(before);
    await app.write("models/one/weights.bin", "weightZ");
    await app.write("node_modules/plugin-a/more.js", "1");
    expect(await lock(app, "one")).toEqual([
      expect.stringMatching(/^one\/weights\.bin was [0-9a-f]{64}, and is [0-9a-f]{64}$/),
      "plugin-a 1.2.3 has other files",
    ]);
    expect(JSON.parse(await readFile(file, "utf8")).models[0].origin).toBeUndefined();
  });

  test("that pins other bytes than the spec is an error that names both, wherever the model is asked for", async () => {
    await using app = await application();
    await lock(app, "one", "two");
    const spec = { ...scriptedSpec("one"), local_artifacts: [{ ...artifact, sha256: "0".repeat(64) }] };
    await app.write("node_modules/plugin-a/models/one.yaml", JSON.stringify(spec));
    await using zoo = await zooOf(app);
    const said = await refusal(zoo.run("one", "score-image", { image }));
    expect(said).toMatchObject({
      code: "weights_digest_mismatch",
      model: "one",
      details: { expected: "0".repeat(64) },
    });
    expect(zoo.status().health).toBe("degraded");
    await zoo.run("two", "score-image", { image });
    await expect(zooOf(app, { spec: { models: [{ model: "one", required: true }] } })).rejects.toMatchObject({
      code: "weights_digest_mismatch",
    });
  });
});

describe("a frozen zoo", () => {
  test("serves what is in its lock, and refuses a model that is not by its name, which is no problem of the others", async () => {
    await using app = await application();
    await lock(app, "one");
    await using zoo = await zooOf(app, { frozen: true });
    await zoo.run("one", "score-image", { image });
    expect(await refusal(zoo.run("two", "score-image", { image }))).toMatchObject({
      code: "outside_lock",
      model: "two",
      message: expect.stringMatching(
        /two: the zoo is frozen, and it is not in .*zoo\.lock\. .*`zoo pull two`, then `zoo lock two`/,
      ),
    });
    expect([zoo.models.map(({ model_name }) => model_name), zoo.problems]).toEqual([["one"], []]);
  });

  test("refuses a model that its zoo spec lists and its lock has not: a required one altogether", async () => {
    await using app = await application();
    await lock(app, "one");
    await using zoo = await zooOf(app, { frozen: true, spec: { models: [{ model: "one" }, { model: "two" }] } });
    expect(zoo.problems).toMatchObject([{ code: "outside_lock", model: "two" }]);
    const required = zooOf(app, { frozen: true, spec: { models: [{ model: "two", required: true }] } });
    await expect(required).rejects.toMatchObject({ code: "outside_lock", model: "two" });
  });

  test("refuses an artifact that is not in the lock, or is there under another path", async () => {
    await using app = await application();
    await lock(app, "one");
    for (const [local_artifacts, words] of [
      [
        [{ ...artifact, path: "two/weights.bin" }],
        /"weights" is two\/weights\.bin in its spec, and one\/weights\.bin in/,
      ],
      [[artifact, { name: "more", path: "more" }], /"more" is more in its spec, and not in/],
    ] as const) {
      const spec = { ...scriptedSpec("one"), local_artifacts };
      await app.write("node_modules/plugin-a/models/one.yaml", JSON.stringify(spec));
      await using zoo = await zooOf(app, { frozen: true });
      const said = await refusal(zoo.load("one"));
      expect(said).toMatchObject({ code: "outside_lock", message: expect.stringMatching(words) });
    }
  });

  test("refuses a file that differs, before it is opened", async () => {
    await using app = await application();
    await lock(app, "one");
    await app.write("models/one/weights.bin", "weightZ");
    await using zoo = await zooOf(app, { frozen: true });
    expect(await refusal(zoo.load("one"))).toMatchObject({ code: "weights_digest_mismatch", model: "one" });
  });

  test("refuses a plugin of another version, one with another file, and one that is in no lock", async () => {
    await using app = await application();
    await lock(app, "one");
    const json = join(app.dir, "node_modules/plugin-a/package.json");
    const before = await readFile(json, "utf8");
    const says = async (words: RegExp): Promise<void> => {
      await using zoo = await zooOf(app, { frozen: true });
      const said = await refusal(zoo.load("one"));
      expect(said).toMatchObject({ code: "outside_lock", model: "one", message: expect.stringMatching(words) });
      expect(zoo.problems).toMatchObject([{ code: "outside_lock", model: "one" }]);
    };
    await writeFile(json, before.replace("1.2.3", "1.3.0"));
    await says(/plugin-a is installed in version 1\.3\.0, and locked in 1\.2\.3\. Install plugin-a@1\.2\.3/);
    await writeFile(json, before);
    await app.write("node_modules/plugin-a/index.js", "throw 1");
    await says(/plugin-a 1\.2\.3 has other files than those that were locked/);
    await changeZooLock(join(app.dir, "zoo.lock"), (all) => ({ ...all, plugins: [] }));
    await says(/plugin-a, which runs it, is not in .*zoo\.lock/);
  });

  test("sees a plugin that is changed while it runs, when it loads a model", async () => {
    await using app = await application();
    await lock(app, "one");
    await using zoo = await zooOf(app, { frozen: true });
    await app.write("node_modules/plugin-a/index.js", "throw 1");
    expect(await refusal(zoo.load("one"))).toMatchObject({ code: "outside_lock" });
  });

  test("takes no model beside its lock, by spec, by function or by plugin object", async () => {
    await using app = await application();
    await lock(app, "one");
    const inCode = definePlugin({
      name: "in-code",
      loaders: {},
      models: [{ ...scriptedSpec("three"), loader: "@x/kit#y" }] as never,
    });
    await using zoo = await zooOf(app, { frozen: true, plugins: [inCode] });
    const spec = parseModelSpec({ ...scriptedSpec("four"), plugin: "plugin-a" }, "the test");
    expect(() => zoo.add(spec, join(app.dir, "four.yaml"))).toThrow(expect.objectContaining({ code: "outside_lock" }));
    expect(await refusal(zoo.register({ name: "five", load: async () => 1 }))).toMatchObject({ code: "outside_lock" });
    expect(await refusal(zoo.load("three"))).toMatchObject({ code: "outside_lock" });
    expect(zoo.models.map(({ model_name }) => model_name)).toEqual(["one"]);
  });

  test("is one where MENAGERIE_FROZEN says so, unless its code says otherwise, and is none without a lock", async () => {
    await using app = await application();
    vi.stubEnv("MENAGERIE_FROZEN", "1");
    await expect(zooOf(app)).rejects.toMatchObject({
      code: "outside_lock",
      message: expect.stringMatching(/no lock at/),
    });
    await (await zooOf(app, { frozen: false })).close();
    await lock(app, "one");
    await using zoo = await zooOf(app);
    expect(await refusal(zoo.load("two"))).toMatchObject({ code: "outside_lock" });
    vi.stubEnv("MENAGERIE_FROZEN", "maybe");
    await expect(zooOf(app)).rejects.toMatchObject({ code: "zoo_spec_invalid" });
  });
});
