import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { compiled, modules } from "../assembly/build.ts";

it.each(modules)("what is embedded is exactly what $source compiles to", async (module) => {
  const embedded = await readFile(new URL(`../assembly/${module.target}`, import.meta.url), "utf8");
  expect(embedded).toBe(await compiled(module));
});
