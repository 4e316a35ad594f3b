import { spawn, spawnSync } from "node:child_process";
import {
  chmod,
  cp,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { logTo } from "../contract/log.ts";
import type { NeededForms, PreparedForm } from "../loader/prepared-form.ts";
import { removeFolder } from "./form-files.ts";
import { cleanForms, listForms } from "./form-listing.ts";
import { newMakerName } from "./form-maker.ts";
import { type FormDraft, FormStore } from "./form-store.ts";

let root: string;
let warnings: string[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "menagerie-forms-"));
  warnings = [];
});
afterEach(() => removeFolder(root));

const key = "ab".repeat(32);
const about = { model: "m", model_version: "1", graph: "g", engine: "e", engine_version: "1.0" };
const needed: NeededForms = { g: { key, about } };

const log = logTo((level, message) => level === "warn" && warnings.push(message));
const newStore = (dir = root): FormStore => new FormStore({ cacheDir: dir, log });

let made = 0;
async function make({ graphs }: FormDraft): Promise<void> {
  made++;
  for (const folder of Object.values(graphs)) {
    await writeFile(join(folder, "graph"), "the graph");
    await writeFile(join(folder, "weights"), "the weights");
  }
}

async function textOf({ dir }: PreparedForm): Promise<string> {
  return `${await readFile(join(dir, "graph"), "utf8")}, ${await readFile(join(dir, "weights"), "utf8")}`;
}
const whole = "the graph, the weights";

async function names(folder: string): Promise<readonly string[]> {
  return (await readdir(join(root, folder))).sort();
}

/** A maker that is no more: its process id is larger than any system gives. */
const deadMaker = (): string => newMakerName().replace(/-\d+-\d+-/, "-999999999-1-");

describe("a form", () => {
  test("is made once however many loads need it at once, and is there for later ones", async () => {
    made = 0;
    const store = newStore();
    const forms = await Promise.all([1, 2, 3, 4].map(() => store.ensure(needed, make)));
    expect(made).toBe(1);
    for (const { g } of forms) expect(await textOf(g as PreparedForm)).toBe(whole);
    expect(await newStore().ensure(needed, make)).toEqual(forms[0]);
    expect(made).toBe(1);
    expect(warnings).toEqual([]);
  });

  test("is read-only, and its manifest lies outside of its folder", async () => {
    const { g } = await newStore().ensure(needed, make);
    const dir = g?.dir ?? "";
    expect((await stat(dir)).mode & 0o777).toBe(0o555);
    for (const name of ["graph", "weights"]) expect((await stat(join(dir, name))).mode & 0o777).toBe(0o444);
    expect((await readdir(dir)).sort()).toEqual(["graph", "weights"]);
    expect(await names("manifests")).toEqual([`${key}.json`]);
  });

  test("is whole for several hosts that need it at the same moment, and stays there once", async () => {
    for (let round = 0; round < 5; round++) {
      const stores = [newStore(), newStore(), newStore(), newStore()];
      const forms = await Promise.all(stores.map((store) => store.ensure(needed, make)));
      for (const { g } of forms) expect(await textOf(g as PreparedForm)).toBe(whole);
      expect(await names("prepared")).toHaveLength(1);
      expect([await names("manifests"), await names("drafts")]).toEqual([[`${key}.json`], []]);
      await cleanForms(root, { engines: {}, unusedMs: 0, all: true });
      expect(await names("prepared")).toEqual([]);
    }
  });

  test("that its maker leaves empty is none, and is not asked for again", async () => {
    made = 0;
    const store = newStore();
    const leaveEmpty = async (): Promise<void> => void made++;
    expect(await store.ensure(needed, leaveEmpty)).toEqual({});
    expect(await store.ensure(needed, leaveEmpty)).toEqual({});
    expect([made, await names("drafts"), warnings]).toEqual([1, [], []]);
  });

  test("is refused where its maker left a link, a folder or a second name of a file", async () => {
    const kinds: Readonly<Record<string, (folder: string) => Promise<void>>> = {
      link: (folder) => symlink("/etc/hostname", join(folder, "weights")),
      folder: async (folder) => void (await mkdir(join(folder, "weights"))),
      name: async (folder) => {
        await writeFile(join(root, "elsewhere"), "");
        await link(join(root, "elsewhere"), join(folder, "weights"));
      },
    };
    for (const [kind, leave] of Object.entries(kinds)) {
      warnings = [];
      expect(await newStore().ensure(needed, async ({ graphs }) => leave(graphs.g ?? ""))).toEqual({});
      expect(warnings, kind).toHaveLength(1);
    }
  });

  test("that is taken away each time it was made, or is of nothing that has a name, is made once for a load", async () => {
    made = 0;
    let taken: Promise<unknown> | undefined;
    const takeAway = async (draft: FormDraft): Promise<void> => {
      await make(draft);
      taken = cleanForms(root, { engines: {}, unusedMs: 0, all: true }).catch(() => {});
    };
    await newStore().ensure(needed, takeAway);
    await taken;
    expect(made).toBe(1);
    warnings = [];
    const nameless = { g: { key, about: { ...about, model: undefined } } } as unknown as NeededForms;
    await cleanForms(root, { engines: {}, unusedMs: 0, all: true });
    expect(await newStore().ensure(nameless, make)).toEqual({});
    expect([made, warnings.length]).toEqual([2, 1]);
  });

  test("whose files were copied elsewhere is hashed once and used", async () => {
    made = 0;
    await newStore().ensure(needed, make);
    for (const folder of ["manifests", "prepared"])
      await cp(join(root, folder), join(root, "copy", folder), { recursive: true });
    const manifest = join(root, "copy/manifests", `${key}.json`);
    const before = await readFile(manifest, "utf8");
    const { g } = await newStore(join(root, "copy")).ensure(needed, make);
    expect(await textOf(g as PreparedForm)).toBe(whole);
    expect(made).toBe(1);
    expect(await readFile(manifest, "utf8")).not.toBe(before);
  });
});

