import { rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { logTo } from "../contract/log.ts";
import { Catalogue } from "./catalogue.ts";
import { createZoo } from "./create-zoo.ts";
import { discoverPlugins, moduleReference, pluginModules, requirePlugin } from "./discovery.ts";
import { readZooSpec } from "./read-yaml.ts";
import { scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";

const body = "tasks = {}; async open() {}";

test("the plugins of an application are its dependencies with a menagerie field, read without running them", async () => {
  await using app = await TemporaryApplication.create({
    "plugin-a": { ...scriptedPlugin("plugin-a", "a", body), "index.js": "throw new Error('was run')" },
    "no-plugin": { "package.json": JSON.stringify({ name: "no-plugin" }) },
  });
  const { plugins, problems } = await discoverPlugins(app.dir);
  expect(problems).toEqual([]);
  expect(plugins.map(({ name, version, manifest }) => ({ name, version, manifest }))).toEqual([
    { name: "plugin-a", version: "1.2.3", manifest: { contract: 1, engines: [] } },
  ]);
});

test("one broken plugin is a problem with a code, and the others are found", async () => {
  await using app = await TemporaryApplication.create({
    good: scriptedPlugin("good", "a", body),
    misspelt: { "package.json": JSON.stringify({ name: "misspelt", menagerie: { contract: 1, modles: "./models" } }) },
    newer: { "package.json": JSON.stringify({ name: "newer", menagerie: { contract: 99 } }) },
    garbled: { "package.json": "{" },
  });
  const { plugins, problems } = await discoverPlugins(app.dir);
  expect(plugins.map((plugin) => plugin.name)).toEqual(["good"]);
  expect(problems.map((problem) => problem.code).sort()).toEqual([
    "contract_mismatch",
    "plugin_invalid",
    "plugin_invalid",
  ]);
  const messages = problems.map((problem) => problem.message).join("\n");
  expect(messages).toContain('unknown key "modles" (did you mean "models"?)');
  expect(messages).toContain("newer was built for contract 99, this zoo speaks contract 1");
});

test("a plugin that was asked for by name and is not installed is a problem that names the remedy", async () => {
  await using app = await TemporaryApplication.create();
  const { problems } = await discoverPlugins(app.dir, ["menagerie-plugin-nowhere"]);
  expect(problems[0]?.code).toBe("plugin_invalid");
  expect(problems[0]?.message).toContain("npm install menagerie-plugin-nowhere");
});

test("a name that is mistyped is told with the dependency that is installed, not to be installed as it is", async () => {
  await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", body) });
  const { problems } = await discoverPlugins(app.dir, ["plugin-b"]);
  expect(problems[0]?.message).toMatch(/Did you mean "plugin-a", which is installed\?$/);
  await expect(moduleReference("plugin-aa", app.dir, "/loaders")).rejects.toMatchObject({
    code: "dependency_missing",
    message: expect.stringMatching(/^plugin-aa\/loaders.* Did you mean "plugin-a", which is installed\?$/),
  });
});

test("a working copy that is named by its folder is used instead of the dependency of its name", async () => {
  await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", body) });
  for (const folder of ["dev", "other"])
    for (const [file, text] of Object.entries(scriptedPlugin("plugin-a", "mine", body)))
      await app.write(join(folder, file), text);
  for (let i = 0; i < 5; i++) {
    const { plugins, problems } = await discoverPlugins(app.dir, ["./dev"]);
    expect([plugins.map(({ dir }) => dir), problems]).toEqual([[join(app.dir, "dev")], []]);
  }
  const twice = await discoverPlugins(app.dir, ["./dev", "./other", "./dev/."]);
  expect(twice.plugins.map(({ dir }) => dir)).toEqual([join(app.dir, "dev")]);
  expect(twice.problems.map(({ message }) => message)).toEqual([
    `The plugin plugin-a is named twice, in ${join(app.dir, "dev")} and in ${join(app.dir, "other")}. ` +
      'The first is used: leave one of them out of "plugins".',
  ]);
});

test("a plugin's module is the file that its exports give", async () => {
  await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", body) });
  const [plugin] = (await discoverPlugins(app.dir)).plugins;
  expect(plugin).toBeDefined();
  if (plugin === undefined) return;
  const modules = await pluginModules(plugin);
  expect(modules.plugin).toMatchObject({ name: "plugin-a", version: "1.2.3" });
  expect(modules.plugin.entry).toMatch(/plugin-a[\\/]index\.js$/);
});

test("an engine is found where the plugin really lies, as Node finds it, or else where the plugin is linked", async () => {
  const withEngines = (engines: readonly string[]) => {
    const files = scriptedPlugin("plugin-a", "a", body);
    const json = { ...JSON.parse(files["package.json"] ?? ""), menagerie: { contract: 1, engines } };
    return { ...files, "package.json": JSON.stringify(json) };
  };
  const engine = (name: string, version: string) => ({
    "package.json": JSON.stringify({ name, version, exports: "./index.js" }),
    "index.js": "",
  });
  await using app = await TemporaryApplication.create({ own: engine("own", "9.0.0"), left: engine("left", "2.0.0") });
  const store = "store/plugin-a@1/node_modules";
  const installed = { "plugin-a": withEngines(["own", "left"]), own: engine("own", "1.0.0") };
  for (const [name, files] of Object.entries(installed))
    for (const [file, text] of Object.entries(files)) await app.write(join(store, name, file), text);
  await symlink(join(app.dir, store, "plugin-a"), join(app.dir, "node_modules/plugin-a"));
  const plugin = await requirePlugin("plugin-a", [app.dir]);
  const { engines } = await pluginModules(plugin);
  expect(engines.map(({ name, version }) => `${name} ${version}`)).toEqual(["own 1.0.0", "left 2.0.0"]);
});

test("a name that two plugins claim belongs to neither, and the error names both files", async () => {
  await using app = await TemporaryApplication.create({
    first: scriptedPlugin("first", "same", body),
    second: scriptedPlugin("second", "same", body),
    third: scriptedPlugin("third", "other", body),
  });
  const { plugins } = await discoverPlugins(app.dir);
  const { catalogue, problems } = await Catalogue.read(plugins);
  expect(problems.map((problem) => problem.code)).toEqual(["model_duplicate"]);
  expect(() => catalogue.find("same")).toThrow(/first.*same\.yaml and .*second.*same\.yaml/);
  expect(catalogue.find("other").plugin).toBe("third");
});

test("an unknown model comes with the nearest name, and a role finds its first model", async () => {
  await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "clip-vit-l", body) });
  const { catalogue } = await Catalogue.read((await discoverPlugins(app.dir)).plugins);
  expect(() => catalogue.find("clip-vit-i")).toThrow('Did you mean "clip-vit-l"?');
  expect(catalogue.find("image_quality").spec.model_name).toBe("clip-vit-l");
});

