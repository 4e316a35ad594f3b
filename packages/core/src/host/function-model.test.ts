import { describe, expect, test } from "vitest";
import type { ModelError } from "../contract/model-error.ts";
import { createZoo, type ZooOptions } from "./create-zoo.ts";
import type { LocalZoo } from "./local-zoo.ts";
import { scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";

const picture = new Uint8Array([1, 2, 3]);
const answering = `tasks = { "score-image": () => ({ score: 1, best: 0, worst: 0 }) }; async open() { return {}; }`;

async function zooOf(app: TemporaryApplication, options: ZooOptions = {}): Promise<LocalZoo> {
  return createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache`, ...options });
}

function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "no error",
    (error: ModelError) => error.code,
  );
}

interface Summariser extends AsyncDisposable {
  readonly path: string;
  readonly context: unknown;
}

describe("a model that a plain function loads", () => {
  test("is loaded once, answers tasks, and is reached through a lease as what the function returned", async () => {
    await using app = await TemporaryApplication.create();
    await app.write("weights/summariser.gguf", "weights");
    await using zoo = await zooOf(app);
    const notes: string[] = [];
    const summariser = await zoo.register({
      name: "summariser",
      path: "weights/summariser.gguf",
      loader_kwargs: { n_ctx: 2048 },
      load: (path, { n_ctx }): Summariser => {
        notes.push("load");
        return { path, context: n_ctx, [Symbol.asyncDispose]: () => Promise.resolve(void notes.push("end")) };
      },
      tasks: { "score-image": ({ context }, { image }) => ({ score: image.length, best: Number(context), worst: 0 }) },
    });
    const asked = Array.from({ length: 5 }, () => zoo.run("summariser", "score-image", { image: picture }));
    const [answer] = await Promise.all(asked);
    expect(answer?.output).toEqual({ score: 3, best: 2048, worst: 0 });
    expect(answer?.models_used[0]?.weights_digest).toMatch(/^sha256:/);
    await using lease = await summariser.get();
    expect([lease.opened.path, lease.opened.context]).toEqual([`${app.dir}/weights/summariser.gguf`, 2048]);
    expect(notes).toEqual(["load"]);
    expect(zoo.status().models[0]).toMatchObject({ model: "summariser", role: "function", state: "ready" });
    await lease[Symbol.asyncDispose]();
    expect(() => lease.opened).toThrow(expect.objectContaining({ code: "model_not_loaded" }));
    await zoo.unload("summariser");
    expect(notes).toEqual(["load", "end"]);
  });

  test("without tasks is used through a lease alone", async () => {
    await using app = await TemporaryApplication.create();
    await using zoo = await zooOf(app);
    const words = await zoo.register({ name: "words", load: () => new Map([["a", 1]]) });
    await using lease = await words.get();
    expect(lease.opened.get("a")).toBe(1);
    const asked = [zoo.run("words", "score-image", { image: picture }), lease.run("score-image", { image: picture })];
    for (const refused of await Promise.allSettled(asked))
      expect((refused as PromiseRejectedResult).reason).toMatchObject({
        code: "task_unsupported",
        message: "words does not answer score-image. It answers no task: it is used through a lease.",
      });
  });

  test("has another signature with other weights, other kwargs or another function", async () => {
    await using app = await TemporaryApplication.create();
    await using zoo = await zooOf(app);
    const signatureOf = async (weights: string, n_ctx: number, load: () => object): Promise<string> => {
      await app.write("weights.bin", weights);
      await zoo.register({ name: "own", path: "weights.bin", loader_kwargs: { n_ctx }, load });
      const { modelSignature } = await zoo.load("own");
      await zoo.remove("own");
      return modelSignature;
    };
    const load = (): object => ({});
    const usual = await signatureOf("one", 1, load);
    expect(await signatureOf("one", 1, load)).toBe(usual);
    const others = [
      await signatureOf("two", 1, load),
      await signatureOf("one", 2, load),
      await signatureOf("one", 1, () => ({ other: true })),
    ];
    expect(new Set([usual, ...others]).size).toBe(4);
  });

  test("that is required and cannot be loaded makes the zoo unhealthy, one that is not leaves it degraded", async () => {
    await using app = await TemporaryApplication.create();
    await app.write("weights.bin", "weights");
    await using zoo = await zooOf(app);
    const load = (): object => {
      throw new Error("CUDA out of memory");
    };
    await zoo.register({ name: "spare", path: "nowhere.bin", load });
    expect(await codeOf(zoo.load("spare"))).toBe("weights_missing");
    expect(zoo.status().health).toBe("degraded");
    const sha256 = "0".repeat(64);
    await zoo.register({ name: "pinned", path: "weights.bin", sha256, load });
    expect(await codeOf(zoo.load("pinned"))).toBe("weights_digest_mismatch");
    await zoo.register({ name: "bns-check", path: "weights.bin", required: true, cache_policy: "keep_warm", load });
    const [error] = await zoo.warm();
    expect([error?.code, error?.message]).toEqual(["model_load_failed", expect.stringContaining("CUDA out of memory")]);
    expect(zoo.status().health).toBe("unhealthy");
  });

  test("is given up where it hangs, and those who wait are told", async () => {
    await using app = await TemporaryApplication.create();
    await using zoo = await zooOf(app, { spec: { load_timeout_s: 0.1 } });
    await zoo.register({ name: "hung", load: () => new Promise<object>(() => {}) });
    expect(await codeOf(zoo.load("hung"))).toBe("model_load_failed");
    await zoo.register({
      name: "slow",
      load: () => ({}),
      tasks: { "score-image": () => new Promise(() => {}) },
    });
    expect(await codeOf(zoo.run("slow", "score-image", { image: picture }, { deadlineMs: 50 }))).toBe(
      "deadline_exceeded",
    );
  });

  test("whose file is not there is told where it was sought, not to name the folder of all models", async () => {
    await using app = await TemporaryApplication.create();
    await using zoo = await zooOf(app);
    for (const sha256 of [undefined, "0".repeat(64)]) {
      await zoo.register({ name: "own", path: "weights/none.bin", sha256, load: () => ({}) });
      await expect(zoo.load("own")).rejects.toMatchObject({
        code: "weights_missing",
        message: `own: the artifact "path" is not at ${app.dir}/weights/none.bin. Put it there, or correct its path. Nothing is fetched at run time.`,
      });
      await zoo.remove("own");
    }
  });

  test("is refused for a name that is taken or is none, and for what is no function or no data", async () => {
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", answering) });
    await using zoo = await zooOf(app);
    const load = (): object => ({});
    expect(await codeOf(zoo.register({ name: "a", load }))).toBe("model_duplicate");
    for (const wrong of [
      { name: "Not A Name", load },
      { name: "b", load: "load.py" as never },
      { name: "b", load, loader_kwargs: { when: new Date() } },
      { name: "b", load, memory: { ram_mb: -1 } },
      { name: "b", load, laod: load } as never,
    ])
      expect(await codeOf(zoo.register(wrong))).toBe("model_spec_invalid");
    await Promise.all([zoo.register({ name: "c", load }), codeOf(zoo.register({ name: "c", load }))]);
    expect(zoo.models.map(({ model_name }) => model_name)).toEqual(["a", "c"]);
  });
});

describe("a model that is removed", () => {
  test("is not found any more, gives its memory back, and leaves its name to another", async () => {
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", answering) });
    await using zoo = await zooOf(app, { spec: { runner: "inline" } });
    await zoo.run("a", "score-image", { image: picture });
    await zoo.remove("a");
    expect(await codeOf(zoo.run("a", "score-image", { image: picture }))).toBe("model_not_found");
    expect(zoo.status()).toMatchObject({ models: [], devices: [{ reserved_bytes: 0 }], health: "healthy" });
    expect(await codeOf(zoo.remove("a"))).toBe("model_not_found");
    const tasks = { "score-image": () => ({ score: 2, best: 0, worst: 0 }) };
    await zoo.register({ name: "a", load: () => ({}), tasks });
    expect((await zoo.run("a", "score-image", { image: picture })).output.score).toBe(2);
  });

  test("is not given by its old handle any more, whoever has its name now", async () => {
    await using app = await TemporaryApplication.create();
    await using zoo = await zooOf(app);
    const first = await zoo.register({ name: "a", load: () => "first" });
    expect((await first.get()).opened).toBe("first");
    await zoo.remove("a", { deadlineMs: 20 }).catch(() => {});
    expect(await codeOf(first.get())).toBe("no error");
    await zoo.close();
    await using other = await zooOf(app);
    const stale = await other.register({ name: "a", load: () => "first" });
    await other.remove("a");
    await expect(stale.get()).rejects.toMatchObject({
      code: "model_not_found",
      message: "a was removed from the zoo. Register it again.",
    });
    const fresh = await other.register({ name: "a", load: () => "second" });
    await expect(stale.get()).rejects.toThrow("a was removed from the zoo, and its name is another model's now.");
    expect((await fresh.get()).opened).toBe("second");
  });

  test("drains its leases first, and is served as before where nobody waits that long", async () => {
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", answering) });
    await using zoo = await zooOf(app, { spec: { runner: "inline" } });
    const lease = await zoo.get("a");
    expect(await codeOf(zoo.remove("a", { deadlineMs: 30 }))).toBe("deadline_exceeded");
    expect((await zoo.run("a", "score-image", { image: picture })).output.score).toBe(1);
    const removed = zoo.remove("a");
    expect(await codeOf(zoo.get("a"))).toBe("model_not_found");
    expect((await lease.run("score-image", { image: picture })).output.score).toBe(1);
    expect(await codeOf(zoo.register({ name: "a", load: () => ({}) }))).toBe("model_duplicate");
    await lease[Symbol.asyncDispose]();
    await removed;
    expect(zoo.models).toEqual([]);
  });

  test("tells those who wait for it that it was removed", async () => {
    await using app = await TemporaryApplication.create();
    await using zoo = await zooOf(app);
    let finish: ((opened: object) => void) | undefined;
    await zoo.register({ name: "slow", load: () => new Promise<object>((resolve) => (finish = resolve)) });
    const waiting = codeOf(zoo.get("slow"));
    while (finish === undefined) await new Promise((resolve) => setImmediate(resolve));
    const removed = zoo.remove("slow");
    expect(await waiting).toBe("model_not_found");
    finish?.({});
    await removed;
    expect(zoo.status().devices[0]?.reserved_bytes).toBe(0);
  });

  test("is not where it is required, unless that is forced", async () => {
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", answering) });
    await using zoo = await zooOf(app, { spec: { runner: "inline", models: [{ model: "a", required: true }] } });
    expect(await codeOf(zoo.remove("a"))).toBe("input_invalid");
    expect(zoo.models).toHaveLength(1);
    await zoo.remove("a", { force: true });
    expect(zoo.models).toEqual([]);
  });

  test("while the zoo is closed goes with it", async () => {
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", answering) });
    const zoo = await zooOf(app, { spec: { runner: "inline" } });
    await zoo.get("a");
    const removed = codeOf(zoo.remove("a"));
    await zoo.close({ graceMs: 0 });
    expect(await removed).toBe("no error");
  });
});

describe("what is registered is judged, and not what becomes of it", () => {
  const given = { name: "m", load: () => ({}), tasks: { "score-image": () => ({ score: 1, best: 0, worst: 0 }) } };
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const wrongs: [Record<string, unknown>, RegExp][] = [
    [{ priority: "hgh" }, /"priority": must be one of .* \(did you mean "high"\?\)/],
    [{ cache_policy: "keepwarm" }, /"cache_policy": .*did you mean "keep_warm"/],
    [{ required: "no" }, /"required": must be true or false/],
    [{ memory: { ram_mb: Number.POSITIVE_INFINITY } }, /"memory.ram_mb": must be a number/],
    [{ memory: { ram_md: 3 } }, /unknown key "memory.ram_md" \(did you mean "ram_mb"\?\)/],
    [{ memory: null }, /"memory": must be an object/],
    [{ path: "package.json", sha256: "xyz" }, /"sha256": must be 64 lower-case hexadecimal digits/],
    [{ sha256: "0".repeat(64) }, /"sha256": is the digest of what "path" names, and there is no "path"/],
    [{ licence: 5 }, /"licence": must be an object/],
    [{ role: "ROLE WITH SPACES" }, /"role": must match/],
    [{ version: 5 }, /"version": must be a text/],
    [{ path: "" }, /"path": must have at least 1 character/],
    [{ path: 5 }, /"path": must be a text/],
    [{ path: null }, /"path": must be a text/],
    [{ tasks: null }, /"tasks": must be an object/],
    [{ tasks: { "score-image": 5 } }, /"tasks.score-image": must be a function/],
    [{ tasks: ["score-image"] }, /"tasks": must be an object/],
    [{ name: "A" }, /"name": must be lower-case words/],
    [{ load: 5 }, /"load": must be a function/],
    [{ loader_kwargs: null }, /"loader_kwargs" is no object of m/],
    [{ loader_kwargs: { a: [1n] } }, /"loader_kwargs.a.0" is bigint/],
    [{ loader_kwargs: { a: new Date() } }, /"loader_kwargs.a" is of a class/],
    [{ loader_kwargs: circle }, /"loader_kwargs.self" holds itself/],
    [{ loads: 5 }, /no option "loads". Did you mean "load"\?/],
  ];
  test.each(wrongs.map(([wrong, words]) => ({ wrong, words })))("$words", async ({ wrong, words }) => {
    await using app = await TemporaryApplication.create();
    await using zoo = await zooOf(app);
    await expect(zoo.register({ ...given, ...wrong } as never)).rejects.toMatchObject({
      code: "model_spec_invalid",
      message: expect.stringMatching(words),
    });
    expect(zoo.models).toEqual([]);
  });

  test("a model is loaded by what its signature says, whatever becomes of the object that was given", async () => {
    await using app = await TemporaryApplication.create();
    await using zoo = await zooOf(app);
    const loader_kwargs = { top: 5, deep: { x: 1 } };
    const words = await zoo.register({
      name: "words",
      loader_kwargs,
      load: (_path, kwargs) => {
        const said = JSON.stringify(kwargs);
        (kwargs as { top: number }).top = 7;
        return said;
      },
    });
    loader_kwargs.top = 9;
    loader_kwargs.deep.x = 9;
    const said: string[] = [];
    for (let i = 0; i < 2; i++) {
      await using lease = await words.get();
      said.push(lease.opened);
      await lease[Symbol.asyncDispose]();
      await zoo.unload("words");
    }
    expect(said).toEqual(['{"top":5,"deep":{"x":1}}', '{"top":5,"deep":{"x":1}}']);
    expect(zoo.find("words").parameters).toEqual({ top: 5, deep: { x: 1 } });
  });

  test("a closed zoo takes no model and binds no name", async () => {
    await using app = await TemporaryApplication.create();
    const zoo = await zooOf(app);
    await zoo.register(given);
    await zoo.close();
    const closed = { code: "zoo_closed" };
    await expect(zoo.register({ ...given, name: "late" })).rejects.toMatchObject(closed);
    await expect(zoo.bind("alias", "m")).rejects.toMatchObject(closed);
    expect(() => zoo.add(zoo.find("m"), "m.yaml")).toThrow(expect.objectContaining(closed));
  });
});