describe("a form that does not fit is made anew:", () => {
  const manifestFile = () => join(root, "manifests", `${key}.json`);
  const rewrite = async (change: (manifest: Record<string, unknown>) => void): Promise<void> => {
    const manifest = JSON.parse(await readFile(manifestFile(), "utf8"));
    change(manifest);
    await writeFile(manifestFile(), JSON.stringify(manifest));
  };
  const damages: Readonly<Record<string, (dir: string) => Promise<unknown>>> = {
    "a byte was changed, and the time put back": async (dir) => {
      const { atime, mtime } = await stat(join(dir, "weights"));
      await chmod(join(dir, "weights"), 0o644);
      await writeFile(join(dir, "weights"), "the weighty");
      await utimes(join(dir, "weights"), atime, mtime);
    },
    "a file was put in another's place": async (dir) => {
      await chmod(dir, 0o755);
      await writeFile(join(dir, "other"), "the weighty");
      await rename(join(dir, "other"), join(dir, "weights"));
    },
    "a file was cut off": async (dir) => {
      await chmod(join(dir, "weights"), 0o644);
      await writeFile(join(dir, "weights"), "the");
    },
    "a file is gone": async (dir) => {
      await chmod(dir, 0o755);
      await rm(join(dir, "graph"));
    },
    "a file became a link to the same bytes": async (dir) => {
      await chmod(dir, 0o755);
      await rename(join(dir, "graph"), join(root, "elsewhere"));
      await symlink(join(root, "elsewhere"), join(dir, "graph"));
    },
    "a file was added": async (dir) => {
      await chmod(dir, 0o755);
      await writeFile(join(dir, "added"), "");
    },
    "its folder is gone": (dir) => removeFolder(dir),
    "its manifest is no JSON": () => writeFile(manifestFile(), "{"),
    "its manifest has other digests": () =>
      rewrite((manifest) => {
        manifest.files = { graph: { sha256: "0".repeat(64), bytes: 9, stamp: "1:1:9:1:1" } };
      }),
    "its manifest is another form's": () =>
      rewrite((manifest) => {
        manifest.key = "cd".repeat(32);
      }),
    "its manifest names a folder elsewhere": () =>
      rewrite((manifest) => {
        manifest.folder = "../../elsewhere";
      }),
  };

  test.each(Object.entries(damages))("%s", async (_what, damage) => {
    await writeFile(join(root, "stays"), "");
    const first = await newStore().ensure(needed, make);
    await damage(first.g?.dir ?? "");
    made = 0;
    const { g } = await newStore().ensure(needed, make);
    expect(made).toBe(1);
    expect(await textOf(g as PreparedForm)).toBe(whole);
    await newStore().ensure(needed, make);
    expect(made).toBe(1);
    expect(await readFile(join(root, "stays"), "utf8")).toBe("");
  });
});

