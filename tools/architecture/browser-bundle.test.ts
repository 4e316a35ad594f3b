import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { root } from "./repository.ts";

/** One bundle for a browser, with no stand-in for anything of Node. */
async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    conditions: ["menagerie-source"],
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

describe.each(["@menagerie/core", "@menagerie/client"])("%s", (module) => {
  test("is bundled for a browser as it is", async () => {
    expect(await bundle(`export * from "${module}";`)).not.toMatch(/\bfrom "node:|\brequire\(|import\("/);
  });
});

test("a module of Node's would be seen", async () => {
  await expect(bundle('export * from "@menagerie/core/loader";')).rejects.toThrow(/node:/);
});
