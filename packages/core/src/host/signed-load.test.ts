import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { provide } from "../container/container.ts";
import { logTo } from "../contract/log.ts";
import type { ResolvedModel } from "../contract/resolved-model.ts";
import { FormStore } from "../forms/form-store.ts";
import type { RunnerPool } from "../runner/runner.ts";
import { createZoo } from "./create-zoo.ts";
import { createInlinePool } from "./runners/inline-pool.ts";
import { RunnerPoolToken } from "./services.ts";
import { engineField, scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";

const body = `tasks = { "score-image": () => ({ score: 1, best: 0, worst: 100 }) }; async open() { return {}; }`;
const runners = ["inline", "process"] as const;
type RunnerKind = (typeof runners)[number];

/** An engine that opens nothing, and says of a run what it is told. */
const engine = {
  "package.json": JSON.stringify({
    name: "engine",
    version: "1.0.0",
    type: "module",
    exports: "./index.js",
    dependencies: { native: "*" },
    menagerie: engineField(),
  }),
  "index.js": `export default { name: "llama", contract: 1, engineVersion: async () => "5.0.0", supports: () => true,
    async validateLocalArtifacts() {}, async open() {},
    async recipe({ device, threads }) { return { provider: device, threads, limit: Infinity, none: undefined }; } };`,
};
const native = { "package.json": JSON.stringify({ name: "native", version: "2.0.0" }) };

/** A plugin whose model has one graph, on that engine. */
async function application(): Promise<TemporaryApplication> {
  const sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  const files = scriptedPlugin("plugin-a", "a", body, {
    engine: "onnx",
    local_artifacts: [{ name: "model", path: "model.onnx", sha256 }],
    graphs: { model: { artifact: "model" } },
  });
  const json = JSON.parse(files["package.json"] ?? "") as object;
  const app = await TemporaryApplication.create({
    "plugin-a": {
      ...files,
      "package.json": JSON.stringify({
        ...json,
        dependencies: { kit: "*", engine: "*" },
        peerDependencies: { "@menagerie/core": "*" },
        menagerie: { contract: 1, engines: ["engine"] },
      }),
    },
    kit: { "package.json": JSON.stringify({ name: "kit", version: "1.0.0", dependencies: { sharp: "*" } }) },
    sharp: { "package.json": JSON.stringify({ name: "sharp", version: "0.35.0" }) },
    engine,
    native,
  });
  await app.write("models/model.onnx", "test");
  return app;
}

async function load(app: TemporaryApplication, runner: RunnerKind): Promise<ResolvedModel> {
  await using zoo = await createZoo({
    appDir: app.dir,
    cacheDir: join(app.dir, "cache"),
    modelsRoot: join(app.dir, "models"),
    spec: { runner },
  });
  return await zoo.load("a");
}

const bump = (app: TemporaryApplication, name: string, needs: object = {}): Promise<string> =>
  app.write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: "9.9.9", ...needs }));

describe("what is signed is what ran", () => {
  test("the same inline and in a process, of which the recipe says versions, packages and the engine's own words", async () => {
    await using app = await application();
    const [inline, process_] = [await load(app, "inline"), await load(app, "process")];
    expect(process_.recipe).toEqual(inline.recipe);
    expect(process_.modelSignature).toBe(inline.modelSignature);
    expect(inline.recipe).toMatchObject({
      plugin: "plugin-a",
      loader: "scripted",
      versions: { "plugin-a": "1.2.3", llama: "5.0.0", node: process.versions.node },
      packages: { "plugin-a": "1.2.3", kit: "1.0.0", sharp: "0.35.0", engine: "1.0.0", native: "2.0.0" },
      engine_recipes: { llama: { provider: "cpu", threads: expect.any(Number), limit: { $number: "Infinity" } } },
    });
    expect(inline.recipe.packages).toHaveProperty("@menagerie/core");
  });

  // Inline the packages are those that this process imported first.
  test.each(["process"] as const)(
    "another version of what a kit or an engine depends on is another signature: %s",
    async (runner) => {
      await using app = await application();
      const seen = [(await load(app, runner)).modelSignature];
      for (const name of ["sharp", "native"]) {
        await bump(app, name);
        seen.push((await load(app, runner)).modelSignature);
      }
      await bump(app, "kit", { dependencies: { sharp: "*" } });
      seen.push((await load(app, runner)).modelSignature);
      expect(new Set(seen).size).toBe(seen.length);
      await bump(app, "stranger");
      expect((await load(app, runner)).modelSignature).toBe(seen.at(-1));
    },
  );

  test.each(["inline", "process"] as const)(
    "an update on disk under a zoo that runs is signed once its code runs: at the next load of a process, never inline: %s",
    async (runner) => {
      await using app = await application();
      const options = { appDir: app.dir, modelsRoot: join(app.dir, "models"), cacheDir: join(app.dir, "cache") };
      await using zoo = await createZoo({ ...options, spec: { runner } });
      const before = await zoo.load("a");
      // A spare has imported the engine by now.
      if (runner === "process") await new Promise((resolve) => setTimeout(resolve, 1500));
      await zoo.unload("a");
      await bump(app, "native");
      const after = await zoo.load("a");
      if (runner === "inline") expect(after.modelSignature).toBe(before.modelSignature);
      else expect(after.modelSignature).not.toBe(before.modelSignature);
    },
  );

  test("an engine that says nothing of itself is signed with its threads", async () => {
    await using app = await application();
    const file = join(dirname(await bump(app, "native")), "../engine/index.js").slice(app.dir.length + 1);
    await app.write(file, engine["index.js"].replace("async recipe(", "async other("));
    expect((await load(app, "process")).recipe.engine_recipes).toEqual({ llama: { threads: expect.any(Number) } });
  });

  test("a pool of an application that says nothing of engines is signed without", async () => {
    await using app = await application();
    const log = logTo(() => {});
    const inline = createInlinePool({ forms: new FormStore({ cacheDir: undefined, log }), log });
    const terse: RunnerPool = {
      load: async (request, options) => {
        const runner = await inline.load(request, options);
        const { engineRecipes: _, ...report } = runner.report;
        return {
          pid: runner.pid,
          report,
          ended: runner.ended,
          run: (...asked) => runner.run(...asked),
          memoryBytes: () => runner.memoryBytes(),
          stop: () => runner.stop(),
        };
      },
      adopt: (...asked) => inline.adopt(...asked),
      [Symbol.asyncDispose]: () => inline[Symbol.asyncDispose](),
    };
    await using zoo = await createZoo({
      appDir: app.dir,
      modelsRoot: join(app.dir, "models"),
      services: [provide(RunnerPoolToken, () => terse)],
    });
    const { recipe, modelSignature } = await zoo.load("a");
    expect(recipe).toMatchObject({ engine_recipes: {}, packages: { sharp: "0.35.0" } });
    expect(modelSignature).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test("a model without graphs has no engine to speak of, and is signed with Node's version", async () => {
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", body) });
    const { recipe } = await load(app, "inline");
    expect(recipe).toMatchObject({ engine_recipes: {}, versions: { node: process.versions.node } });
  });
});