describe("what a host leaves when it is killed", () => {
  const steps: Readonly<Record<string, (maker: string) => Promise<unknown>>> = {
    "after it made the draft's folder": (maker) => mkdir(join(root, "drafts", maker), { recursive: true }),
    "while the form was being written": async (maker) => {
      await mkdir(join(root, "drafts", maker, "0"), { recursive: true });
      await writeFile(join(root, "drafts", maker, "0/graph"), "the gr");
    },
    "after it renamed the form and before its manifest": async (maker) => {
      await mkdir(join(root, "prepared", `${key}.${maker}`), { recursive: true });
      await writeFile(join(root, "prepared", `${key}.${maker}`, "graph"), "other", { mode: 0o444 });
      await chmod(join(root, "prepared", `${key}.${maker}`), 0o555);
    },
    "while it wrote the manifest": async (maker) => {
      await mkdir(join(root, "manifests"), { recursive: true });
      await writeFile(join(root, "manifests", `.${key}.${maker}`), '{"layout"');
    },
  };

  test.each(Object.entries(steps))("%s is removed when another begins, and does no harm", async (_step, leave) => {
    await leave(deadMaker());
    const { g } = await newStore().ensure(needed, make);
    expect(await textOf(g as PreparedForm)).toBe(whole);
    expect([(await names("prepared")).length, await names("manifests"), await names("drafts")]).toEqual([
      1,
      [`${key}.json`],
      [],
    ]);
  });

  test("is removed though its form was found, and though nothing is prepared", async () => {
    await newStore().ensure(needed, make);
    await steps["while the form was being written"]?.(deadMaker());
    await newStore().ensure(needed, make);
    expect(await names("drafts")).toEqual([]);
  });

  test("is told from what a living one is making, here or on another machine", async () => {
    const elsewhere = (): string => newMakerName().replace(/^[0-9a-f]+/, "0".repeat(12));
    const [living, distant, forgotten] = [newMakerName(), elsewhere(), elsewhere()];
    for (const maker of [living, distant, forgotten]) await mkdir(join(root, "drafts", maker), { recursive: true });
    const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000);
    await utimes(join(root, "drafts", forgotten), twoDaysAgo, twoDaysAgo);
    await newStore().ensure(needed, make);
    expect(await names("drafts")).toEqual([living, distant].sort());
  });

  test("at whatever moment it is killed, never is a form that is not whole", { timeout: 60_000 }, async () => {
    const script = `
      const { FormStore } = await import(${JSON.stringify(new URL("form-store.ts", import.meta.url).href)});
      const { cleanForms } = await import(${JSON.stringify(new URL("form-listing.ts", import.meta.url).href)});
      const { writeFile } = await import("node:fs/promises");
      process.stdout.write("up");
      for (;;) {
        await new FormStore({ cacheDir: ${JSON.stringify(root)}, log: { debug() {}, info() {}, warn() {}, error() {} } }).ensure(
          ${JSON.stringify(needed)}, async ({ graphs }) => {
            await writeFile(graphs.g + "/graph", "the graph");
            await writeFile(graphs.g + "/weights", "the weights");
          });
        await cleanForms(${JSON.stringify(root)}, { engines: {}, unusedMs: -1 });
      }`;
    for (let round = 0; round < 8; round++) {
      const host = spawn(process.execPath, ["--conditions=menagerie-source", "--input-type=module", "-e", script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await new Promise((resolve) => host.stdout.once("data", resolve));
      await new Promise((resolve) => setTimeout(resolve, 5 + round * 7));
      const gone = new Promise((resolve) => host.once("close", resolve));
      host.kill("SIGKILL");
      await gone;
      const { g } = await newStore().ensure(needed, make);
      expect(await textOf(g as PreparedForm)).toBe(whole);
      expect([(await names("prepared")).length, await names("drafts"), await names("manifests")]).toEqual([
        1,
        [],
        [`${key}.json`],
      ]);
    }
  });
});

describe("a load", () => {
  test("that is given up while it makes a form leaves no draft, and another that waits makes it itself", async () => {
    const store = newStore();
    const controller = new AbortController();
    const begun = Promise.withResolvers<void>();
    const first = store.ensure(
      needed,
      async () => {
        begun.resolve();
        await new Promise((_resolve, reject) =>
          controller.signal.addEventListener("abort", () => reject(new Error("its maker was killed"))),
        );
      },
      controller.signal,
    );
    await begun.promise;
    const second = store.ensure(needed, make);
    controller.abort(new Error("its load was given up"));
    await expect(first).rejects.toThrow("its load was given up");
    expect(await textOf((await second).g as PreparedForm)).toBe(whole);
    expect([await names("drafts"), warnings]).toEqual([[], []]);
  });

  test("that is given up while another makes its form does not wait for it", async () => {
    const store = newStore();
    const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const first = store.ensure(needed, (draft) => {
      begun.resolve();
      return end.promise.then(() => make(draft));
    });
    await begun.promise;
    const second = store.ensure(needed, make, AbortSignal.timeout(30));
    await expect(second).rejects.toThrow();
    end.resolve();
    expect(await textOf((await first).g as PreparedForm)).toBe(whole);
  });

  test("whose form cannot be made goes on without, says so once in a line, and does not try again at once", async () => {
    made = 0;
    const store = newStore();
    const fail = async (): Promise<void> => {
      made++;
      throw new Error(`the engine failed: ${"graph.cc:5280 ".repeat(50)}\nand more`);
    };
    expect(await store.ensure(needed, fail)).toEqual({});
    expect(await store.ensure(needed, fail)).toEqual({});
    expect(made).toBe(1);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.length).toBeLessThan(400);
    expect(await names("drafts")).toEqual([]);
  });
});

