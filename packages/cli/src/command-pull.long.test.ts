import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeFolder } from "@menagerie/core/loader";
import { HubInABox } from "@menagerie/pull/hub-in-a-box";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { type Ended, ended } from "./command-line.ts";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));
const graph = Uint8Array.from({ length: 400_000 }, (_, i) => (i * 2_654_435_761) >>> 24);

let app: string;
let hub: HubInABox;
beforeEach(async () => {
  app = await mkdtemp(join(tmpdir(), "menagerie-cli-pull-"));
  const plugin = join(app, "node_modules/plugin-small");
  await mkdir(join(plugin, "models"), { recursive: true });
  await writeFile(
    join(app, "package.json"),
    JSON.stringify({ dependencies: { "plugin-small": "*", "source-s3": "*" } }),
  );
  await writeFile(
    join(plugin, "package.json"),
    JSON.stringify({ name: "plugin-small", version: "1.0.0", menagerie: { contract: 1 } }),
  );
  for (const [name, origin, id] of [
    ["small", "acme/small", "MIT"],
    ["shared", "acme/small", "AGPL-3.0-only"],
  ] as const)
    await writeFile(join(plugin, `models/${name}.yaml`), spec(name, origin, id));
  const source = join(app, "node_modules/source-s3");
  await mkdir(source, { recursive: true });
  await writeFile(
    join(source, "package.json"),
    JSON.stringify({
      ...{ name: "source-s3", version: "1.0.0", type: "module", exports: "./index.js" },
      menagerie: { contract: 1, source: { scheme: "s3" } },
    }),
  );
  await writeFile(
    join(source, "index.js"),
    `const bytes = Buffer.from("from a bucket");
    const file = (path) => ({ path, sizeBytes: bytes.length, identity: "s3" + path,
      read: async (start, end) => ({ start, body: (async function* () { yield bytes.subarray(start, end); })(), cancel() {} }) });
    export default { scheme: "s3", open: async (repository) => ({ repository, file: async (path) => file(path) }) };`,
  );
  hub = await HubInABox.start({
    "acme/small": {
      files: { "onnx/model.onnx": graph, "tokenizer.json": new TextEncoder().encode("{}") },
      licence: "mit",
    },
    "acme/evil": { files: { "onnx/model.onnx": graph, "../../../evil.json": new Uint8Array(3) }, licence: "mit" },
    "acme/mine": {
      files: { "onnx/model.onnx": graph, "config.json": new Uint8Array(9), "README.md": new Uint8Array(9) },
    },
  });
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  await removeFolder(app);
});

function spec(name: string, repository: string, id: string): string {
  return stringify({
    ...{ model_name: name, model_version: "1", role: "r", tasks: ["embed-text"], loader: name, runtime: "inprocess" },
    ...{ engine: "js", precision: "fp32", device_policy: "cpu", resource_requirements: { vram_mb: 0, ram_mb: 1 } },
    licence: { id },
    origin: { repository, revision: "main" },
    local_artifacts: [
      { name: "model", path: "small/onnx/model.onnx" },
      { name: "tokenizer", path: `${name}/tokenizer.json` },
    ],
  });
}

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const all = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", HF_ENDPOINT: hub.address, HF_HOME: join(app, "hf") };
  const own = { DP_MODELS_ROOT: join(app, "models"), MENAGERIE_CACHE: join(app, "cache"), ...env };
  return spawn(process.execPath, ["--conditions=menagerie-source", main, ...args], {
    cwd: app,
    env: { ...all, ...own },
  });
}

function zoo(...args: readonly string[]): Promise<Ended> {
  return ended(start(args));
}

async function lock(): Promise<{ models: { model: string; origin: { revision: string }; artifacts: unknown[] }[] }> {
  return JSON.parse(await readFile(join(app, "zoo.lock"), "utf8"));
}

