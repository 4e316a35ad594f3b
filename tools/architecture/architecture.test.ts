import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { importsOf } from "./imports-of.ts";
import { type PackageFacts, type SourceFile, violations } from "./rules.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

async function readPackages(): Promise<Map<string, PackageFacts>> {
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

async function readSources(): Promise<SourceFile[]> {
  const sources: SourceFile[] = [];
  for (const group of ["packages", "plugins", "tools"]) {
    for (const file of await readdir(join(root, group), { recursive: true })) {
      const path = join(group, file).replaceAll("\\", "/");
      if (!path.endsWith(".ts") || path.endsWith(".d.ts") || /\/(node_modules|dist|assembly)\//.test(path)) continue;
      const source = await readFile(join(root, path), "utf8");
      sources.push({ path, source, imports: importsOf(path, source) });
    }
  }
  return sources;
}

test("every source file keeps to the arrows", async () => {
  const packages = await readPackages();
  const sources = await readSources();
  expect(sources.length).toBeGreaterThan(100);
  expect(sources.flatMap((file) => violations(file, packages))).toEqual([]);
});

describe("a planted violation is seen:", () => {
  const planted: [string, string, string][] = [
    ["core names a plugin", "packages/core/src/x.ts", 'import "@menagerie/plugin-clip";'],
    ["core names a kit, for a type alone", "packages/core/src/x.ts", 'import type { A } from "@menagerie/vision";'],
    ["a plugin names a plugin", "plugins/clip/src/x.ts", 'export * from "@menagerie/plugin-brisque";'],
    ["a plugin names the host", "plugins/clip/src/x.ts", 'const host = await import("@menagerie/core/host");'],
    ["a kit names another kit", "packages/text/src/x.ts", 'import { a } from "@menagerie/vision";'],
    ["a kit names the host", "packages/onnx/src/x.ts", 'import { a } from "@menagerie/core/host";'],
    ["the server names a kit", "packages/server/src/x.ts", 'import { a } from "@menagerie/onnx";'],
    ["the command names a kit", "packages/cli/src/x.ts", 'const kit = await import("@menagerie/vision");'],
    ["the command needs its optional kit", "packages/cli/src/drawing-kit.ts", 'import { a } from "@menagerie/vision";'],
    ["testing names the server", "packages/testing/src/x.ts", 'import { a } from "@menagerie/server";'],
    ["tsyringe outside the container", "packages/core/src/host/x.ts", 'import { injectable } from "tsyringe";'],
    ["reflect-metadata outside the container", "packages/cli/src/x.ts", 'import "reflect-metadata";'],
    ["onnxruntime-node in a plugin", "plugins/clip/src/x.ts", 'const a = require("onnxruntime-node");'],
    ["sharp in the server", "packages/server/src/x.ts", 'import sharp from "sharp";'],
    ["a relative import across packages", "packages/text/src/x.ts", 'import "../../core/src/device.ts";'],
    ["an undeclared dependency", "packages/text/src/x.ts", 'import { pino } from "pino";'],
    ["a name that says nothing", "packages/text/src/utils.ts", "export const a = 1;"],
    ["a timer beside the host's clock", "packages/core/src/host/x.ts", "setTimeout(() => {}, 1);"],
    ["a signal with a timer of its own", "packages/core/src/host/calls/x.ts", "const s = AbortSignal.timeout(5);"],
    ["Node's promises of timers in the host", "packages/core/src/host/x.ts", 'import "node:timers/promises";'],
    ["a decorator", "packages/core/src/x.ts", "@injectable()\nexport class A {}"],
    ["a file too long", "packages/core/src/x.ts", "export {};\n".repeat(301)],
  ];

  test.each(planted)("%s", async (_what, path, source) => {
    const found = violations({ path, source, imports: importsOf(path, source) }, await readPackages());
    expect(found).not.toEqual([]);
  });

  test("and what is allowed is not", async () => {
    const source =
      'import { ModelError } from "@menagerie/core";\nimport sharp from "sharp";\nimport { b } from "./b.ts";\n';
    const path = "packages/vision/src/x.ts";
    expect(violations({ path, source, imports: importsOf(path, source) }, await readPackages())).toEqual([]);
  });
});
