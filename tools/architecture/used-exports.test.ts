import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { exportedNames, importedNames } from "./exported-names.ts";
import { readSources, root } from "./repository.ts";

const core = "packages/core";
const { exports } = JSON.parse(await readFile(join(root, core, "package.json"), "utf8")) as {
  exports: Record<string, string | Record<string, string>>;
};
const subpaths = Object.entries(exports).flatMap(([subpath, target]) =>
  typeof target === "string"
    ? []
    : [{ module: `@menagerie/core${subpath.slice(1)}`, entry: join(core, target["menagerie-source"] ?? "") }],
);

/** Words in code, in every page of docs/. */
async function documented(): Promise<ReadonlySet<string>> {
  const pages = (await readdir(join(root, "docs"), { recursive: true })).filter((file) => file.endsWith(".md"));
  const texts = await Promise.all(pages.map((page) => readFile(join(root, "docs", page), "utf8")));
  const code = texts.flatMap((text) => text.match(/```[\s\S]*?```|`[^`]+`/g) ?? []);
  return new Set(code.flatMap((piece) => piece.match(/\w+/g) ?? []));
}

async function taken(): Promise<ReadonlySet<string>> {
  const others = (await readSources()).filter(({ path }) => !path.startsWith(`${core}/`));
  return new Set(
    others.flatMap(({ path, source }) => importedNames(path, source).map(({ module, name }) => `${module} ${name}`)),
  );
}

const [written, used] = await Promise.all([documented(), taken()]);

describe.each(subpaths)("each name that $module exports", ({ module, entry }) => {
  const names = exportedNames(root, entry);

  test("is used by another package, or stands in a page of docs/", () => {
    expect(names.filter((name) => !used.has(`${module} ${name}`) && !written.has(name))).toEqual([]);
  });

  test("is exported once", () => {
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});

test("no name is exported by two subpaths", () => {
  const all = subpaths.flatMap(({ entry }) => exportedNames(root, entry));
  expect(all.filter((name, i) => all.indexOf(name) !== i)).toEqual([]);
});
