import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { logTo } from "../../contract/log.ts";
import { FormStore } from "../../forms/form-store.ts";
import type { LoadStage } from "../../runner/runner.ts";
import { systemClock } from "../../time/clock.ts";
import { createZoo } from "../create-zoo.ts";
import type { LocalZoo, ZooEvent } from "../local-zoo.ts";
import { readModelSpec } from "../read-yaml.ts";
import { engineField, scriptedPlugin, TemporaryApplication } from "../temporary-application.ts";
import { createProcessPool } from "./process-pool.ts";

/** An engine whose form says who made it, and whose graph says what it was opened from; in a process of its own it tries to write. */
const engine = `
import fs from "node:fs"; import path from "node:path";
const tried = (write) => { if (process.permission === undefined) return "allowed"; try { write(); return "written"; } catch (error) { return error.code; } };
export default {
  name: "engine", contract: 1, engineVersion: async () => "1.0",
  supports: () => true, validateLocalArtifacts: async () => {},
  formKeys: async ({ spec }) => ({ g: { key: spec.local_artifacts[0].sha256, about: { model: spec.model_name, model_version: "1", graph: "g", engine: "engine", engine_version: "1.0" } } }),
  async makeForm({ folder, artifacts, spec }) {
    if (spec.role === "slow") await new Promise((resolve) => setTimeout(resolve, 60000));
    if (spec.role === "deadly") process.kill(process.pid, "SIGKILL");
    const facts = {
      pid: process.pid, plugin: globalThis.pluginWasImported ?? false,
      beside: tried(() => fs.writeFileSync(path.join(folder, "../../beside"), "")),
      source: fs.readFileSync(artifacts.get("a").path, "utf8"),
    };
    fs.writeFileSync(path.join(folder, "facts"), JSON.stringify(facts));
  },
  async open({ form, artifacts }) {
    const dir = form?.dir;
    const facts = dir === undefined ? { source: fs.readFileSync(artifacts.get("a").path, "utf8") } : JSON.parse(fs.readFileSync(path.join(dir, "facts"), "utf8"));
    const metadata = { ...facts, dir, runner: process.pid, write: dir && tried(() => fs.writeFileSync(path.join(dir, "facts"), "x")), chmod: dir && tried(() => fs.chmodSync(dir, 0o777)) };
    return { name: "g", inputs: {}, outputs: {}, metadata, run: async () => ({}), [Symbol.asyncDispose]: async () => {} };
  },
};`;

const body = `
  tasks = { "score-image": async (graph) => { throw new Error(JSON.stringify(graph.metadata)); } };
  open(context) { return context.open("g"); }
`;

async function application(role = "quick"): Promise<TemporaryApplication> {
  const source = "the weights";
  const sha256 = createHash("sha256").update(source).digest("hex");
  const plugin = scriptedPlugin("plugin-a", "a", body, {
    role,
    engine: "torch",
    artifacts_root: ".",
    local_artifacts: [{ name: "a", path: "weights", sha256, size_bytes: source.length }],
    graphs: { g: { artifact: "a" } },
  });
  const manifest = JSON.parse(plugin["package.json"] ?? "");
  const app = await TemporaryApplication.create({
    "plugin-a": {
      ...plugin,
      "models/weights": source,
      "index.js": `globalThis.pluginWasImported = true;\n${plugin["index.js"]}`,
      "package.json": JSON.stringify({ ...manifest, menagerie: { contract: 1, engines: ["engine-a"] } }),
    },
    "engine-a": {
      "package.json": JSON.stringify({
        name: "engine-a",
        version: "1.0.0",
        type: "module",
        exports: "./index.js",
        menagerie: engineField({ name: "torch" }),
      }),
      "index.js": engine,
    },
  });
  return app;
}

interface Facts {
  readonly pid: number;
  readonly runner: number;
  readonly plugin: boolean;
  readonly dir?: string;
  readonly source: string;
  readonly beside: string;
  readonly write?: string;
  readonly chmod?: string;
}

async function factsOf(zoo: LocalZoo): Promise<Facts> {
  const answer = zoo.run("a", "score-image", { image: new Uint8Array(1) });
  return answer.then(
    () => Promise.reject(new Error("no facts")),
    (error: Error) => JSON.parse(error.message.slice(error.message.indexOf("{"))) as Facts,
  );
}

test("a form is made by a process that imports no plugin and writes to its draft alone, and is read by one that writes nothing", async () => {
  await using app = await application();
  const cacheDir = join(app.dir, "cache");
  await using zoo = await createZoo({ appDir: app.dir, cacheDir });
  const facts = await factsOf(zoo);
  expect(facts).toMatchObject({ plugin: false, beside: "ERR_ACCESS_DENIED", source: "the weights" });
  expect(facts.pid).not.toBe(facts.runner);
  expect([facts.write, facts.chmod]).toEqual(["ERR_ACCESS_DENIED", "ERR_ACCESS_DENIED"]);
  expect(() => process.kill(facts.pid, 0)).toThrow("ESRCH");
  expect(facts.dir?.startsWith(join(cacheDir, "prepared"))).toBe(true);
  expect(await readdir(join(cacheDir, "drafts"))).toEqual([]);
});

