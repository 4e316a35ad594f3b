import { Agent, request } from "node:http";
import multipart from "@fastify/multipart";
import { TaskRegistry } from "@menagerie/core";
import fastify from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sendError } from "./error-response.ts";
import { readTaskRequest } from "./task-request.ts";

const bodyLimit = 300_000;
const task = new TaskRegistry().named("embed-image");
const server = fastify({ bodyLimit });
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let address: string;
beforeAll(async () => {
  await server.register(multipart, { limits: { fileSize: bodyLimit, fieldSize: bodyLimit } });
  server.setErrorHandler(sendError);
  server.post("/", async (request) => {
    const { input } = await readTaskRequest(task, request);
    return { keys: Object.keys(input as object) };
  });
  address = await server.listen({ port: 0, host: "127.0.0.1" });
});
afterAll(async () => {
  agent.destroy();
  await server.close();
});

/** Asks over the one connection, with so many bytes in each part. */
async function ask(names: readonly string[], bytes: number): Promise<{ status: number | undefined; body: string }> {
  const pieces = names.flatMap((name) => [
    `--x\r\nContent-Disposition: form-data; name="${name}"; filename="a"\r\n\r\n`,
    Buffer.alloc(bytes),
    "\r\n",
  ]);
  const model = '--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n';
  const payload = Buffer.concat([model, ...pieces, "--x--\r\n"].map((piece) => Buffer.from(piece)));
  const headers = { "content-type": "multipart/form-data; boundary=x", "content-length": payload.length };
  return new Promise((resolve, reject) => {
    const asked = request(address, { method: "POST", agent, headers, signal: AbortSignal.timeout(3000) }, (answer) => {
      let body = "";
      answer.on("data", (text) => {
        body += text;
      });
      answer.on("end", () => resolve({ status: answer.statusCode, body }));
    });
    asked.on("error", reject);
    asked.end(payload);
  });
}

test("a form of many parts is no larger than a request may be", async () => {
  expect((await ask(["image", "image"], 140_000)).status).toBe(200);
  const { status, body } = await ask(["image", "image", "image"], 140_000);
  expect([status, body]).toEqual([413, expect.stringContaining("larger than this server takes (300000 bytes)")]);
});

test.each([
  ["sends twice what is taken once", ["oops", "oops", ...new Array<string>(50).fill("image")], 90_000, 400],
  ["is too large as a whole", new Array<string>(50).fill("image"), 90_000, 413],
  ["has a part that is too large", ["image", ...new Array<string>(5).fill("image")], 900_000, 413],
])("a form that %s is refused, and its connection has the next answer", async (_, names, bytes, refusal) => {
  for (let i = 0; i < 3; i++) {
    expect((await ask(names, bytes)).status).toBe(refusal);
    expect(await ask(["image"], 10)).toEqual({ status: 200, body: '{"keys":["image"]}' });
  }
});
