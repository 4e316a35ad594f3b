import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const plugins = await readdir(join(root, "plugins"));
/** Made by the build and by npm, and never committed. */
const made = ["dist", "node_modules"];

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe.each(plugins)("the plugin %s has the shape of all", (plugin) => {
  const folder = join(root, "plugins", plugin);

  test("with a page, fixtures, models and sources, and nothing else", async () => {
    const entries = (await readdir(folder)).filter((entry) => !made.includes(entry));
    expect(entries.sort()).toEqual(["README.md", "fixtures", "models", "package.json", "src"]);
    expect(await readdir(join(folder, "src"))).toEqual(expect.arrayContaining(["index.ts", "conformance.test.ts"]));
  });

  test("its page names each of its models", async () => {
    const page = await readFile(join(folder, "README.md"), "utf8");
    for (const file of await readdir(join(folder, "models")))
      expect(page).toContain(`\`${file.replace(".yaml", "")}\``);
  });

  test("its fixtures take less than 3 MB, and an exporter of its name made them", async () => {
    const sizes = await Promise.all(
      (await filesIn(join(folder, "fixtures"))).map(async (file) => (await stat(file)).size),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(3e6);
    expect((await stat(join(root, "tools/export", `${plugin}.py`))).isFile()).toBe(true);
  });

  test("its loader is 150 lines or less", async () => {
    for (const file of (await readdir(join(folder, "src"))).filter((name) => name.endsWith("-loader.ts")))
      expect((await readFile(join(folder, "src", file), "utf8")).split("\n").length, file).toBeLessThanOrEqual(151);
  });
});