describe.each(["process", "inline"] as const)("a load in the pool %s", (runner) => {
  test("prepares once, tells of that stage only then, and has all others each time", async () => {
    await using app = await application();
    const stages: ZooEvent[] = [];
    const load = async (): Promise<Facts> => {
      await using zoo = await createZoo({ appDir: app.dir, cacheDir: join(app.dir, "cache"), spec: { runner } });
      zoo.onEvent((event) => event.type === "load-stage" && stages.push(event));
      return await factsOf(zoo);
    };
    const first = await load();
    const names = (): unknown[] => stages.splice(0).map((event) => "stage" in event && event.stage);
    expect(names()).toEqual(["verify", "start", "prepare", "open", "self_test"]);
    const second = await load();
    expect(names()).toEqual(["verify", "start", "open", "self_test"]);
    expect([second.pid, second.dir]).toEqual([first.pid, first.dir]);
  });

  test("does not use a form that somebody wrote to", async () => {
    await using app = await application();
    const load = async (): Promise<Facts> => {
      await using zoo = await createZoo({ appDir: app.dir, cacheDir: join(app.dir, "cache"), spec: { runner } });
      return await factsOf(zoo);
    };
    const { dir = "" } = await load();
    const text = await readFile(join(dir, "facts"), "utf8");
    await chmod(join(dir, "facts"), 0o644);
    await writeFile(join(dir, "facts"), text.replace("the weights", "the weighty"));
    const { source, dir: later } = await load();
    expect(source).toBe("the weights");
    expect(later).not.toBe(dir);
  });

  test("opens the model from its source where the cache folder is a file, with one warning", async () => {
    await using app = await application();
    const cacheDir = await app.write("cache", "not a folder");
    const warnings: string[] = [];
    const log = logTo((level, message) => level === "warn" && warnings.push(message));
    await using zoo = await createZoo({ appDir: app.dir, cacheDir, spec: { runner }, log });
    const facts = await factsOf(zoo);
    expect([facts.source, facts.dir]).toEqual(["the weights", undefined]);
    expect(warnings).toEqual([expect.stringContaining(cacheDir)]);
  });

  test("goes on without a form whose draft is taken away under its maker", async () => {
    await using app = await application();
    const cacheDir = join(app.dir, "cache");
    await mkdir(cacheDir);
    await using zoo = await createZoo({ appDir: app.dir, cacheDir, spec: { runner } });
    zoo.onEvent((event) => {
      if (event.type === "load-stage" && event.stage === "prepare")
        void rm(join(cacheDir, "drafts"), { recursive: true, force: true }).catch(() => {});
    });
    expect((await factsOf(zoo)).source).toBe("the weights");
  });
});

test("a process that ends while it makes a form costs the form, and not the load", async () => {
  await using app = await application("deadly");
  const warnings: string[] = [];
  const log = logTo((level, message) => level === "warn" && warnings.push(message));
  await using zoo = await createZoo({ appDir: app.dir, cacheDir: join(app.dir, "cache"), log });
  expect((await factsOf(zoo)).dir).toBeUndefined();
  expect(warnings).toEqual([expect.stringContaining("SIGKILL")]);
  expect(await readdir(join(app.dir, "cache/drafts"))).toEqual([]);
});

test("a load that is given up ends the process that makes its form, and leaves no draft", async () => {
  await using app = await application("slow");
  const log = logTo(() => {});
  const cacheDir = join(app.dir, "cache");
  await using pool = createProcessPool({ forms: new FormStore({ cacheDir, log }), clock: systemClock, log });
  const models = join(app.dir, "node_modules/plugin-a/models");
  const module = (name: string) => ({ name, version: "1", entry: join(app.dir, "node_modules", name, "index.js") });
  const given = new AbortController();
  const request = {
    spec: await readModelSpec(join(models, "a.yaml"), "a"),
    device: "cpu",
    artifactsRoot: models,
    plugin: module("plugin-a"),
    engines: [module("engine-a")],
    threads: 1,
    verified: {},
  } as const;
  const onStage = (stage: LoadStage): void =>
    void (stage === "prepare" && setTimeout(() => given.abort(new Error("enough")), 100));
  const load = pool.load(request, { signal: given.signal, onStage });
  await expect(load).rejects.toThrow("enough");
  expect(await readdir(join(cacheDir, "drafts"))).toEqual([]);
});
