import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Options } from "tsup";

/**
 * How every package is built; run in the package's folder. Entries are what its `exports` give under the source condition,
 * so nothing is listed twice. Declarations come from `tsc`.
 */
interface Manifest {
  exports: Record<string, string | Record<string, string>>;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

const folder = process.cwd();
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
const sources = Object.values(manifest.exports).flatMap((target) =>
  typeof target === "string" ? [] : [target["menagerie-source"] ?? []].flat(),
);
const entry = Object.fromEntries(
  sources.map((source) => [source.replace(/^\.\/src\//, "").replace(/\.ts$/, ""), join(folder, source)]),
);

const config: Options | ((overrides: Options) => Options) = defineConfig({
  entry,
  format: "esm",
  target: "node22",
  platform: "node",
  outDir: join(folder, "dist"),
  dts: false,
  sourcemap: true,
  clean: true,
  splitting: true,
  // Everything that npm installs beside the package stays outside it.
  external: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
}) as never;

export default config;
