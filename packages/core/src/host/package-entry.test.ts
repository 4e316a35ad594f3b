import { execFile } from "node:child_process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { createZoo } from "./create-zoo.ts";
import { discoverPlugins, engineReference, moduleReference, pluginModules } from "./discovery.ts";
import { engineField, scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";

/** Exports of packages as they are found, by name; each file that one could name is there. */
const exportsOf: Readonly<Record<string, unknown>> = {
  "as-tsup-writes": { ".": { types: "./index.d.ts", import: "./index.mjs" } },
  "for-both": { import: "./index.mjs", require: "./index.cjs" },
  "both-nested": {
    ".": { import: { types: "./index.d.ts", default: "./index.mjs" }, require: { default: "./index.cjs" } },
  },
  "falls-through": { node: { require: "./index.cjs" }, default: "./index.mjs" },
  "for-other-places": { browser: "./index.cjs", deno: "./index.cjs", node: "./index.mjs" },
  "deep-through": { ".": { node: { import: { require: "./index.cjs" }, deno: "./index.cjs" }, import: "./index.mjs" } },
  "in-a-list": { ".": ["no-path", { require: "./index.cjs" }, { import: "./index.mjs" }] },
  "of-one-file": "./index.mjs",
  synchronous: { "module-sync": "./index.mjs", default: "./index.cjs" },
};
const kits: Readonly<Record<string, unknown>> = {
  "kit-plain": { "./loaders": { types: "./index.d.ts", import: "./loaders.js" } },
  "kit-pattern": { "./*": { import: "./*.js", require: "./index.cjs" } },
  "kit-exact": { "./loaders*": "./index.cjs", "./loaders": "./loaders.js" },
  "kit-withheld": { "./internal/*": null, "./*": "./*.js" },
  "kit-ending": { "./*": "./index.cjs", "./load*": { import: "./load*.js" } },
};
const empty = { "index.mjs": "", "index.cjs": "", "index.d.ts": "", "loaders.js": "" };
const packed = (name: string, exports: unknown, more: object = {}): Record<string, string> => ({
  ...empty,
  "package.json": JSON.stringify({ name, version: "1.0.0", type: "module", exports, ...more }),
});

test("a package's file is the one that import gives, whatever else its exports offer", async () => {
  const all = { ...exportsOf, ...kits };
  const installed = Object.entries(all).map(([name, exports]) => [name, packed(name, exports)] as const);
  await using app = await TemporaryApplication.create(Object.fromEntries(installed));
  const names = [...Object.keys(exportsOf), ...Object.keys(kits).map((kit) => `${kit}/loaders`)];
  const script = `console.log(JSON.stringify(${JSON.stringify(names)}.map((name) => import.meta.resolve(name))))`;
  const line = ["--input-type=module", "-e", script];
  const { stdout } = await promisify(execFile)(process.execPath, line, { cwd: app.dir, env: {} });
  const modules = names.map((name) => {
    const [bare = "", ...rest] = name.split("/");
    return moduleReference(bare, app.dir, rest.length === 0 ? "" : `/${rest.join("/")}`);
  });
  const found = (await Promise.all(modules)).map(({ entry }) => pathToFileURL(entry).href);
  expect(found).toEqual(JSON.parse(stdout));
});

test("a plugin that only import may load is found as that, and answers", async () => {
  const files = scriptedPlugin(
    "esm",
    "m",
    "tasks = { 'score-image': async () => ({ score: 1, best: 1, worst: 0 }) }; async open() {}",
  );
  const { "index.js": code = "", ...rest } = files;
  const menagerie = { contract: 1, engines: ["esm-engine"] };
  const exports = { ".": { types: "./dist/index.d.ts", import: "./dist/index.js" } };
  await using app = await TemporaryApplication.create({
    esm: { ...rest, ...packed("esm", exports, { menagerie }), "dist/index.js": code },
    "esm-engine": packed("esm-engine", exportsOf["as-tsup-writes"], { menagerie: engineField() }),
  });
  const [plugin] = (await discoverPlugins(app.dir)).plugins;
  if (plugin === undefined) throw new Error("it was not found");
  const { engines } = await pluginModules(plugin);
  expect(engines[0]?.entry).toMatch(/esm-engine[\\/]index\.mjs$/);
  await app.write(
    "node_modules/esm/package.json",
    packed("esm", exports, { menagerie: { contract: 1 } })["package.json"] ?? "",
  );
  await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache`, spec: { runner: "inline" } });
  expect((await zoo.run("m", "score-image", { image: Uint8Array.of(1) })).output.score).toBe(1);
});

test("exports that lack what is asked for, a file that is not built and a package that is not there are told apart", async () => {
  await using app = await TemporaryApplication.create({
    parts: packed("parts", { "./loaders": "./loaders.js" }),
    older: packed("older", { require: "./index.cjs" }),
    unbuilt: packed("unbuilt", { import: "./dist/index.js" }),
    folder: packed("folder", undefined, { main: "dist/index.js" }),
    outside: packed("outside", { import: "../index.js" }),
    withheld: packed("withheld", { ".": { node: null, default: "./index.mjs" } }),
    mixed: packed("mixed", { ".": "./index.mjs", import: "./index.mjs" }),
  });
  await app.write("node_modules/folder/index.mjs", "");
  for (const [name, code, said] of [
    [
      "parts",
      "plugin_invalid",
      /The "exports" of parts have no "\." that can be imported\. Write it into .*package\.json/,
    ],
    ["older", "plugin_invalid", /no "\." that can be imported.*under the condition "import"/],
    ["unbuilt", "dependency_missing", /unbuilt is not built.*dist.index\.js is no file.*npm install unbuilt/],
    ["folder", "dependency_missing", /folder is not built/],
    ["withheld", "plugin_invalid", /no "\." that can be imported/],
    ["mixed", "plugin_invalid", /mixed cannot be imported: its "exports" mix subpaths \(\.\) and conditions/],
    ["outside", "plugin_invalid", /outside cannot be imported: .*"\.\.\/index\.js"/],
    ["absent", "dependency_missing", /absent, which .* needs, is not installed\. Install it: npm install absent/],
  ] as const)
    await expect(engineReference(name, app.dir), name).rejects.toMatchObject({
      code,
      message: expect.stringMatching(said),
    });
  await expect(moduleReference("older", app.dir, "/loaders")).rejects.toThrow(/no "\.\/loaders" that can be imported/);
});
