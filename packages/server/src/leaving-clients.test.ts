import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createZoo, type LocalZoo } from "@menagerie/core/host";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { deadlineOf } from "./asking-options.ts";
import { createServer } from "./create-server.ts";

const core = fileURLToPath(new URL("../../core", import.meta.url));

/** A loader that answers a picture of 1 byte at once, and any other only once its caller has given up. */
const loader = `import { definePlugin, ModelLoaderBase } from "@menagerie/core/loader";
class Loader extends ModelLoaderBase {
  tasks = { "score-image": async (opened, { image }, { signal }) => {
    const seen = globalThis.seenByPatientModel;
    if (image.length > 1) {
      seen.push("asked");
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      seen.push("withdrawn");
    }
    return { score: image.length, best: 0, worst: 1 };
  } };
  async open() {}
}
export default definePlugin({ name: "patient", loaders: { patient: Loader } });`;

const spec = JSON.stringify({
  model_name: "patient",
  model_version: "1",
  role: "image_quality",
  tasks: ["score-image"],
  loader: "patient",
  runtime: "inprocess",
  engine: "js",
  precision: "fp32",
  device_policy: "cpu",
  local_artifacts: [],
  resource_requirements: { vram_mb: 0, ram_mb: 1 },
  licence: { id: "Apache-2.0" },
});

const seen: string[] = [];
let app: string;
let zoo: LocalZoo;
let server: FastifyInstance;
beforeAll(async () => {
  Object.assign(globalThis, { seenByPatientModel: seen });
  app = await mkdtemp(join(tmpdir(), "menagerie-leaving-"));
  const plugin = join(app, "node_modules/patient");
  const manifest = { name: "patient", type: "module", exports: "./index.js", menagerie: { contract: 1 } };
  await mkdir(join(plugin, "models"), { recursive: true });
  await mkdir(join(app, "node_modules/@menagerie"));
  await symlink(core, join(app, "node_modules/@menagerie/core"));
  await writeFile(join(app, "package.json"), JSON.stringify({ dependencies: { patient: "*" } }));
  await writeFile(join(plugin, "package.json"), JSON.stringify(manifest));
  await writeFile(join(plugin, "index.js"), loader);
  await writeFile(join(plugin, "models/patient.yaml"), spec);
  zoo = await createZoo({ appDir: app, cacheDir: join(app, "cache"), spec: { runner: "inline" } });
  server = await createServer(zoo, { maxBodyBytes: 1000 });
  await server.listen({ port: 0, host: "127.0.0.1" });
});
afterAll(async () => {
  await server.close();
  await zoo[Symbol.asyncDispose]();
  await rm(app, { recursive: true, force: true });
});

function address(): { host: string; port: number } {
  return { host: "127.0.0.1", port: (server.server.address() as AddressInfo).port };
}

function body(bytes: number): string {
  return JSON.stringify({ model: "patient", input: { image: Buffer.alloc(bytes, 1).toString("base64") } });
}

async function ask(bytes: number, headers: Record<string, string> = {}): Promise<{ status: number; body: unknown }> {
  const { host, port } = address();
  const response = await fetch(`http://${host}:${port}/v1/tasks/score-image`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: body(bytes),
  });
  return { status: response.status, body: await response.json() };
}

/** A busy machine takes its time. */
const waiting = { timeout: 20_000 };

describe("a client that leaves", () => {
  test("withdraws its question: the model hears of it, and the question beside it is answered", async () => {
    const leaving = request({
      ...address(),
      path: "/v1/tasks/score-image",
      method: "POST",
      headers: { "content-type": "application/json" },
    });
    leaving.on("error", () => {});
    leaving.end(body(2));
    await vi.waitFor(() => expect(seen).toEqual(["asked"]), waiting);
    const innocent = ask(1);
    const closed = new Promise((resolve) => leaving.once("close", resolve));
    leaving.destroy();
    await closed;
    expect(await innocent).toMatchObject({ status: 200, body: { output: { score: 1 } } });
    await vi.waitFor(() => expect(seen).toEqual(["asked", "withdrawn"]), waiting);
    expect(await ask(1)).toMatchObject({ status: 200 });
  });
});

test("a connection that nothing was ever asked over does not hold up the end", async () => {
  const other = await createServer(zoo);
  await other.listen({ port: 0, host: "127.0.0.1" });
  const silent = connect({ host: "127.0.0.1", port: (other.server.address() as AddressInfo).port });
  await new Promise((resolve) => other.server.once("connection", resolve));
  const ended = new Promise((resolve) => silent.once("close", resolve));
  await other.close();
  await ended;
});

describe("X-Deadline-Ms", () => {
  test.each(["1", "0.5", "250", "9999999999", String(2 ** 53)])("takes %s", (text) => {
    expect(deadlineOf(text)).toBe(Number(text));
  });

  test.each([
    "Infinity",
    "NaN",
    "",
    " ",
    "1e400",
    "1e3",
    "0",
    "-1",
    "+1",
    "0x10",
    "1,5",
    "9007199254740993000",
    "5 ms",
  ])("refuses %j with 400", async (text) => {
    expect(() => deadlineOf(text)).toThrow(expect.objectContaining({ code: "input_invalid" }));
    const answer = await server.inject({
      method: "POST",
      url: "/v1/tasks/score-image",
      headers: { "content-type": "application/json", "x-deadline-ms": text },
      payload: body(1),
    });
    expect(answer.statusCode).toBe(400);
  });
});

test("a request above the limit is told the limit, and nothing of pictures", async () => {
  const { status, body: told } = await ask(2000);
  expect([status, JSON.stringify(told)]).toEqual([
    413,
    expect.stringMatching(/larger than this server takes \(1000 bytes\)\. Send less, or raise --max-body-mb\./),
  ]);
});
