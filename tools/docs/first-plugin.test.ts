import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createZoo } from "@menagerie/core/host";
import { expect, test } from "vitest";

const example = fileURLToPath(new URL("../../docs/examples/first-plugin", import.meta.url));

test("the plugin of docs/plugins.md is discovered, loaded and answers", async () => {
  await using zoo = await createZoo({ appDir: example, plugins: [example], spec: { runner: "inline" } });
  expect(zoo.problems).toEqual([]);
  const { output } = await zoo.run("weight", "score-image", { image: new Uint8Array(500).fill(1) });
  expect(output).toEqual({ score: 0.5, best: 1, worst: 0 });
});

test("the files shown in docs/plugins.md are those of the example", async () => {
  const page = await readFile(join(example, "../../plugins.md"), "utf8");
  const shown = [...page.matchAll(/^`([\w./-]+)`\n\n```\w+\n([\s\S]*?)```$/gm)];
  expect(shown.map(([, file]) => file)).toEqual(["package.json", "models/weight.yaml", "index.js"]);
  for (const [, file = "", text] of shown) expect(await readFile(join(example, file), "utf8"), file).toBe(text);
});
