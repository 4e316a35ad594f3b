import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

test.skipIf(process.platform === "win32")(
  "what npm started ends with npm, whichever of the two was told to",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "run-"));
    const script = join(folder, "stays.ts");
    await writeFile(
      script,
      `import { writeFileSync } from "node:fs";
    const note = (text: string) => writeFileSync(${JSON.stringify(folder)} + "/" + text, String(process.pid));
    process.on("SIGTERM", () => { note("ended"); process.exit(); });
    setTimeout(() => process.exit(), 20_000);
    note("started");`,
    );
    const noted = (name: string): Promise<string> => readFile(join(folder, name), "utf8");
    try {
      // As npm does it: a shell between, which stays for as long as the command.
      const shell = spawn("sh", ["-c", `"${process.execPath}" tools/run.mjs "${relative(root, script)}"; true`], {
        cwd: root,
        env: { ...process.env, npm_lifecycle_event: "start" },
        stdio: "ignore",
      });
      await vi.waitFor(() => noted("started"), 15_000);
      shell.kill("SIGTERM");
      expect(await vi.waitFor(() => noted("ended"), 5_000)).toBe(await noted("started"));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
