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

/** Pieces of code in every page of docs/. */
async function codeInPages(): Promise<{ page: string; code: string }[]> {
  const pages = (await readdir(join(root, "docs"), { recursive: true })).filter((file) => file.endsWith(".md"));
  const texts = pages.map(async (page) => {
    const text = await readFile(join(root, "docs", page), "utf8");
    return (text.match(/```[\s\S]*?```|`[^`]+`/g) ?? []).map((code) => ({ page, code }));
  });
  return (await Promise.all(texts)).flat();
}

async function taken(): Promise<ReadonlySet<string>> {
  const others = (await readSources()).filter(({ path }) => !path.startsWith(`${core}/`));
  return new Set(
    others.flatMap(({ path, source }) => importedNames(path, source).map(({ module, name }) => `${module} ${name}`)),
  );
}

const [pieces, used] = await Promise.all([codeInPages(), taken()]);
const written = new Set(pieces.flatMap(({ code }) => code.match(/\w+/g) ?? []));

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

test("each name that a page of docs/core gives is exported", () => {
  const all = new Set(subpaths.flatMap(({ entry }) => exportedNames(root, entry)));
  // A name of several words, or a type's: a word alone in lower case may be a key, a package or a method.
  const given = pieces.filter(
    ({ page, code }) => page.startsWith("core") && /^`(?:[A-Z]\w*|[a-z]\w*[A-Z]\w*)`$/.test(code),
  );
  expect(given.length).toBeGreaterThan(100);
  expect(given.filter(({ code }) => !all.has(code.slice(1, -1)))).toEqual([]);
});

test("each name that an example in docs/ imports is exported by the module that it names", () => {
  const imported = pieces.flatMap(({ page, code }) =>
    [...code.matchAll(/import (?:type )?\{([^}]*)\} from "(@menagerie\/core[^"]*)"/g)].flatMap(
      ([, names = "", module]) =>
        names.split(",").map((name) => ({ page, module, name: name.replace(/ as .*|\btype\b/g, "").trim() })),
    ),
  );
  const exported = new Set(
    subpaths.flatMap(({ module, entry }) => exportedNames(root, entry).map((name) => `${module} ${name}`)),
  );
  expect(imported.length).toBeGreaterThan(10);
  expect(imported.filter(({ module, name }) => name !== "" && !exported.has(`${module} ${name}`))).toEqual([]);
});
