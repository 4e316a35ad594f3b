import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createZoo } from "@menagerie/core/host";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const example = join(root, "docs/examples/first-engine");

test("the engine of docs/engines.md opens the model of its plugin, which answers", async () => {
  const app = await mkdtemp(join(tmpdir(), "menagerie-engine-"));
  try {
    const modules = join(app, "node_modules");
    await cp(join(example, "engine"), join(modules, "menagerie-engine-abacus"), { recursive: true });
    await cp(join(example, "plugin"), join(modules, "menagerie-plugin-beads"), { recursive: true });
    await mkdir(join(modules, "@menagerie"));
    await symlink(join(root, "packages/core"), join(modules, "@menagerie/core"));
    await writeFile(join(app, "package.json"), JSON.stringify({ dependencies: { "menagerie-plugin-beads": "*" } }));
    await using zoo = await createZoo({ appDir: app, spec: { runner: "inline" } });
    expect(zoo.problems).toEqual([]);
    const { output, models_used } = await zoo.run("beads", "score-image", { image: new Uint8Array([10, 20, 30, 40]) });
    expect(output).toEqual({ score: 17.5, best: 255, worst: 0 });
    expect(models_used).toMatchObject([{ engine: "abacus", precision: "decimal", device: "cpu" }]);
    expect(zoo.status().models[0]?.metadata).toEqual({ author: "A. B. Acus", tags: ["beads", "example"] });
  } finally {
    await rm(app, { recursive: true });
  }
});

test("the files shown in docs/engines.md are those of the example", async () => {
  const page = await readFile(join(root, "docs/engines.md"), "utf8");
  const shown = [...page.matchAll(/^`([\w./-]+)`\n\n```\w+\n([\s\S]*?)```$/gm)];
  expect(shown.map(([, file]) => file)).toEqual([
    "engine/package.json",
    "engine/index.js",
    "plugin/index.js",
    "plugin/models/beads.yaml",
  ]);
  for (const [, file = "", text] of shown) expect(await readFile(join(example, file), "utf8"), file).toBe(text);
});
