import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { taskValue } from "@menagerie/core";
import { createZoo, type LocalZoo } from "@menagerie/core/host";
import { definePlugin, ModelLoaderBase, type TaskMethods, taskMethod } from "@menagerie/core/loader";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createServer } from "./create-server.ts";

const values: Record<string, unknown> = {
  large: 2n ** 60n,
  small: 5n,
  scores: Float32Array.of(1, 2),
  "no number": Number.NaN,
  "no number in an array": Float32Array.of(Number.NaN),
};

const tellValue = taskValue<{ which: string }, { value: unknown }>("tell-value");

class Teller extends ModelLoaderBase<object> {
  protected override readonly tasks: TaskMethods<object> = {
    "tell-value": taskMethod(tellValue, (_opened, { which }) => ({ value: values[which] })),
  };

  protected override open(): Promise<object> {
    return Promise.resolve({});
  }
}

let folder: string;
let zoo: LocalZoo;
let server: FastifyInstance;
let address: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-unsayable-"));
  const plugin = definePlugin({
    name: "tellers",
    loaders: { teller: Teller },
    tasks: [
      {
        name: "tell-value",
        summary: "A value of any kind",
        input: { type: "object", properties: { which: { type: "string" } }, required: ["which"] },
        output: { type: "object", properties: { value: {} } },
      },
    ],
    models: [
      {
        model_name: "teller",
        model_version: "1",
        role: "teller",
        tasks: ["tell-value"],
        runtime: "inprocess",
        engine: "js",
        loader: "teller",
        precision: "fp32",
        device_policy: "cpu",
        local_artifacts: [],
        resource_requirements: { vram_mb: 0, ram_mb: 1 },
        licence: { id: "Apache-2.0" },
      },
    ] as never,
  });
  zoo = await createZoo({ appDir: folder, cacheDir: join(folder, "cache"), plugins: [plugin] });
  server = await createServer(zoo);
  address = await server.listen({ port: 0, host: "127.0.0.1" });
});
afterAll(async () => {
  await server.close();
  await zoo[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function tell(which: string, accept: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${address}/v1/tasks/tell-value`, {
    method: "POST",
    headers: { "content-type": "application/json", accept, "x-answer-begins": "at-once" },
    body: JSON.stringify({ model: "teller", input: { which } }),
  });
  return { status: response.status, text: await response.text() };
}

test.each(["large", "no number", "no number in an array"])(
  "an answer that JSON cannot say (%s) is an error in words, over events too",
  async (which) => {
    const plain = await tell(which, "application/json");
    expect([plain.status, JSON.parse(plain.text)]).toEqual([
      500,
      { error: expect.objectContaining({ code: "model_output_invalid", message: expect.stringContaining("value") }) },
    ]);
    const { text } = await tell(which, "text/event-stream");
    expect(text).toMatch(/event: error\ndata: .*"code":"model_output_invalid"/);
  },
);

test("NaN in an answer is refused in code as it is over HTTP", async () => {
  await expect(zoo.run("teller", tellValue, { which: "no number" })).rejects.toMatchObject({
    code: "model_output_invalid",
  });
});

test.each([
  ["small", 5],
  ["scores", [1, 2]],
])("an integer of 64 bits is a number and a typed array a list (%s), over events too", async (which, value) => {
  const plain = await tell(which, "application/json");
  expect(JSON.parse(plain.text)).toMatchObject({ output: { value } });
  const data = /event: answer\ndata: (.*)/.exec((await tell(which, "text/event-stream")).text)?.[1];
  expect(JSON.parse(data ?? "")).toMatchObject({ output: { value } });
});