describe("a cache folder that cannot be used costs a warning with cause and remedy:", () => {
  const refused = async (dir: string | undefined): Promise<string> => {
    const store = new FormStore({ cacheDir: dir, log });
    for (let i = 0; i < 3; i++) expect(await store.ensure(needed, make)).toEqual({});
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("MENAGERIE_CACHE");
    return warnings[0] ?? "";
  };

  test("a file stands in its place", async () => {
    await writeFile(join(root, "file"), "");
    expect(await refused(join(root, "file"))).toContain("something that is no folder");
  });

  test("its parent lets nobody make it", async () => {
    expect(await refused("/proc/menagerie/cache")).toContain("/proc/menagerie/cache");
  });

  test("nobody named one and the user has no home", async () => {
    expect(await refused(undefined)).toContain("no home");
  });

  test("no more files can be opened", async () => {
    const found = inChild("ulimit -n 64", root);
    expect(found).toMatchObject({ forms: 0, warnings: [expect.stringContaining("ulimit -n")] });
  });

  const canMount = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0;
  // Needs a file system of its own, which this system lets nobody mount who is not root.
  test.runIf(canMount)("its disk is full", async () => {
    const found = inChild(`mount -t tmpfs -o size=1m tmpfs ${root}`, root, true);
    expect(found).toMatchObject({
      forms: 0,
      drafts: 0,
      warnings: [expect.stringMatching(/is full \(0 MB free\).*zoo cache clean/)],
    });
  });

  test.runIf(canMount)("it is read-only", async () => {
    const found = inChild(`mount -t tmpfs -o ro tmpfs ${root}`, root, true);
    expect(found).toMatchObject({ forms: 0, warnings: [expect.stringContaining("read-only file system")] });
  });

  test.runIf(canMount)("it is read-only, and has the form, which is then used", async () => {
    await newStore().ensure(needed, make);
    const found = inChild(`mount --bind ${root} ${root}; mount -o remount,bind,ro ${root}`, root, true);
    expect(found).toMatchObject({ forms: 1, warnings: [] });
  });

  /** What a host sees after that shell command, which may change its own view of the file system. */
  function inChild(command: string, cacheDir: string, mounts = false): Record<string, unknown> {
    const script = `
      const { FormStore } = await import(${JSON.stringify(new URL("form-store.ts", import.meta.url).href)});
      const { openSync, readdirSync } = await import("node:fs");
      const { writeFile } = await import("node:fs/promises");
      const warnings = [];
      const log = { debug() {}, info() {}, warn: (message) => warnings.push(message), error() {} };
      const store = new FormStore({ cacheDir: ${JSON.stringify(cacheDir)}, log });
      ${command.startsWith("ulimit") ? 'try { for (;;) openSync("/dev/null", "r"); } catch {}' : ""}
      let forms = 0;
      for (let i = 0; i < 3; i++)
        forms = Object.keys(await store.ensure(${JSON.stringify(needed)}, ({ graphs }) => writeFile(graphs.g + "/graph", new Uint8Array(3e6)))).length;
      let drafts = 0;
      try { drafts = readdirSync(${JSON.stringify(`${cacheDir}/drafts`)}).length; } catch {}
      process.stdout.write(JSON.stringify({ forms, drafts, warnings }));`;
    const node = [process.execPath, "--conditions=menagerie-source", "--input-type=module", "-e", script];
    const shell = ["sh", "-c", `${command}; exec "$@"`, "sh", ...node];
    const [program = "", ...args] = mounts ? ["unshare", "-rm", ...shell] : shell;
    const child = spawnSync(program, args, { encoding: "utf8", cwd: fileURLToPath(new URL(".", import.meta.url)) });
    expect(child.stderr).toBe("");
    return JSON.parse(child.stdout) as Record<string, unknown>;
  }
});