test("a misspelt key in a spec is a problem that names the file and the right key; the other specs are served", async () => {
  const files = scriptedPlugin("plugin-a", "good", body);
  const bad = (files["models/good.yaml"] ?? "")
    .replace("model_name: good", "model_name: bad")
    .replace("precision:", "precison:");
  await using app = await TemporaryApplication.create({ "plugin-a": { ...files, "models/bad.yaml": bad } });
  const { catalogue, problems } = await Catalogue.read((await discoverPlugins(app.dir)).plugins);
  expect(catalogue.entries.map((entry) => entry.spec.model_name)).toEqual(["good"]);
  expect(problems[0]?.code).toBe("model_spec_invalid");
  expect(problems[0]?.message).toMatch(/bad\.yaml.*unknown key "precison" \(did you mean "precision"\?\)/);
});

describe("a model whose spec is refused", () => {
  const files = (): Record<string, string> => {
    const { "models/good.yaml": good = "", ...rest } = scriptedPlugin("plugin-a", "good", body);
    const mood = good.replace("model_name: good", "model_name: mood").replace("precision:", "precison:");
    return { ...rest, "models/good.yaml": good, "models/m.yaml": mood, "models/n.yaml": "model_name: 'noon'\n- [" };
  };

  test("says why when it is asked for, whatever its file is called", async () => {
    await using app = await TemporaryApplication.create({ "plugin-a": files() });
    await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache` });
    for (const [model, said] of [
      ["mood", /m\.yaml is not a valid ModelSpec: .*"precison" \(did you mean "precision"\?\)/],
      ["noon", /n\.yaml is not valid YAML/],
    ] as const)
      expect(() => zoo.find(model), model).toThrow(
        expect.objectContaining({ code: "model_spec_invalid", message: expect.stringMatching(said), model }),
      );
    expect(() => zoo.find("night")).toThrow(expect.objectContaining({ code: "model_not_found" }));
  });

  test("degrades a zoo that may serve it, and none that uses other plugins", async () => {
    const warned: unknown[] = [];
    const log = logTo((level, message, { code }) => level === "warn" && warned.push(`${message}: ${code}`));
    await using app = await TemporaryApplication.create({
      "plugin-a": files(),
      "plugin-b": scriptedPlugin("plugin-b", "b", body),
      odd: { "package.json": JSON.stringify({ name: "odd", menagerie: { contract: 99 } }) },
    });
    const options = { appDir: app.dir, cacheDir: `${app.dir}/cache`, log };
    for (const [spec, count] of [
      [{}, 3],
      [{ models: [{ model: "good" }] }, 2],
      [{ models: [{ model: "b" }], plugins: ["odd"] }, 1],
    ] as const) {
      await using zoo = await createZoo({ ...options, spec });
      expect([zoo.status().health, zoo.problems.length], JSON.stringify(spec)).toEqual(["degraded", count]);
    }
    warned.length = 0;
    await using zoo = await createZoo({ ...options, spec: { models: [{ model: "b" }] } });
    expect([zoo.status().health, zoo.problems]).toEqual(["healthy", []]);
    expect(warned.sort()).toEqual([
      "what this zoo does not use cannot be read: contract_mismatch",
      "what this zoo does not use cannot be read: model_spec_invalid",
      "what this zoo does not use cannot be read: model_spec_invalid",
    ]);
    expect(() => zoo.find("mood")).toThrow(expect.objectContaining({ code: "model_spec_invalid" }));
  });

  test("that the zoo spec brings by file says why as well", async () => {
    await using app = await TemporaryApplication.create({ "plugin-b": scriptedPlugin("plugin-b", "b", body) });
    await app.write("mine.yaml", "model_name: mine");
    const specFile = await app.write("zoo.yaml", "models: [{ model: mine, spec: ./mine.yaml }, { model: b }]");
    await using zoo = await createZoo({ appDir: app.dir, specFile, cacheDir: `${app.dir}/cache` });
    expect(() => zoo.find("mine")).toThrow(expect.objectContaining({ code: "model_spec_invalid" }));
  });
});

test("an application that Yarn Plug'n'Play installed is told how to have folders", async () => {
  await using app = await TemporaryApplication.create();
  await rm(`${app.dir}/node_modules`, { recursive: true });
  await app.write(".pnp.cjs", "");
  const told = expect.stringMatching(/^plugin_invalid: .* is installed by Yarn Plug'n'Play.*nodeLinker: node-modules/);
  const saidOf = async (): Promise<string[]> =>
    (await discoverPlugins(app.dir)).problems.map(({ code, message }) => `${code}: ${message}`);
  expect(await saidOf()).toEqual([told]);
  // A build tool's cache is no installed package.
  await app.write("node_modules/.cache/tool/1", "");
  expect(await saidOf()).toEqual([told]);
  await app.write("node_modules/x/package.json", "{}");
  expect((await discoverPlugins(app.dir)).problems).toEqual([]);
});

test("a kit's loader is found among the dependencies of the plugin that names it, and no code of the plugin is run", async () => {
  const kit = {
    "package.json": JSON.stringify({ name: "kit", version: "3.0.0", exports: { "./loaders": "./loaders.js" } }),
    "loaders.js": `import { definePlugin, ModelLoaderBase } from "@menagerie/core/loader";
      class Loader extends ModelLoaderBase {
        tasks = { "score-image": () => ({ score: 5, best: 0, worst: 0 }) };
        async open() { return {}; }
      }
      export default definePlugin({ name: "kit", loaders: { "by-kit": Loader } });`,
  };
  const { "models/a.yaml": spec = "" } = scriptedPlugin("data", "a", body);
  const data = {
    "package.json": JSON.stringify({ name: "data", version: "1.0.0", menagerie: { contract: 1 } }),
    "models/a.yaml": spec.replace("loader: scripted", 'loader: "kit#by-kit"'),
    "models/b.yaml": spec.replace("loader: scripted", 'loader: "kit#by-kat"').replace("name: a", "name: b"),
    "models/c.yaml": spec.replace("loader: scripted", 'loader: "gone#x"').replace("name: a", "name: c"),
  };
  await using app = await TemporaryApplication.create({ data, kit });
  await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache` });
  const ask = (model: string) => zoo.run(model, "score-image", { image: new Uint8Array(1) });
  expect((await ask("a")).output.score).toBe(5);
  const { recipe } = await zoo.load("a");
  expect([recipe.plugin, recipe.loader, recipe.packages.kit]).toEqual(["kit", "kit#by-kit", "3.0.0"]);
  await expect(ask("b")).rejects.toThrow('kit has no loader "by-kat". It has: by-kit.');
  await expect(ask("c")).rejects.toMatchObject({ code: "dependency_missing" });
});

