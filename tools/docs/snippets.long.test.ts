import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = ["README.md", "docs/zoo.md"];

/** As strict as a team's own can be; what the packages contain is checked elsewhere. */
const compilerOptions = {
  target: "es2024",
  lib: ["es2024", "esnext.disposable", "esnext.array", "esnext.collection"],
  module: "nodenext",
  moduleResolution: "nodenext",
  customConditions: ["menagerie-source"],
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
};

test("every TypeScript snippet of the README and of the page on zoos compiles under strict", async () => {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-snippets-"));
  try {
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    await mkdir(join(folder, "src"));
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
    const snippets = await Promise.all(pages.map(async (page) => readFile(join(root, page), "utf8")));
    const code = snippets.flatMap((page) =>
      [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text),
    );
    expect(code.length).toBeGreaterThanOrEqual(5);
    await Promise.all(code.map((text, i) => writeFile(join(folder, "src", `snippet-${i}.ts`), text)));
    expect(await compile(folder)).toBe("");
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** What the compiler complains of. */
function compile(folder: string): Promise<string> {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  return new Promise((resolve) =>
    execFile(process.execPath, [tsc, "-p", folder], (_error, out, err) => resolve(`${out}${err}`)),
  );
}