describe("the listing", () => {
  const other: NeededForms = {
    old: { key: "01".repeat(32), about: { ...about, graph: "old", engine_version: "0.9" } },
    unused: { key: "02".repeat(32), about: { ...about, graph: "unused" } },
    foreign: { key: "03".repeat(32), about: { ...about, graph: "foreign", engine: "other", engine_version: "7" } },
  };

  test("tells of each form with its size and last use, and of what is none", async () => {
    expect(await listForms(join(root, "nowhere"))).toMatchObject({ forms: [], leftovers: [], total_bytes: 0 });
    await newStore().ensure(needed, make);
    await mkdir(join(root, "drafts", newMakerName()));
    await mkdir(join(root, "prepared", "of-an-older-version"));
    const { forms, leftovers, total_bytes } = await listForms(root);
    expect(forms).toMatchObject([{ ...about, key, bytes: 20 }]);
    expect(Date.now() - Date.parse(forms[0]?.last_use ?? "")).toBeLessThan(60_000);
    expect(leftovers).toHaveLength(2);
    expect(total_bytes).toBe(20);
  });

  test("is rid of forms of another engine's version and of those long unused, and of what the dead have left", async () => {
    await newStore().ensure({ ...needed, ...other }, make);
    const longAgo = new Date(Date.now() - 31 * 86_400_000);
    await utimes(join(root, "manifests", `${other.unused?.key}.json`), longAgo, longAgo);
    const [dead, living] = [deadMaker(), newMakerName()];
    for (const maker of [dead, living]) await mkdir(join(root, "drafts", maker));
    const cleaned = await cleanForms(root, { engines: { e: "1.0" }, unusedMs: 30 * 86_400_000 });
    expect(cleaned.removed.map(({ graph }) => graph).sort()).toEqual(["old", "unused"]);
    expect(cleaned.freed_bytes).toBe(40);
    expect(await names("drafts")).toEqual([living]);
    expect((await listForms(root)).forms.map(({ graph }) => graph).sort()).toEqual(["foreign", "g"]);
    await cleanForms(root, { engines: {}, unusedMs: 0, all: true });
    expect([await names("drafts"), await names("prepared"), await names("manifests")]).toEqual([[], [], []]);
  });

  test("counts a load as a use", async () => {
    await newStore().ensure(needed, make);
    const manifest = join(root, "manifests", `${key}.json`);
    const longAgo = new Date(Date.now() - 31 * 86_400_000);
    await utimes(manifest, longAgo, longAgo);
    await newStore().ensure(needed, make);
    expect(Date.now() - (await stat(manifest)).mtimeMs).toBeLessThan(60_000);
  });
});