describe("zoo pull", { timeout: 60_000 }, () => {
  test("fetches a model, pins it, and prints the line that asks it", async () => {
    expect((await zoo("ls")).out).toMatch(/2 models lack files: `zoo pull shared` fetches those of one\./);
    const dry = await zoo("pull", "small", "--dry-run");
    expect(dry.out).toMatch(/small\/onnx\/model\.onnx +400\.0 kB +400\.0 kB[\s\S]*400\.0 kB would be fetched/);
    expect(hub.sentBytes).toBe(0);
    const pulled = await zoo("pull", "small");
    expect(pulled).toMatchObject({ code: 0, out: expect.stringContaining("zoo run small 'a text'") });
    expect(pulled.err).toMatch(/licence MIT[\s\S]*✓ small\/onnx\/model\.onnx/);
    expect((await lock()).models).toMatchObject([
      {
        model: "small",
        origin: { revision: hub.shaOf("acme/small") },
        artifacts: [{ name: "model" }, { name: "tokenizer" }],
      },
    ]);
    // The other model has the graph too, and is not half there for that.
    expect(await zoo("verify")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/400\.0 kB[\s\S]*ok 2 files, 400\.0 kB .*; 1 models are not there/),
    });
    // Packages are for zoo lock, which says what it adds.
    expect((await zoo("lock", "small")).out).toMatch(/small +updated[\s\S]*plugin-small 1\.0\.0 was not locked yet/);
    // What is pinned and whole needs nobody's word.
    const asked = hub.requests.length;
    const again = await ended(start(["pull", "small"], { HF_HUB_OFFLINE: "1" }));
    expect(again).toMatchObject({ code: 0, out: expect.stringMatching(/^present small/) });
    expect(hub.requests.length).toBe(asked);
  });

  test("asks about a licence, and without a terminal nobody has agreed", async () => {
    const refused = await zoo("pull", "shared");
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringMatching(/licence_not_accepted.*AGPL.*--accept-licence/),
    });
    expect(hub.sentBytes).toBe(0);
    expect((await zoo("pull", "shared", "--accept-licence")).code).toBe(0);
    await removeFolder(join(app, "models"));
    // What the lock has was agreed to.
    expect((await zoo("pull", "shared")).code).toBe(0);
  });

  test("fetches a checkpoint of one's own for zoo adopt, and refuses names that leave its folder", async () => {
    const mine = await zoo("pull", "hf:acme/mine", "--like", "small", "--accept-licence");
    expect(mine).toMatchObject({
      code: 0,
      out: expect.stringMatching(/zoo adopt \S+models\/mine --like small -o mine\.yaml/),
    });
    expect((await readdir(join(app, "models/mine"), { recursive: true })).sort()).toEqual([
      "config.json",
      "onnx",
      "onnx/model.onnx",
    ]);
    expect(await zoo("pull", "hf:acme/evil", "--like", "small")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/artifact_outside_root.*evil\.json/),
    });
  });

  test("takes files from a source that a package brings, and from a folder", async () => {
    expect((await zoo("pull", "small", "--from", "s3:bucket")).code).toBe(0);
    expect(await readFile(join(app, "models/small/tokenizer.json"), "utf8")).toBe("from a bucket");
    const other = await zoo("pull", "small", "--from", "oci:bucket");
    expect(other).toMatchObject({ code: 1, err: expect.stringMatching(/source_unsupported: oci:bucket/) });
  });

  test("from a stick or a mirror leaves in the lock where its files are from", async () => {
    expect((await zoo("pull", "small")).code).toBe(0);
    const first = await readFile(join(app, "zoo.lock"), "utf8");
    await removeFolder(join(app, "models"));
    const stick = join(app, "stick");
    await mkdir(join(stick, "onnx"), { recursive: true });
    await writeFile(join(stick, "onnx/model.onnx"), graph);
    await writeFile(join(stick, "tokenizer.json"), "{}");
    expect((await zoo("pull", "small", "--from", `file://${stick}`)).code).toBe(0);
    expect(await readFile(join(app, "zoo.lock"), "utf8")).toBe(first);
    // Of a model that was not pinned yet, the lock has the place that was named.
    expect((await zoo("pull", "shared", "--from", `file://${stick}`, "--accept-licence")).code).toBe(0);
    expect((await lock()).models).toMatchObject([{ origin: { repository: stick } }, { model: "small" }]);
  });

  test("that was killed goes on where it was", async () => {
    hub.faults.add({ kind: "throttle", bytesPerSecond: 300_000 });
    const child = start(["pull", "small"]);
    while (hub.requests.filter(({ isContent }) => isContent).length === 0) await pause(20);
    await pause(600);
    child.kill("SIGKILL");
    await once(child, "close");
    const notes = (await readdir(join(app, "models/.store/incoming"))).find((file) => file.endsWith(".progress"));
    const [, ...pieces] = (await readFile(join(app, "models/.store/incoming", notes ?? ""), "utf8")).trim().split("\n");
    const kept = pieces.map(Number).reduce((sum, bytes) => sum + bytes, 0);
    expect(kept).toBeGreaterThan(20_000);
    expect(await readdir(join(app, "models"))).not.toContain("small/onnx/model.onnx");
    hub.faults.clear();
    const before = hub.requests.length;
    expect((await zoo("pull", "small")).code).toBe(0);
    const sent = hub.requests.slice(before).reduce((sum, { sentBytes }) => sum + sentBytes, 0);
    expect(sent).toBe(graph.length - kept + 2);
    expect(Buffer.compare(await readFile(join(app, "models/small/onnx/model.onnx")), graph)).toBe(0);
  });

  test("by several processes at once fetches once", async () => {
    hub.faults.add({ kind: "throttle", bytesPerSecond: 800_000 });
    const all = await Promise.all([zoo("pull", "small"), zoo("pull", "small"), zoo("pull", "small")]);
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(hub.sentBytes).toBe(graph.length + 2);
    expect((await lock()).models).toHaveLength(1);
  });
});

describe("the store", { timeout: 60_000 }, () => {
  test("is shown by du, emptied model by model by rm, and of what nobody names by prune", async () => {
    await zoo("pull", "small", "shared", "--accept-licence");
    expect((await zoo("du")).out).toMatch(/shared +2 of 2 +400\.0 kB[\s\S]*400\.0 kB pulled/);
    const removed = await zoo("rm", "small");
    expect(removed.out).toMatch(
      /small: 1 files, 2 B removed; 0 B are free again[\s\S]*left small\/onnx\/model\.onnx: another locked model has it too/,
    );
    expect((await lock()).models.map(({ model }) => model)).toEqual(["shared"]);
    // The zoo of another folder uses the same store.
    await writeFile(join(app, "package.json"), "{}");
    expect((await zoo("prune", "--dry-run")).out).toMatch(/^0 names/m);
    await writeFile(join(app, "zoo.lock"), JSON.stringify({ menagerie_lock: 1 }));
    expect((await zoo("prune")).out).toMatch(/2 names, 2 files .* removed/);
    expect((await zoo("du", "--json")).out).toMatch(/"pulled_bytes":0/);
  });
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
