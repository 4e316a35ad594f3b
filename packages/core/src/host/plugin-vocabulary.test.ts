import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ModelError } from "../contract/model-error.ts";
import { Catalogue } from "./catalogue.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import { createZoo } from "./create-zoo.ts";
import { discoverPlugins } from "./discovery.ts";
import { engineField, scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";

const body = "tasks = {}; async open() {}";
const graph = { local_artifacts: [{ name: "g", path: "g" }], graphs: { g: { artifact: "g" } } };
const soundSchema = {
  type: "object",
  properties: {
    rate: { type: "integer", default: 16_000 },
    window: { type: "object", properties: { seconds: { type: "number", exclusiveMinimum: 0 } } },
    words: { type: "string", "x-artifact": true },
  },
  required: [],
  additionalProperties: false,
};
const abacus = engineField({
  name: "abacus",
  runtimes: ["inprocess", "beads"],
  precisions: ["decimal"],
  devices: ["cpu"],
});

type Files = Record<string, string>;

function packageOf(name: string, menagerie: unknown, more: object = {}): Files {
  const json = { name, version: "1.0.0", type: "module", exports: "./index.js", menagerie, ...more };
  return { "package.json": JSON.stringify(json), "index.js": "throw new Error('was run')" };
}

/** An application whose plugin names an engine and depends on a kit; of neither anything is run. */
async function application(spec: object, packages: Record<string, Files> = {}): Promise<TemporaryApplication> {
  const files = scriptedPlugin("plugin-a", "a", body, { engine: "abacus", precision: "decimal", ...graph, ...spec });
  return TemporaryApplication.create({
    "plugin-a": {
      ...files,
      ...packageOf(
        "plugin-a",
        { contract: 1, engines: ["engine-a"] },
        { dependencies: { "engine-a": "*", "kit-a": "*", other: "*" } },
      ),
    },
    "engine-a": packageOf("engine-a", abacus),
    "kit-a": {
      ...packageOf("kit-a", { contract: 1, kit: { preprocessing: { sound: "./sound.json" } } }),
      "sound.json": JSON.stringify(soundSchema),
    },
    other: packageOf("other", undefined),
    ...packages,
  });
}

async function read(app: TemporaryApplication): Promise<CatalogueEntry | ModelError> {
  const { catalogue, problems } = await Catalogue.read((await discoverPlugins(app.dir)).plugins);
  const [problem] = problems;
  return problem ?? catalogue.find("a");
}

async function problemOf(spec: object, packages: Record<string, Files> = {}): Promise<Partial<ModelError>> {
  await using app = await application(spec, packages);
  const { code, message, details } = (await read(app)) as ModelError;
  return { code, message, details };
}

describe("the words of a spec", () => {
  test("are those that the packages of its engine and kits declare, which are not run", async () => {
    await using app = await application({ runtime: "beads", preprocessing: { sound: { window: { seconds: 1 } } } });
    const { spec, engine } = (await read(app)) as CatalogueEntry;
    expect(engine).toMatchObject({ name: "abacus", opens: "graph", needs: {} });
    expect(spec).toMatchObject({ engine: "abacus", precision: "decimal", runtime: "beads" });
    expect(spec.preprocessing).toEqual({ sound: { rate: 16_000, window: { seconds: 1 } } });
  });

  test.each([
    [
      { engine: "abacuss" },
      "unsupported_engine",
      /"abacuss"; the engines of plugin-a are abacus, js\. Did you mean "abacus"\?/,
    ],
    [{ precision: "decimel" }, "unsupported_engine", /precision "decimel".*Did you mean "decimal"\?/],
    [{ runtime: "bead" }, "unsupported_runtime", /runtime "bead".*inprocess, beads\. Did you mean "beads"\?/],
    [
      { device_policy: "cuda:1" },
      "unsupported_device",
      /device_policy "cuda:1"; the only device of the engine abacus is cpu\.$/,
    ],
    [{ engine: "js", runtime: "beads" }, "unsupported_runtime", /the only runtime of js is inprocess\.$/],
    [
      { preprocessing: { sond: {} } },
      "model_spec_invalid",
      /"preprocessing\.sond" is described by no kit that plugin-a depends on \(did you mean "sound"\?\)\.$/,
    ],
    [
      { preprocessing: { sound: { rat: 1 } } },
      "model_spec_invalid",
      /"preprocessing\.sound\.rat" \(did you mean "rate"\?\)/,
    ],
    [{ preprocessing: { sound: { rate: "16k" } } }, "model_spec_invalid", /"preprocessing\.sound\.rate"/],
    [{ preprocessing: { sound: { words: "tokens" } } }, "model_spec_invalid", /names the artifact "tokens"/],
  ])("are refused with what there is, and the nearest: %j", async (spec, code, message) => {
    const problem = await problemOf(spec);
    expect(problem).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test("that are those of a dependency which the plugin does not name as its engine say what to write", async () => {
    const more = { dependencies: { other: "*", "engine-a": "*" } };
    const packages = {
      "plugin-a": {
        ...scriptedPlugin("plugin-a", "a", body, { engine: "abacus", precision: "decimal", ...graph }),
        ...packageOf("plugin-a", { contract: 1 }, more),
      },
    };
    const { code, message } = await problemOf({}, packages);
    expect([code, message]).toEqual([
      "unsupported_engine",
      'a has engine "abacus", which is that of engine-a, a dependency that plugin-a does not name among its engines. ' +
        'Write into its package.json: "menagerie": { "engines": ["engine-a"] }',
    ]);
  });

  test("of a variant are checked as the model's own", async () => {
    await using app = await application({ variants: { decimel: { paths: { g: "h" } } } });
    const { catalogue, problems } = await Catalogue.read((await discoverPlugins(app.dir)).plugins);
    expect(problems.map(({ message }) => message).join()).toContain('Did you mean "decimal"?');
    expect(catalogue.entries.map(({ spec }) => spec.model_name)).toEqual(["a"]);
  });

  test("are not judged where the engine is not installed: the load tells of that", async () => {
    const files = { "engine-a": { "readme.md": "" } };
    await using app = await application({}, files);
    expect(await read(app)).toMatchObject({ spec: { engine: "abacus" }, engine: undefined });
    await using zoo = await createZoo({ appDir: app.dir, modelsRoot: app.dir });
    await expect(zoo.load("a")).rejects.toMatchObject({ code: "dependency_missing" });
  });

  test("of a device that the zoo spec asks for are checked too", async () => {
    await using app = await application({});
    const models = [
      { model: "a", device_policy: "cuda", cache_policy: "on_demand", priority: "medium", required: true },
    ];
    const made = createZoo({ appDir: app.dir, spec: { models } as never });
    await expect(made).rejects.toMatchObject({ code: "unsupported_device" });
  });
});

describe("a package that declares itself wrongly is refused by name:", () => {
  const bad = (engine: Record<string, unknown>) => ({ "engine-a": packageOf("engine-a", engineField(engine)) });
  test.each<[string, Record<string, Files>, RegExp]>([
    [
      "an engine that says nothing",
      { "engine-a": packageOf("engine-a", undefined) },
      /names engine-a .*menagerie\.engine/,
    ],
    ["a misspelt key", bad({ runtmes: [] }), /unknown key "engine\.runtmes" \(did you mean "runtimes"\?\)/],
    ["a device that is none", bad({ devices: ["gpu"] }), /"engine\.devices\.0"/],
    ["a variable that would undo the recipe", bad({ needs: { environment: ["NODE_OPTIONS"] } }), /cannot be passed on/],
    ["a host with a scheme", bad({ needs: { network: ["http://a"] } }), /without a scheme/],
    [
      "a kit whose schema is not there",
      { "kit-a": packageOf("kit-a", { contract: 1, kit: { preprocessing: { sound: "./sund.json" } } }) },
      /kit-a, \.\/sund\.json is not there/,
    ],
    [
      "a kit whose schema has a misspelt keyword",
      {
        "kit-a": {
          ...packageOf("kit-a", { contract: 1, kit: { preprocessing: { sound: "./sound.json" } } }),
          "sound.json": JSON.stringify({ type: "object", propertis: {} }),
        },
      },
      /kit-a.*"propertis".*did you mean "properties"/,
    ],
    [
      "two kits of one modality",
      {
        other: {
          ...packageOf("other", { contract: 1, kit: { preprocessing: { sound: "./sound.json" } } }),
          "sound.json": "{}",
        },
      },
      /both describe "preprocessing\.sound"/,
    ],
  ])("%s", async (_what, packages, message) => {
    const problem = await problemOf({}, packages);
    expect(problem).toMatchObject({ code: "plugin_invalid", message: expect.stringMatching(message) });
  });
});

test("two kits that share a third, each with a copy of its own, describe its modality once", async () => {
  const kit = { contract: 1, kit: { preprocessing: { depth: "./depth.json" } } };
  const over = { contract: 1, kit: { preprocessing: {} } };
  const shared = { ...packageOf("shared", kit), "depth.json": JSON.stringify({ type: "object" }) };
  const nested = (files: Files) =>
    Object.fromEntries(Object.entries(files).map(([file, text]) => [`node_modules/shared/${file}`, text]));
  const packages = ["kit-a", "other"].map((name) => [
    name,
    { ...packageOf(name, over, { dependencies: { shared: "*" } }), ...nested(shared) },
  ]);
  await using app = await application({ preprocessing: { depth: {} } }, Object.fromEntries(packages));
  expect(await read(app)).toMatchObject({ spec: { preprocessing: { depth: {} } } });
});

test("an application may depend on engines and kits itself: they are no plugins without models", async () => {
  await using app = await application({});
  const { plugins, problems } = await discoverPlugins(app.dir);
  expect(problems).toEqual([]);
  expect(plugins.map(({ name }) => name)).toEqual(["engine-a", "kit-a", "plugin-a"]);
  expect((await Catalogue.read(plugins)).problems).toEqual([]);
});

test("a spec that is added is held to the words of its plugin", async () => {
  await using app = await application({});
  await using zoo = await createZoo({ appDir: app.dir });
  const spec = { ...zoo.find("a"), model_name: "b", plugin: "plugin-a" };
  expect(() => zoo.add({ ...spec, precision: "decimel" }, join(app.dir, "b.yaml"))).toThrow('Did you mean "decimal"?');
  zoo.add({ ...spec, preprocessing: { sound: {} } }, join(app.dir, "b.yaml"));
  expect(zoo.find("b").preprocessing).toEqual({ sound: { rate: 16_000 } });
});
