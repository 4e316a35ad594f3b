import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { importsOf } from "./imports-of.ts";
import type { PackageFacts, SourceFile } from "./rules.ts";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** The packages of this repository by folder. */
export async function readPackages(): Promise<Map<string, PackageFacts>> {
  const packages = new Map<string, PackageFacts>();
  for (const group of ["packages", "plugins"]) {
    for (const folder of await readdir(join(root, group))) {
      const json = JSON.parse(await readFile(join(root, group, folder, "package.json"), "utf8")) as {
        name: string;
      } & Record<string, Record<string, string> | undefined>;
      const keys = (field: string): string[] => Object.keys(json[field] ?? {});
      packages.set(`${group}/${folder}`, {
        name: json.name,
        dependencies: keys("dependencies"),
        peerDependencies: keys("peerDependencies"),
        devDependencies: keys("devDependencies"),
      });
    }
  }
  return packages;
}

let sources: Promise<readonly SourceFile[]> | undefined;

/** Every TypeScript file of packages, plugins and tools, tests included; read once. */
export function readSources(): Promise<readonly SourceFile[]> {
  sources ??= readAll();
  return sources;
}

async function readAll(): Promise<SourceFile[]> {
  const found: SourceFile[] = [];
  for (const group of ["packages", "plugins", "tools"]) {
    for (const file of await readdir(join(root, group), { recursive: true })) {
      const path = join(group, file).replaceAll("\\", "/");
      if (!path.endsWith(".ts") || path.endsWith(".d.ts") || /\/(node_modules|dist|assembly)\//.test(path)) continue;
      const source = await readFile(join(root, path), "utf8");
      found.push({ path, source, imports: importsOf(path, source) });
    }
  }
  return found;
}
