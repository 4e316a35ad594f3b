import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { expect, test } from "vitest";
import type { ModelError } from "../contract/model-error.ts";
import { requirePlace } from "./require-place.ts";

const refusal = (url: string | undefined, versions?: Record<string, string>): Promise<string> =>
  requirePlace(url, versions).then(
    () => "none",
    ({ code, message }: ModelError) => `${code}: ${message}`,
  );

test("an older Node is refused with the one that is needed", async () => {
  const { url } = import.meta;
  for (const node of ["20.20.0", "22.17.9"])
    expect(await refusal(url, { node })).toMatch(
      new RegExp(`^dependency_missing: Menagerie needs Node 22.18 or newer, and this is Node ${node}`),
    );
  for (const node of ["22.18.0", "24.0.0"]) expect(await refusal(url, { node })).toBe("none");
  expect(await refusal(url, { node: "20.9.0", electron: "29.1.0" })).toContain("Node 20.9.0 of Electron 29.1.0");
});

test("under Electron a zoo whose runners would start the application again is refused, and one without runners is not", async () => {
  const electron = `Object.defineProperty(process, "versions", { value: { ...process.versions, electron: "45.5.0" } });`;
  const host = JSON.stringify(new URL("./index.ts", import.meta.url).href);
  const script = `${electron}
    const { createZoo } = await import(${host});
    for (const runner of ["process", "inline"])
      await createZoo({ spec: { runner, models: [] } }).then((zoo) => zoo.close(), ({ code, message }) => console.log(runner, code, message));`;
  const args = ["--conditions=menagerie-source", "--input-type=module", "-e", script];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toMatch(
    /^process dependency_missing This is Electron 45\.5\.0, .* say runner: inline in the zoo spec\.\n$/,
  );
});

test("a bundle is refused with what to keep out of it, whether it is CommonJS or a module", async () => {
  const said = /^dependency_missing: @menagerie\/core was bundled.* Keep @menagerie\/\* external: esbuild --external/;
  expect(await refusal("")).toMatch(said);
  expect(await refusal("file:///srv/app/dist/server.js")).toMatch(said);
});

test.each(["cjs", "mjs"] as const)(
  "an application in one file of esbuild (%s) is told so, by no error before",
  async (kind) => {
    const folder = await mkdtemp(join(tmpdir(), "bundle-"));
    try {
      const outfile = join(folder, `app.${kind}`);
      const host = fileURLToPath(new URL("./index.ts", import.meta.url));
      const contents = `import { createZoo } from ${JSON.stringify(host)}; createZoo().catch(({ message }) => console.log(message));`;
      const format = kind === "cjs" ? "cjs" : "esm";
      await build({ stdin: { contents, resolveDir: folder }, bundle: true, platform: "node", format, outfile });
      const { stdout } = await promisify(execFile)(process.execPath, [outfile]);
      expect(stdout).toMatch(/^@menagerie\/core was bundled.* externalsType: "module" and externals:/);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
