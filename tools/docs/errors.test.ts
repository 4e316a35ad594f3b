import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { errorCodes } from "@menagerie/core";
import { statusOf } from "@menagerie/server";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = await readFile(`${root}docs/errors.md`, "utf8");
const documented = new Map(
  [...page.matchAll(/^\| `(\w+)` \| (\d+) \| (.*) \|$/gm)].map(([, code = "", status, rest = ""]) => [
    code,
    { status: Number(status), rest },
  ]),
);

test("every code is documented, and every documented code exists, under its status", () => {
  expect([...documented.keys()].sort()).toEqual(Object.keys(errorCodes).sort());
  for (const [code, status] of Object.entries(statusOf)) expect(documented.get(code)?.status, code).toBe(status);
});

test("every code is raised somewhere, or is said to be reserved", async () => {
  const sources: string[] = [];
  for (const group of ["packages", "plugins"]) {
    for (const file of await readdir(root + group, { recursive: true })) {
      if (!/\/src\/.*\.ts$/.test(file) || /\.test\.ts$|model-error\.ts$|node_modules/.test(file)) continue;
      sources.push(await readFile(`${root}${group}/${file}`, "utf8"));
    }
  }
  const all = sources.join("\n");
  const silent = Object.keys(errorCodes).filter((code) => !all.includes(`"${code}"`));
  expect(silent.filter((code) => !documented.get(code)?.rest.includes("Reserved"))).toEqual([]);
});
