import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { compiledPasses } from "../../assembly/build.ts";

it("embeds exactly what its AssemblyScript source compiles to", async () => {
  const embedded = await readFile(new URL("resample-passes-wasm.ts", import.meta.url), "utf8");
  expect(embedded).toBe(await compiledPasses());
});
