import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { contractVersion } from "../contract/contract-version.ts";
import { logTo } from "../contract/log.ts";
import type { ModelError } from "../contract/model-error.ts";
import type { ModelSpecInput } from "../contract/model-variants.ts";
import type { Graph } from "../loader/graph.ts";
import type { LoadContext } from "../loader/load-context.ts";
import { ModelLoaderBase, type TaskMethods, taskMethod } from "../loader/model-loader-base.ts";
import type { ModelProvider } from "../loader/model-provider.ts";
import { definePlugin } from "../loader/plugin.ts";
import { defineTask } from "../tasks/task.ts";
import { createZoo, type ZooOptions } from "./create-zoo.ts";
import type { LocalZoo } from "./local-zoo.ts";
import { scriptedPlugin, scriptedSpec, TemporaryApplication } from "./temporary-application.ts";

const picture = new Uint8Array([1, 2, 3]);

class Judge extends ModelLoaderBase<number> {
  protected override readonly tasks: TaskMethods<number> = {
    "score-image": (best, { image }) => ({ score: image.length, best, worst: 0 }),
  };

  protected override open(): Promise<number> {
    return Promise.resolve(process.pid);
  }
}

class StricterJudge extends Judge {
  protected override open(): Promise<number> {
    return Promise.resolve(100);
  }
}

const spec = (model: string): ModelSpecInput => ({ ...scriptedSpec(model), loader: "judge" }) as never;
const judges = (model = "judge") => ({ name: "judges", models: [spec(model)], loaders: { judge: Judge } });

