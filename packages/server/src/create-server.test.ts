import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { errorCodes, taskNames } from "@menagerie/core";
import { createZoo, type LocalZoo } from "@menagerie/core/host";
import { zooFile } from "@menagerie/demo";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createServer } from "./create-server.ts";
import { statusOf } from "./error-response.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const picture = new Uint8Array(await readFile(`${root}/packages/demo/artifacts/emoji-clip/golden/pizza.png`));

let zoo: LocalZoo;
let server: FastifyInstance;
let address: string;
beforeAll(async () => {
  zoo = await createZoo({ appDir: root, specFile: zooFile });
  server = await createServer(zoo, { maxBodyBytes: 200_000 });
  address = await server.listen({ port: 0, host: "127.0.0.1" });
});
afterAll(async () => {
  await server.close();
  await zoo[Symbol.asyncDispose]();
});

type Json = Record<string, unknown>;

async function ask(
  task: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; body: Json }> {
  const isForm = body instanceof FormData;
  const type: Record<string, string> = isForm ? {} : { "content-type": "application/json" };
  const text = isForm || typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`${address}/v1/tasks/${task}`, {
    method: "POST",
    headers: { ...type, ...headers },
    body: text,
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json };
}

function form(fields: Record<string, string | Uint8Array | (string | Uint8Array)[]>): FormData {
  const data = new FormData();
  for (const [name, values] of Object.entries(fields)) {
    for (const value of [values].flat()) {
      data.append(
        name,
        typeof value === "string" ? value : new Blob([value as Uint8Array<ArrayBuffer>]),
        ...((typeof value === "string" ? [] : ["picture.png"]) as []),
      );
    }
  }
  return data;
}

const base64 = Buffer.from(picture).toString("base64");

describe("a question", () => {
  test("is answered from JSON, from a data URL and from a form, alike and signed", async () => {
    const answers = await Promise.all([
      ask("match-image", { model: "emoji-clip", input: { images: [base64], top_k: 2 } }),
      ask("match-image", {
        model: "image_embedding",
        input: { images: [`data:image/png;base64,${base64}`], top_k: 2 },
      }),
      ask("match-image", form({ model: "emoji-clip", images: [picture], top_k: "2" })),
    ]);
    for (const { status, headers, body } of answers) {
      expect(status).toBe(200);
      expect(body).toMatchObject({
        model: "emoji-clip",
        task: "match-image",
        models_used: [{ model_name: "emoji-clip" }],
      });
      expect(headers.get("x-model-signature")).toBe(body.model_signature);
      const { per_image } = body.output as { per_image: { matches: { label: string }[] }[] };
      expect(per_image[0]?.matches.map(({ label }) => label)[0]).toBe("slice of pizza");
      expect(per_image[0]?.matches).toHaveLength(2);
    }
  });

  test("takes lists of files and labels from a form", async () => {
    const { body } = await ask(
      "match-image",
      form({ model: "emoji-clip", images: [picture, picture], labels: ["a dog", "slice of pizza"] }),
    );
    const { per_label } = body.output as { per_label: { label: string; matches: unknown[] }[] };
    expect(per_label.map(({ label, matches }) => [label, matches.length])).toEqual([
      ["a dog", 2],
      ["slice of pizza", 2],
    ]);
  });

  const input = { image: base64 };
  const refused: [string, number, string, string, unknown, Record<string, string>?][] = [
    ["an unknown task", 404, "task_unknown", "paint-image", { model: "emoji-clip", input }],
    ["an unknown model", 404, "model_not_found", "score-image", { model: "nobody", input }],
    ["a task that the model lacks", 400, "task_unsupported", "embed-image", { model: "demo-brisque", input }],
    ["a missing field", 400, "input_invalid", "score-image", { model: "demo-brisque", input: {} }],
    [
      "a field too many",
      400,
      "input_invalid",
      "score-image",
      { model: "demo-brisque", input: { ...input, colour: "red" } },
    ],
    ["a key beside the input", 400, "input_invalid", "score-image", { model: "demo-brisque", input, image: base64 }],
    ["no model", 400, "input_invalid", "score-image", { input }],
    ["what is not JSON", 400, "input_invalid", "score-image", "{ model"],
    ["another kind of body", 400, "input_invalid", "score-image", "x", { "content-type": "text/csv" }],
    [
      "an address for a picture",
      400,
      "input_invalid",
      "score-image",
      { model: "demo-brisque", input: { image: "http://127.0.0.1/x.png" } },
    ],
    [
      "an address for a recording",
      400,
      "input_invalid",
      "transcribe-audio",
      { model: "demo-brisque", input: { audio: "https://127.0.0.1/x.wav" } },
    ],
    [
      "a recording for a model of pictures",
      400,
      "task_unsupported",
      "transcribe-audio",
      form({ model: "demo-brisque", audio: picture, timestamps: "false", num_beams: "2" }),
    ],
    ["what is not base64", 400, "input_invalid", "score-image", { model: "demo-brisque", input: { image: "ä!" } }],
    [
      "text for a picture",
      400,
      "image_undecodable",
      "score-image",
      { model: "demo-brisque", input: { image: Buffer.from("hello").toString("base64") } },
    ],
    [
      "half a picture",
      400,
      "image_undecodable",
      "score-image",
      { model: "demo-brisque", input: { image: base64.slice(0, base64.length >> 1) } },
    ],
    [
      "a deadline in the past",
      400,
      "input_invalid",
      "score-image",
      { model: "demo-brisque", input },
      { "x-deadline-ms": "-1" },
    ],
    [
      "too many bytes",
      413,
      "input_too_large",
      "score-image",
      { model: "demo-brisque", input: { image: "A".repeat(300_000) } },
    ],
  ];
  test.each(refused)(
    "with %s is refused with %i %s and no stack trace",
    async (_what, status, code, task, body, headers) => {
      const answer = await ask(task, body, headers);
      expect([answer.status, (answer.body.error as Json).code]).toEqual([status, code]);
      expect(JSON.stringify(answer.body)).not.toMatch(/\bat \w+ .*\.[tj]s:\d+/);
    },
  );
});

