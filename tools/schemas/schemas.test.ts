import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { jsonSchemas } from "./json-schemas.ts";

const root = new URL("../../", import.meta.url);

test("the schemas for editors are those of the code (npm run schemas writes them)", async () => {
  for (const [file, text] of Object.entries(jsonSchemas())) {
    expect(await readFile(new URL(file, root), "utf8"), file).toBe(text);
  }
});

test("each kit's package.json names its schemas, and they are part of its package", async () => {
  for (const file of Object.keys(jsonSchemas()).filter((name) => name.startsWith("packages/"))) {
    const [, kit, path = "", modality = ""] =
      /^packages\/(\w+)\/(schemas\/(\w+)-preprocessing\.json)$/.exec(file) ?? [];
    const json = JSON.parse(await readFile(new URL(`packages/${kit}/package.json`, root), "utf8"));
    expect(json.menagerie.kit.preprocessing[modality], file).toBe(`./${path}`);
    expect(json.files, file).toContain("schemas");
  }
});

test("every spec names the schema that an editor is to use", async () => {
  const plugins = await readdir(new URL("plugins/", root));
  const folders = ["packages/demo/models/", ...plugins.map((plugin) => `plugins/${plugin}/models/`)];
  for (const folder of folders) {
    // A plugin without models is the conformance suite's to refuse.
    for (const file of await readdir(new URL(folder, root)).catch(() => [])) {
      const [first] = (await readFile(new URL(folder + file, root), "utf8")).split("\n");
      expect(first, file).toBe("# yaml-language-server: $schema=../../../specs/model-spec.schema.json");
    }
  }
});
