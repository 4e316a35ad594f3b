import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { freePort, mainFile, PatientApplication } from "./zoo-process.ts";

// Each of these starts processes, which take their time on a machine that does other things as well.
vi.setConfig({ testTimeout: 90_000 });

let app: PatientApplication;
beforeAll(async () => {
  app = await PatientApplication.create();
  for (const name of ["a.png", "b.png", "c.png"]) await writeFile(join(app.dir, name), "x");
});
afterAll(() => app[Symbol.asyncDispose]());

/** Runs a line of bash in which `zoo` is the command. @returns what the line prints, and what the commands say */
function shell(line: string): { code: number | null; out: string; err: string } {
  const zoo = `zoo() { "${process.execPath}" --conditions=menagerie-source "${mainFile}" --app "${app.dir}" "$@"; }`;
  const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", MENAGERIE_CACHE: join(app.dir, "cache") };
  const { status, stdout, stderr } = spawnSync("bash", ["-c", `${zoo}\n${line}`], { cwd: app.dir, env });
  return { code: status, out: stdout.toString(), err: stderr.toString() };
}

// The reader is gone before anything is printed.
const gone = "(exec <&-)";

describe("a command whose reader has left ends quietly, as if by SIGPIPE:", () => {
  test.each([
    "ls",
    "ls --json",
    "show quick",
    "completion bash",
    "--help",
    "run quick a.png",
    "run quick a.png --json --stream",
    "ls --nonsense --json",
  ])("zoo %s", (command) => {
    const { out, err } = shell(`zoo ${command} | ${gone}; echo "\${PIPESTATUS[0]}" >&2`);
    const isUsage = command.includes("nonsense");
    expect(out).toBe("");
    if (isUsage) expect(err).toMatch(/unknown option.*\n(.*\n)*2\n$/);
    else expect(err).toBe("141\n");
  });

  test("once the files that were asked for are written", async () => {
    const file = join(app.dir, "heard.srt");
    const { out, err } = shell(`zoo run ears a.png --subtitles ${file} | head -1; echo "\${PIPESTATUS[0]}" >&2`);
    expect(out).toBe("a.png\n");
    expect(err).toBe("141\n");
    expect(await readFile(file, "utf8")).toMatch(/^3\n00:00:02,000 --> 00:00:03,000\nword\n/m);
  });

  test("between two answers, with its runners", () => {
    const { out, err } = shell(`zoo run quick a.png b.png c.png --json | head -1; echo "\${PIPESTATUS[0]}" >&2`);
    expect(JSON.parse(out)).toMatchObject({ model: "quick" });
    expect(err).toBe("141\n");
  });
});

describe("a closed standard error", () => {
  test.each(["2>&-", "2> >(exec <&-)"])("loses what goes there and nothing else: %s", (redirection) => {
    const { code, out } = shell(`zoo ls ${redirection}`);
    expect([code, out]).toEqual([0, expect.stringContaining("quick")]);
    expect(shell(`zoo run nobody a.png ${redirection}`)).toMatchObject({ code: 1, out: "" });
  });
});

test("a full standard output does not keep a file from being written", async () => {
  const file = join(app.dir, "full.srt");
  expect(shell(`zoo run ears a.png --subtitles ${file} > /dev/full`)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/Standard output cannot be written: the disk is full/) as string,
  });
  expect(await readFile(file, "utf8")).toContain("word");
});

test("a closed standard output is none, and one that cannot be written is an error with its reason", () => {
  expect(shell("zoo ls >&-")).toMatchObject({ code: 0, err: "" });
  expect(shell("zoo ls > /dev/full")).toMatchObject({
    code: 1,
    err: expect.stringMatching(
      /^error system_error: Standard output cannot be written: the disk is full \(ENOSPC\)\..*\n$/,
    ) as string,
  });
});

test("a zoo that is served goes on without a reader, and without a standard error", async () => {
  const port = await freePort();
  const zoo = app.zoo(["serve", "--port", String(port)]);
  zoo.child.stdout?.destroy();
  zoo.child.stderr?.destroy();
  const ready = async (): Promise<number> => (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
  await vi.waitFor(async () => expect(await ready()).toBe(200), { timeout: 45_000 });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await ready()).toBe(200);
  zoo.child.kill("SIGTERM");
  expect(await zoo.ended).toEqual({ code: 0, signal: null });
});
