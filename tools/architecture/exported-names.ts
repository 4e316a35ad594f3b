import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { parseSync } from "oxc-parser";

/** The names that a module exports, those of modules that it exports whole included. @param path from the repository's root */
export function exportedNames(root: string, path: string): string[] {
  const { module } = parseSync(path, readFileSync(posix.join(root, path), "utf8"));
  return module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ exportName, moduleRequest }) => {
      if (exportName.name !== null) return [exportName.name];
      return moduleRequest === null ? [] : exportedNames(root, posix.join(posix.dirname(path), moduleRequest.value));
    }),
  );
}

/** The names that a source file takes from each module. Of a module that is taken whole, `*`. */
export function importedNames(path: string, source: string): { module: string; name: string }[] {
  const { module } = parseSync(path, source);
  return [
    ...module.staticImports.flatMap(({ moduleRequest, entries }) =>
      entries.map(({ importName }) => ({ module: moduleRequest.value, name: importName.name ?? "*" })),
    ),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest, importName }) =>
        moduleRequest === null ? [] : [{ module: moduleRequest.value, name: importName.name ?? "*" }],
      ),
    ),
  ];
}
