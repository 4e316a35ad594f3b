import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type ModelSpec, parseModelSpecs } from "@menagerie/core";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Bits that a weight takes. */
const bits: Readonly<Record<string, number>> = { fp32: 32, fp16: 16, int8: 8, uint8: 8, q4f16: 4, q4: 4 };

function bitsOf(precision: string): number {
  const known = bits[precision];
  if (known === undefined) throw new TypeError(`How many bits does a weight take in ${precision}?`);
  return known;
}

async function modelFiles(): Promise<string[]> {
  const plugins = (await readdir(join(root, "plugins"))).map((plugin) => join(root, "plugins", plugin, "models"));
  const folders = [...plugins, join(root, "packages/demo/models")];
  const files = folders.map(async (folder) => (await readdir(folder)).map((file) => join(folder, file)));
  return (await Promise.all(files)).flat().filter((file) => file.endsWith(".yaml"));
}

const files = await Promise.all(
  (await modelFiles()).map(async (file) => ({
    file: relative(root, file),
    specs: parseModelSpecs(parse(await readFile(file, "utf8")), file),
  })),
);

describe.each(files)("the memory that $file declares", ({ specs }) => {
  test("is never more in lower precision", () => {
    for (const one of specs)
      for (const other of specs.filter(({ precision }) => bitsOf(precision) < bitsOf(one.precision))) {
        const [more, less] = [one.resource_requirements, other.resource_requirements];
        expect(less.vram_mb, `vram_mb of ${other.model_name}`).toBeLessThanOrEqual(more.vram_mb);
        expect(less.ram_mb, `ram_mb of ${other.model_name}`).toBeLessThanOrEqual(more.ram_mb);
      }
  });

  test("is no less than its files", () => {
    for (const spec of specs) {
      const { vram_mb, ram_mb } = spec.resource_requirements;
      expect(ram_mb, spec.model_name).toBeGreaterThanOrEqual(megabytes(spec));
      if (vram_mb > 0) expect(vram_mb, spec.model_name).toBeGreaterThanOrEqual(megabytes(spec));
    }
  });
});

/** Of the artifacts whose sizes are declared. */
function megabytes(spec: ModelSpec): number {
  return spec.local_artifacts.reduce((sum, { size_bytes = 0 }) => sum + size_bytes, 0) / 1e6;
}