async function zooOf(app: TemporaryApplication, options: ZooOptions): Promise<LocalZoo> {
  return createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache`, ...options });
}

function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "no error",
    (error: ModelError) => `${error.code}: ${error.message}`,
  );
}

describe("a plugin that is given as an object", () => {
  test("answers in this process beside packages in processes of their own, which is said once", async () => {
    const body = `tasks = { "score-image": () => ({ score: 1, best: process.pid, worst: 0 }) }; async open() { return {}; }`;
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", body) });
    const said: string[] = [];
    const log = logTo((level, message, { plugin }) => level === "info" && said.push(`${message}: ${plugin}`));
    const second = definePlugin({ ...judges("other"), name: "others" });
    await using zoo = await zooOf(app, { plugins: [definePlugin(judges()), second], log });
    const [own, other] = await Promise.all(
      ["judge", "a"].map((model) => zoo.run(model, "score-image", { image: picture })),
    );
    expect(own?.output).toEqual({ score: 3, best: process.pid, worst: 0 });
    expect(other?.output.best).not.toBe(process.pid);
    expect(own?.model_signature).toMatch(/^sha256:/);
    expect(said.filter((line) => line.includes("given as objects"))).toEqual([
      "models of plugins that are given as objects run in this process; name their module to give them their own: judges",
    ]);
  });

  test("that names its module runs in processes that import it", async () => {
    await using app = await TemporaryApplication.create();
    const module = await app.write(
      "judges.mjs",
      `import { definePlugin, ModelLoaderBase } from "@menagerie/core/loader";
      class Judge extends ModelLoaderBase {
        tasks = { "score-image": () => ({ score: 1, best: process.pid, worst: 0 }) };
        async open() { return {}; }
      }
      export default definePlugin({ name: "judges", loaders: { judge: Judge } });`,
    );
    for (const given of ["judges.mjs", module, new URL(`file://${module}`)]) {
      await using zoo = await zooOf(app, { plugins: [definePlugin({ ...judges(), module: given })] });
      const { output } = await zoo.run("judge", "score-image", { image: picture });
      expect(output.best, String(given)).not.toBe(process.pid);
    }
    const engine = { name: "engine", supports: () => true } as unknown as ModelProvider;
    const withEngine = definePlugin({ ...judges(), module, engines: [engine] });
    expect(await codeOf(zooOf(app, { plugins: [withEngine] }))).toMatch(/^plugin_invalid: .*leave "module" out/);
  });

  test("has another signature when its code is another, or its version", async () => {
    await using app = await TemporaryApplication.create();
    const signatures = new Set<string>();
    const same = definePlugin(judges());
    const plugins = [same, same, definePlugin({ ...judges(), loaders: { judge: StricterJudge } })];
    for (const plugin of [...plugins, definePlugin({ ...judges(), version: "2.0.0" })]) {
      await using zoo = await zooOf(app, { plugins: [plugin] });
      signatures.add((await zoo.load("judge")).modelSignature);
    }
    expect(signatures.size).toBe(3);
  });

  test("brings its own engine, which opens its graphs", async () => {
    await using app = await TemporaryApplication.create();
    await app.write("three.txt", "3");
    const counter: ModelProvider = {
      name: "counter",
      contract: contractVersion,
      engineVersion: () => Promise.resolve("1.0.0"),
      supports: ({ engine }) => engine === "onnx",
      validateLocalArtifacts: () => Promise.resolve(),
      open: async ({ artifacts }) => {
        const best = Number(await readFile(artifacts.get("three")?.path ?? "", "utf8"));
        return {
          ...{ name: "counts", inputs: {}, outputs: {}, metadata: {} },
          run: () => Promise.resolve({ best: { type: "float32" as const, shape: [1], data: Float32Array.of(best) } }),
          [Symbol.asyncDispose]: () => Promise.resolve(),
        };
      },
    };
    class Reader extends ModelLoaderBase<Graph> {
      protected override readonly tasks: TaskMethods<Graph> = {
        "score-image": async (graph) => ({ score: 1, best: Number((await graph.run({})).best?.data[0]), worst: 0 }),
      };
      protected override open(context: LoadContext): Promise<Graph> {
        return context.open("counts");
      }
    }
    const sha256 = "4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce";
    const counting = {
      ...spec("count"),
      engine: "onnx",
      artifacts_root: ".",
      local_artifacts: [{ name: "three", path: "three.txt", sha256 }],
      graphs: { counts: { artifact: "three" } },
    } satisfies ModelSpecInput;
    const plugin = definePlugin({ name: "p", models: [counting], loaders: { judge: Reader }, engines: [counter] });
    await using zoo = await zooOf(app, { plugins: [plugin] });
    const { output, models_used } = await zoo.run("count", "score-image", { image: picture });
    expect([output.best, models_used[0]?.engine]).toEqual([3, "onnx"]);
    expect((await zoo.load("count")).recipe.versions).toMatchObject({ counter: "1.0.0" });
  });

  test("brings tasks of its own, which plain functions answer as well", async () => {
    await using app = await TemporaryApplication.create();
    const countWords = defineTask({
      name: "count-words",
      summary: "How many words",
      input: z.object({ messages: z.array(z.object({ content: z.string() })) }),
      output: z.object({ words: z.number() }),
    });
    const method = taskMethod(countWords, (_: unknown, { messages }) => ({
      words: messages.flatMap(({ content }) => content.split(" ")).length,
    }));
    class Counter extends ModelLoaderBase<object> {
      protected override readonly tasks: TaskMethods<object> = { "count-words": method };
      protected override open(): Promise<object> {
        return Promise.resolve({});
      }
    }
    const counter = { ...spec("counter"), tasks: ["count-words"] };
    const plugin = definePlugin({ name: "p", tasks: [countWords], models: [counter], loaders: { judge: Counter } });
    await using zoo = await zooOf(app, { plugins: [plugin] });
    await zoo.register({ name: "plain", load: () => ({}), tasks: { "count-words": method } });
    for (const model of ["counter", "plain"]) {
      const { output } = await zoo.run(model, countWords, { messages: [{ content: "two words" }, { content: "one" }] });
      expect(output.words, model).toBe(3);
    }
    const unknown = zoo.register({ name: "other", load: () => ({}), tasks: { "count-word": method } });
    expect(await codeOf(unknown)).toMatch(/^model_spec_invalid: .*Did you mean "count-words"\?/);
    const otherwise = { ...countWords, summary: "How many" };
    const second = definePlugin({ name: "q", tasks: [otherwise], loaders: {} });
    expect(await codeOf(zooOf(app, { plugins: [plugin, second] }))).toMatch(/^plugin_invalid: Two different tasks/);
  });

  test("is refused for what is wrong with it, by name", async () => {
    await using app = await TemporaryApplication.create({
      "plugin-a": scriptedPlugin("plugin-a", "taken", "tasks = {}; async open() {}"),
    });
    const cases: [ZooOptions["plugins"], RegExp][] = [
      [[definePlugin({ ...judges(), models: [{ ...spec("judge"), loader: "judgee" }] })], /Did you mean "judge"\?/],
      [
        [definePlugin({ ...judges(), models: [{ ...spec("judge"), precison: "fp32" } as never] })],
        /models\[0\] of the plugin judges is not a valid ModelSpec: unknown key "precison"/,
      ],
      [[definePlugin(judges()), definePlugin(judges("b"))], /^plugin_invalid: Two plugins .* "judges"/],
      [[{ ...definePlugin(judges()), contract: 99 }], /^contract_mismatch: /],
    ];
    for (const [plugins, said] of cases) expect(await codeOf(zooOf(app, { plugins }))).toMatch(said);
    await using zoo = await zooOf(app, { plugins: [definePlugin(judges("taken"))] });
    expect(zoo.problems.map(({ code }) => code)).toEqual(["model_duplicate"]);
  });

  test("that is misspelt, or that definePlugin did not make, is refused and not left out in silence", async () => {
    const { models, ...rest } = judges();
    const wrong: [unknown, RegExp][] = [
      [{ ...rest, model: models }, /^plugin_invalid: definePlugin has no option "model"\. Did you mean "models"\?$/],
      [{ name: "x", loader: { judge: Judge } }, /option "loader"\. Did you mean "loaders"\?$/],
      [{ name: "x" }, /definePlugin of x needs "loaders"/],
      [{ name: "x", loaders: { judge: "Judge" } }, /definePlugin of x has the loader "judge", which is no class/],
      [{ loaders: {} }, /needs the plugin's name/],
      [undefined, /takes an object/],
    ];
    for (const [plugin, said] of wrong)
      expect(await codeOf(Promise.resolve().then(() => definePlugin(plugin as never)))).toMatch(said);
    await using app = await TemporaryApplication.create();
    const left: [unknown, RegExp][] = [
      [[judges()], /^plugin_invalid: plugins\[0\] is neither .* definePlugin\(\{ name, loaders, models \}\)\./],
      [["./a", { default: definePlugin(judges()) }], /plugins\[1\] .* Give its default export\./],
      [[undefined], /plugins\[0\]/],
      ["./a", /"plugins" is a list/],
    ];
    for (const [plugins, said] of left) expect(await codeOf(zooOf(app, { plugins } as ZooOptions))).toMatch(said);
  });

  test("is refused under the name of a package that is a plugin too, listed or named: its models have loaders of their own", async () => {
    await using app = await TemporaryApplication.create({
      judges: scriptedPlugin("judges", "a", "tasks = {}; async open() {}"),
    });
    const plugins = [definePlugin(judges())];
    const said =
      /^plugin_invalid: The plugin "judges" is given as an object, and .*judges is a plugin .* name of its own\.$/;
    expect(await codeOf(zooOf(app, { plugins }))).toMatch(said);
    await app.write("package.json", JSON.stringify({ name: "app" }));
    for (const named of ["judges", `${app.dir}/node_modules/judges`])
      expect(await codeOf(zooOf(app, { plugins: [...plugins, named] }))).toMatch(said);
    await using zoo = await zooOf(app, { plugins });
    expect((await zoo.run("judge", "score-image", { image: picture })).output.score).toBe(3);
  });

  test("has the loader of a spec that a file brings", async () => {
    await using app = await TemporaryApplication.create();
    await app.write("mine.yaml", JSON.stringify({ ...scriptedSpec("mine"), plugin: "judges", loader: "judge" }));
    const zooSpec = { models: [{ model: "mine", spec: "./mine.yaml" }] };
    await using zoo = await zooOf(app, { plugins: [definePlugin(judges())], spec: zooSpec });
    expect((await zoo.run("mine", "score-image", { image: picture })).output.score).toBe(3);
    expect(zoo.models.map(({ model_name }) => model_name)).toEqual(["mine"]);
  });
});

