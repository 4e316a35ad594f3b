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

test("a bundle is refused with what to keep out of it, whether it is CommonJS or a module", async () => {
  const said = /^dependency_missing: @menagerie\/core was bundled.* Keep @menagerie\/\* external: esbuild --external/;
  expect(await refusal("")).toMatch(said);
  expect(await refusal("file:///srv/app/dist/server.js")).toMatch(said);
});