describe("what may not be read is told as that, never as absent:", () => {
  test("a damaged package.json of the application, by its name and its fault", async () => {
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", body) });
    for (const [text, said] of [
      ['{ "name": "app", ', "JSON"],
      ["[]", "holds no object"],
    ] as const) {
      await app.write("package.json", text);
      const { plugins, problems } = await discoverPlugins(app.dir);
      expect([plugins, problems.map(({ code }) => code)]).toEqual([[], ["plugin_invalid"]]);
      expect(problems[0]?.message).toMatch(/package\.json is damaged: /);
      expect(problems[0]?.message).toContain(said);
    }
  });

  test("an application whose folder is not there", async () => {
    await using app = await TemporaryApplication.create();
    const { problems } = await discoverPlugins(`${app.dir}/nowhere`);
    expect(problems.map(({ message }) => message)).toEqual([
      `The folder of the application ${app.dir}/nowhere cannot be read: there is no such file or folder (ENOENT). Check the path.`,
    ]);
    expect((await discoverPlugins(`${app.dir}/node_modules`)).problems).toEqual([]);
  });

  test("an application without a name, or with a byte order mark, is read", async () => {
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", body) });
    await app.write("package.json", `\uFEFF${JSON.stringify({ private: true, dependencies: { "plugin-a": "*" } })}`);
    const { plugins, problems } = await discoverPlugins(app.dir);
    expect([plugins.map(({ name }) => name), problems]).toEqual([["plugin-a"], []]);
  });

  test("what other packages write into theirs is not judged", async () => {
    await using app = await TemporaryApplication.create({ odd: { "package.json": '{ "version": 3 }' } });
    expect(await discoverPlugins(app.dir)).toEqual({ plugins: [], problems: [] });
  });

  test("links that lead in a circle, and files where folders should be, with the plugin's name", async () => {
    await using app = await TemporaryApplication.create({ circle: {}, file: {} });
    await symlink("circle", `${app.dir}/node_modules/circle`);
    await app.write("node_modules/file", "not a folder");
    const { problems } = await discoverPlugins(app.dir);
    expect(problems.map(({ code, message }) => `${code}: ${message}`).sort()).toEqual([
      expect.stringMatching(/^plugin_invalid: file: .*a part of the path is a file and not a folder \(ENOTDIR\)/),
      expect.stringMatching(/^system_error: circle: .*links lead in a circle \(ELOOP\)/),
    ]);
  });

  test("a search that finds no model tells what could not be read", async () => {
    await using app = await TemporaryApplication.create({
      "plugin-a": scriptedPlugin("plugin-a", "a", body),
      circle: {},
    });
    await symlink("circle", `${app.dir}/node_modules/circle`);
    await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache` });
    expect(() => zoo.find("clip")).toThrow(
      /There are: a\. A plugin or spec could not be read, first system_error: circle/,
    );
    await app.write("package.json", JSON.stringify({ dependencies: { circle: "*" } }));
    await using empty = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache` });
    expect(() => empty.find("clip")).toThrow(expect.objectContaining({ code: "system_error" }));
  });
});

test("a zoo spec that cannot be read says why", async () => {
  await using app = await TemporaryApplication.create();
  await symlink("zoo.yaml", `${app.dir}/zoo.yaml`);
  const read = (file: string): Promise<unknown> => readZooSpec(`${app.dir}/${file}`).catch((error: unknown) => error);
  expect(await read("gone.yaml")).toMatchObject({
    code: "zoo_spec_invalid",
    message: `${app.dir}/gone.yaml cannot be read: there is no such file or folder (ENOENT). Check the path.`,
  });
  expect(await read("node_modules")).toMatchObject({ code: "zoo_spec_invalid", details: { errno: "EISDIR" } });
  expect(await read("zoo.yaml")).toMatchObject({ code: "system_error", details: { errno: "ELOOP" } });
});
