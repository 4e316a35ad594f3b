import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { createZoo, type LocalZoo } from "@menagerie/core/host";
import { zooFile } from "@menagerie/demo";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createServer } from "./create-server.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

let zoo: LocalZoo;
let server: FastifyInstance;
beforeAll(async () => {
  zoo = await createZoo({ appDir: root, specFile: zooFile });
  server = await createServer(zoo, { token: "secret" });
  await server.listen({ port: 0, host: "127.0.0.1" });
});
afterAll(async () => {
  await server.close();
  await zoo[Symbol.asyncDispose]();
});

/** Sends the path as it stands: `fetch` would tidy it up first. */
function ask(
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<{ status: number; challenge: string | undefined }> {
  const { port } = server.server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, headers, method, agent: false }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, challenge: response.headers["www-authenticate"] });
    })
      .on("error", reject)
      .end();
  });
}

describe("a server with a token", () => {
  test.each(["/livez", "/v2/health/live", "/livez?verbose", "/%6civez"])("answers %s without it", async (path) => {
    expect((await ask(path)).status).toBe(200);
    expect((await ask(path, {}, "HEAD")).status).toBe(200);
  });

  // Nothing is loaded, so they are not ready; but they answer.
  test.each(["/v2/health/ready", "/readyz", "/healthz"])("tells by %s whether it is ready without it", async (path) => {
    expect((await ask(path)).status).toBe(503);
  });

  test("names the models that it waits for to those alone who have the token", async () => {
    const { models } = zoo.status();
    const told = async (headers: Record<string, string>) => (await server.inject({ url: "/readyz", headers })).json();
    const authorization = "Bearer secret";
    expect(await told({})).toEqual({ ready: false, health: expect.any(String) });
    const kept = models.filter(({ keep_warm }) => keep_warm).map(({ model }) => model);
    expect(await told({ authorization })).toMatchObject({ ready: false, waiting_for: kept });
  });

  test.each([
    "/",
    "/v2",
    "/v1/models",
    "/metrics",
    "/openapi.json",
    "/nowhere",
    "/v2/health/",
    "/v2/health/other",
    "/v2/health/live/",
    "/v2/health/../../v1/models",
    "/v2/health/..%2f..%2fv1/models",
    "/v2/health/live%2f..%2f..%2f..%2fv1%2fmodels",
    "//v2/health/live",
    "//livez",
    "/v1/models?/v2/health/live",
    "/v1/models?path=/livez",
    "/LIVEZ",
    "/livez2",
  ])("wants it for %s", async (path) => {
    expect(await ask(path)).toEqual({ status: 401, challenge: 'Bearer realm="menagerie"' });
  });

  test.each([
    ["secret", 401],
    ["Basic secret", 401],
    ["Bearer", 401],
    ["Bearer ", 401],
    ["Bearersecret", 401],
    ["Bearer wrong!", 401],
    ["Bearer secret2", 401],
    ["Bearer secret", 200],
    ["bearer  secret", 200],
  ])("answers the header %j with %i", async (authorization, status) => {
    expect((await ask("/v1/models", { authorization })).status).toBe(status);
  });

  test.each(["", " ", "\n", "secret\n", " secret", "geheim\u00e9"])("is not made of the token %j", async (token) => {
    await expect(createServer(zoo, { token })).rejects.toMatchObject({ code: "unauthorised" });
  });
});

test("a server that is about to stop is not ready, says so, and still answers", async () => {
  let isStopping = false;
  const stopping = await createServer(zoo, { isStopping: () => isStopping });
  await zoo.warm();
  const ready = async (): Promise<unknown> => {
    const { statusCode, body } = await stopping.inject({ url: "/readyz" });
    return { statusCode, ...(JSON.parse(body) as object) };
  };
  expect(await ready()).toEqual({ statusCode: 200, ready: true, health: "healthy" });
  isStopping = true;
  expect(await ready()).toEqual({ statusCode: 503, ready: false, health: "healthy", stopping: true });
  expect((await stopping.inject({ url: "/livez" })).statusCode).toBe(200);
  expect((await stopping.inject({ url: "/v1/models" })).statusCode).toBe(200);
  await stopping.close();
});
