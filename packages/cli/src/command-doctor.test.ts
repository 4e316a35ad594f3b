import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Check, checkMachine } from "./machine-checks.ts";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-doctor-"));
  await mkdir(join(folder, "models/clip"), { recursive: true });
  await mkdir(join(folder, "cache"));
  await writeFile(join(folder, "cache/form"), Buffer.alloc(3e6));
  await writeFile(join(folder, "file"), "");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function zoo(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const flags = ["--no-warnings", "--conditions=menagerie-source", main, ...args];
  const all = {
    ...process.env,
    NO_COLOR: "1",
    FORCE_COLOR: "0",
    DP_MODELS_ROOT: join(folder, "models"),
    MENAGERIE_CACHE: join(folder, "cache"),
    ...env,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, flags, { env: all, encoding: "utf8" }, (error, out, err) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err }),
    );
  });
}

const named = (checks: readonly Check[], name: string): Check | undefined =>
  checks.find((check) => check.name === name);

describe("zoo doctor", () => {
  test("lists every check for a person, with what it found, and exits with 0 without a problem", async () => {
    const { code, out, err } = await zoo(["doctor"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^CHECK +STATE +FOUND$/m);
    expect(out).toMatch(new RegExp(`^node +ok +${process.version}`, "m"));
    expect(out).toMatch(/^cache +(ok|warn) +.*cache holds 3 MB, /m);
    expect(out).toMatch(/^models_root +ok +.*models, 1 entries$/m);
  });

  test("gives a machine one object of a fixed shape, with numbers in bytes", async () => {
    const { out } = await zoo(["doctor", "--json"]);
    const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: Check[] };
    expect(ok).toBe(true);
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "node",
        "network",
        "host_death",
        "memory",
        "memory_cap",
        "accelerators",
        "cache",
        "models_root",
      ]),
    );
    expect(named(checks, "cache")?.values).toMatchObject({ path: join(folder, "cache"), used_bytes: 3e6 });
    expect(named(checks, "memory")?.values.usable_bytes).toBeGreaterThan(1e8);
    // What is not ok has a remedy, and nothing else has one.
    for (const check of checks)
      expect([check.name, check.remedy !== undefined]).toEqual([check.name, check.state !== "ok"]);
  });

  test("warns of what the system's tools would give, and exits with 0", async () => {
    const bin = join(folder, "bin");
    await mkdir(bin);
    await symlink("/bin/true", join(bin, "true"));
    const { code, out } = await zoo(["doctor", "--json"], { PATH: bin });
    const { checks } = JSON.parse(out) as { checks: Check[] };
    expect(code).toBe(0);
    expect(named(checks, "network")).toMatchObject({
      state: "warn",
      found: expect.stringContaining("unshare is not installed"),
      values: { native_code: "open" },
    });
    expect(named(checks, "host_death")).toMatchObject({ state: "warn", values: { by: "watcher" } });
    expect(named(checks, "memory_cap")).toMatchObject({ state: "warn", values: { prlimit: false } });
  });

  test("exits with 1 at a problem and says what to do", async () => {
    const { code, out, err } = await zoo(["doctor"], { MENAGERIE_CACHE: join(folder, "file/cache") });
    expect([code, err]).toEqual([1, ""]);
    expect(out).toMatch(/^cache +problem +.*file\/cache cannot be written, because of .*\/file$/m);
    expect(out).toMatch(/^problem cache: .*MENAGERIE_CACHE/m);
  });

  test("has examples in its help, and is completed", async () => {
    expect((await zoo(["doctor", "--help"])).out).toMatch(/Examples:\n {2}zoo doctor\n/);
    expect((await zoo(["__complete", "--", "doc"])).out).toBe("doctor\n");
    expect((await zoo(["__complete", "--", "doctor", "--m"])).out).toBe("--models-root\n");
  });
});

describe("a check", () => {
  test("of folders that are not there warns where a zoo can do without", async () => {
    const checks = await checkMachine({ modelsRoot: join(folder, "none"), cacheDir: join(folder, "none/deep/cache") });
    expect(named(checks, "models_root")).toMatchObject({
      state: "warn",
      found: `${join(folder, "none")} is not there`,
    });
    expect(named(checks, "cache")?.values).toMatchObject({ used_bytes: 0 });
  });

  test("of a models root that is a file finds a problem", async () => {
    const checks = await checkMachine({ modelsRoot: join(folder, "file"), cacheDir: join(folder, "cache") });
    expect(named(checks, "models_root")).toMatchObject({ state: "problem", found: expect.stringContaining("ENOTDIR") });
  });

  test.runIf(process.platform === "linux")(
    "of shared memory that is not there says where it is looked for",
    async () => {
      const checks = await checkMachine({ sharedMemory: join(folder, "shm") });
      expect(named(checks, "shared_memory")).toMatchObject({ state: "warn", remedy: expect.stringContaining("tmpfs") });
    },
  );
});