describe("the server", () => {
  test("lives and is ready, lists its models, and names what it does not have", async () => {
    await Promise.all([zoo.load("emoji-clip"), zoo.load("demo-brisque")]);
    for (const path of ["/v2", "/v2/health/live", "/v2/health/ready", "/healthz", "/", "/v1/models/emoji-clip"]) {
      expect((await fetch(address + path)).status, path).toBe(200);
    }
    const { data } = (await (await fetch(`${address}/v1/models`)).json()) as { data: { id: string; state: string }[] };
    expect(data.map(({ id, state }) => [id, state])).toEqual([
      ["demo-brisque", "ready"],
      ["emoji-clip", "ready"],
    ]);
    expect(await (await fetch(`${address}/nowhere`)).json()).toMatchObject({ error: { code: "path_unknown" } });
  });

  test("is not ready while a kept model is not loaded, and unloads and loads when asked", async () => {
    const change = async (verb: string): Promise<number> =>
      (await fetch(`${address}/v1/models/demo-brisque/${verb}`, { method: "POST" })).status;
    expect(await change("unload")).toBe(200);
    expect(zoo.status().models.find((model) => model.model === "demo-brisque")).toMatchObject({
      state: "cold",
      pid: undefined,
    });
    expect(await change("load")).toBe(200);
    expect((await fetch(`${address}/v2/health/ready`)).status).toBe(200);
  });

  test("moves an alias to another model, and says what does not fit", async () => {
    const bind = async (name: string, body: unknown): Promise<[number, unknown]> => {
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${address}/v1/bindings/${name}`, {
        method: "PUT",
        headers,
        body: JSON.stringify(body),
      });
      return [response.status, await response.json()];
    };
    expect(await bind("judge", { model: "demo-brisque" })).toEqual([200, { name: "judge", model: "demo-brisque" }]);
    const listed = (await (await fetch(`${address}/v1/models`)).json()) as { bindings: unknown };
    expect(listed.bindings).toEqual({ judge: "demo-brisque" });
    expect(await (await fetch(`${address}/v1/models/judge`)).json()).toMatchObject({ id: "demo-brisque" });
    expect(await bind("judge", { mdel: "a" })).toMatchObject([400, { error: { code: "input_invalid" } }]);
    expect(await bind("judge", { model: "demo-brisq" })).toMatchObject([404, { error: { code: "model_not_found" } }]);
    expect(await bind("demo-brisque", { model: "emoji-clip" })).toMatchObject([
      400,
      { error: { code: "input_invalid" } },
    ]);
  });

  test("hands a request's name back, unless it could break a line of a log", async () => {
    const named = async (id: string): Promise<string | null> =>
      (await fetch(`${address}/livez`, { headers: { "x-request-id": id } })).headers.get("x-request-id");
    expect(await named("abc-123")).toBe("abc-123");
    expect(await named("a b{}")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("counts answers by their result", async () => {
    await ask("score-image", { model: "demo-brisque", input: { image: base64 } });
    await ask("score-image", { model: "someone else's name", input: { image: base64 } });
    const text = await (await fetch(`${address}/metrics`)).text();
    expect(text).toMatch(/^menagerie_requests_total\{model="demo-brisque",task="score-image",result="ok"\} \d+$/m);
    expect(text).toMatch(
      /^menagerie_requests_total\{model="unknown",task="score-image",result="model_not_found"\} \d+$/m,
    );
    expect(text).toMatch(/^menagerie_memory_budget_bytes\{device="cpu"\} 1000000000$/m);
    expect(text).toMatch(/^menagerie_model_ready\{model="demo-brisque"\} 1$/m);
  });

  test("describes every task, pictures as base64, and nothing of its own insides", async () => {
    const api = (await (await fetch(`${address}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, unknown>;
    };
    expect(api.openapi).toBe("3.1.0");
    for (const task of taskNames) expect(Object.keys(api.paths)).toContain(`/v1/tasks/${task}`);
    const text = JSON.stringify(api);
    for (const media of ["image", "audio"])
      expect(text).toContain(`"contentEncoding":"base64","contentMediaType":"${media}/*"`);
    expect(text).not.toMatch(/"positional"|"media"/);
  });

  test("has a status for every code", () => {
    expect(Object.keys(statusOf).sort()).toEqual(Object.keys(errorCodes).sort());
  });
});

test("a server with a token answers those who send it, and lets anyone ask whether it lives", async () => {
  const guarded = await createServer(zoo, { token: "secret" });
  const at = await guarded.listen({ port: 0, host: "127.0.0.1" });
  const status = async (path: string, authorization?: string): Promise<number> =>
    (await fetch(at + path, authorization === undefined ? {} : { headers: { authorization } })).status;
  expect(await status("/v1/models")).toBe(401);
  expect(await status("/v1/models", "Bearer wrong")).toBe(401);
  expect(await status("/v1/models", "Bearer secret")).toBe(200);
  expect(await status("/v2/health/live")).toBe(200);
  await guarded.close();
});
