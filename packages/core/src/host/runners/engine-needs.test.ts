import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EngineNeeds } from "../../contract/engine-manifest.ts";
import { createZoo } from "../create-zoo.ts";
import { engineField, scriptedPlugin, TemporaryApplication } from "../temporary-application.ts";

/** An engine whose handle tries, when it is asked, all that a runner may be allowed. */
const engine = `
import { spawnSync } from "node:child_process";
import { lookup } from "node:dns/promises";
import { Worker } from "node:worker_threads";
const answerOf = (code) => new Promise((resolve, reject) => {
  const worker = new Worker("(async () => {" + code + "})().catch((error) => error.cause?.code ?? error.code).then((said) => require('node:worker_threads').parentPort.postMessage(said))", { eval: true });
  worker.once("message", resolve);
  worker.once("error", reject);
});
const get = async (port) => (await fetch("http://localhost:" + port)).text();
const outcome = (go) => go().catch((error) => error.cause?.code ?? error.code);
export default {
  name: "prober", contract: 1, opens: "probe", engineVersion: async () => "1", supports: ({ engine }) => engine === "probe",
  async validateLocalArtifacts() {},
  async open({ spec }) {
    const { allowed, other } = spec.parameters;
    return {
      async tries() {
        return {
          program: await outcome(async () => String(spawnSync("echo", ["hi"]).stdout).trim()),
          thread: await outcome(() => answerOf("return 'hi'")),
          host: await outcome(() => get(allowed)),
          port: await outcome(() => get(other)),
          name: await outcome(() => lookup("models.example")),
          variable: process.env.PROBE_KEY ?? "absent",
          unnamed: process.env.PROBE_OTHER ?? "absent",
          threads_port: await outcome(() => answerOf("return await (await fetch('http://localhost:" + other + "')).text()")),
        };
      },
    };
  },
};`;

const loader = `handles = "probe"; async open(context) { return context.open("probe"); }
  tasks = { "describe-image": async (probe) => ({ text: JSON.stringify(await probe.tries()) }) };`;

let servers: Server[] = [];
const ports = (): number[] => servers.map((server) => (server.address() as AddressInfo).port);

beforeAll(async () => {
  servers = ["hello", "secret"].map((text) => createServer((_request, response) => void response.end(text)));
  for (const server of servers) await once(server.listen(0, "localhost"), "listening");
  process.env.PROBE_KEY = "key";
  process.env.PROBE_OTHER = "other";
});

afterAll(() => {
  for (const server of servers) server.close();
  delete process.env.PROBE_KEY;
  delete process.env.PROBE_OTHER;
});

async function application(needs: EngineNeeds, body = loader): Promise<TemporaryApplication> {
  const [allowed, other] = ports();
  const plugin = scriptedPlugin("plugin-a", "a", body, {
    tasks: ["describe-image"],
    engine: "probe",
    parameters: { allowed, other, address: `http://localhost:${allowed}/v2` },
    local_artifacts: [
      { name: "w", path: "w", sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" },
    ],
    graphs: { probe: { artifact: "w" } },
  });
  const manifest = JSON.parse(plugin["package.json"] ?? "");
  const app = await TemporaryApplication.create({
    "plugin-a": {
      ...plugin,
      "package.json": JSON.stringify({ ...manifest, menagerie: { contract: 1, engines: ["engine-a"] } }),
    },
    "engine-a": {
      "package.json": JSON.stringify({
        name: "engine-a",
        version: "1.0.0",
        type: "module",
        exports: "./index.js",
        menagerie: engineField({ name: "probe", opens: "probe", needs }),
      }),
      "index.js": engine,
    },
  });
  await app.write("models/w", "test");
  return app;
}

/** What the engine could do in its runner. */
async function tries(needs: EngineNeeds): Promise<{ done: unknown; granted: unknown }> {
  await using app = await application(needs);
  await using zoo = await createZoo({ appDir: app.dir, modelsRoot: `${app.dir}/models`, cacheDir: `${app.dir}/cache` });
  const { recipe } = await zoo.load("a");
  const { output } = await zoo.run("a", "describe-image", { image: new Uint8Array(1) });
  return { done: JSON.parse(output.text), granted: recipe.granted };
}

const refused = "network_forbidden";
const nothing = {
  program: refused,
  thread: refused,
  host: refused,
  port: refused,
  name: refused,
  variable: "absent",
  unnamed: "absent",
  threads_port: refused,
};

describe("a runner may do what its engine declares, and nothing else:", () => {
  test("nothing", async () => {
    expect(await tries({})).toEqual({ done: nothing, granted: undefined });
  });

  test("other programs", async () => {
    const { done, granted } = await tries({ child_process: true });
    expect(done).toEqual({ ...nothing, program: "hi" });
    expect(granted).toEqual({ child_process: true });
  });

  test("threads, under the same guard", async () => {
    expect(await tries({ threads: true })).toEqual({ done: { ...nothing, thread: "hi" }, granted: undefined });
  });

  test("one host, by the spec's own address, and one variable; threads may reach that host alone as well", async () => {
    const network = ["${" + "parameters.address}"];
    const { done, granted } = await tries({ network, environment: ["PROBE_KEY"], threads: true });
    expect(done).toEqual({ ...nothing, thread: "hi", host: "hello", variable: "key" });
    expect(granted).toEqual({ network: [`localhost:${ports()[0]}`], environment: ["PROBE_KEY"] });
  });
});

test("a spec without the address that its engine reads there is refused before anything is started", async () => {
  await using app = await application({ network: ["${" + "parameters.url}"] });
  await using zoo = await createZoo({ appDir: app.dir, modelsRoot: `${app.dir}/models`, cacheDir: `${app.dir}/cache` });
  await expect(zoo.load("a")).rejects.toMatchObject({
    code: "model_spec_invalid",
    message: expect.stringContaining('"parameters.url", which is not there'),
  });
});

test("a loader of graphs is refused an engine that opens something else, by both words", async () => {
  await using app = await application({}, loader.replace('handles = "probe";', ""));
  const options = { appDir: app.dir, modelsRoot: `${app.dir}/models`, cacheDir: `${app.dir}/cache` };
  await using zoo = await createZoo({ ...options, spec: { runner: "inline" } });
  await expect(zoo.load("a")).rejects.toMatchObject({
    code: "unsupported_engine",
    message: expect.stringMatching(/works with what is called "graph", and its engine "probe" opens "probe"/),
  });
});

test("an engine whose package.json and code disagree is refused", async () => {
  await using app = await application({});
  await app.write("node_modules/engine-a/index.js", engine.replace('opens: "probe"', 'opens: "abacus"'));
  const options = { appDir: app.dir, modelsRoot: `${app.dir}/models`, cacheDir: `${app.dir}/cache` };
  await using zoo = await createZoo({ ...options, spec: { runner: "inline" } });
  await expect(zoo.load("a")).rejects.toMatchObject({
    code: "plugin_invalid",
    message: expect.stringContaining('says that it opens "probe", and its ModelProvider "abacus"'),
  });
});