describe("a plugin's module", () => {
  const compiled = (exported: string) => `"use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    const { definePlugin, ModelLoaderBase } = require("@menagerie/core/loader");
    class Loader extends ModelLoaderBase {
      constructor() { super(...arguments); this.tasks = { "score-image": () => ({ score: 7, best: 0, worst: 0 }) }; }
      async open() { return {}; }
    }
    const plugin = definePlugin({ name: "cjs", loaders: { scripted: Loader } });
    ${exported}`;

  test.each([
    ["that tsc compiled to CommonJS", "exports.default = plugin;", "process"],
    ["that was wrapped once more", "exports.default = { __esModule: true, default: plugin };", "inline"],
    ["that exports the plugin itself", "module.exports = plugin;", "inline"],
    ["that also exports something called loaders", "exports.loaders = {}; exports.default = plugin;", "inline"],
  ] as const)("%s is the plugin", async (_, exported, runner) => {
    const files = scriptedPlugin("cjs", "a", "");
    const json = { name: "cjs", version: "1.0.0", main: "./index.cjs", menagerie: { contract: 1 } };
    const { "index.js": _esm, ...rest } = files;
    await using app = await TemporaryApplication.create({
      cjs: { ...rest, "package.json": JSON.stringify(json), "index.cjs": compiled(exported) },
    });
    await using zoo = await zooOf(app, { spec: { runner } });
    expect((await zoo.run("a", "score-image", { image: picture })).output.score).toBe(7);
  });
});

describe("a plugin that is given as an object is judged:", () => {
  class Loader {}
  test.each<[Record<string, unknown>, RegExp]>([
    [{ name: 5 }, /definePlugin needs the plugin's name/],
    [{ name: "" }, /definePlugin needs the plugin's name/],
    [{ name: "../../x" }, /"name": must be a package's name/],
    [{ loaders: null }, /definePlugin of p needs "loaders"/],
    [{ loaders: { judge: 5 } }, /has the loader "judge", which is no class/],
    [{ version: 5 }, /"version": must be a text/],
    [{ engines: [5] }, /"engines.0": must be a text or an object/],
    [{ engines: [{ name: "abacus" }] }, /"engines.0.engineVersion": must be a function/],
    [{ models: 5 }, /"models": must be a list/],
    [{ tasks: [5] }, /"tasks.0": must be an object/],
    [{ modles: [] }, /no option "modles"\. Did you mean "models"\?/],
  ])("%j", async (wrong, words) => {
    const given = async () =>
      createZoo({ plugins: [definePlugin({ name: "p", loaders: { judge: Loader }, ...wrong } as never)] });
    await expect(given()).rejects.toMatchObject({
      code: "plugin_invalid",
      message: expect.stringMatching(words),
    });
  });

  test.each([[5], [{ name: "p" }], [null]])("%j is no plugin", async (wrong) => {
    await expect(createZoo({ plugins: [wrong as never] })).rejects.toMatchObject({ code: "plugin_invalid" });
  });
});
