import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ModelError } from "@menagerie/core";
import { createZoo } from "@menagerie/core/host";
import { expect, test } from "vitest";
import { createServer } from "./create-server.ts";

test("an error whose details JSON cannot say is told in words, and hides nothing of what stands beside it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-errors-"));
  await using zoo = await createZoo({ appDir: folder, spec: { runner: "inline" } });
  const loop: Record<string, unknown> = { at: 5 };
  loop.loop = loop;
  const load = (): never => {
    throw new ModelError("model_load_failed", "broken", { details: { tensors: 10n, loop, layer: 7 } });
  };
  await zoo.register({ name: "a", load });
  await zoo.register({ name: "b", load: () => ({}) });
  const server = await createServer(zoo);
  const details = { tensors: "10", loop: "[object Object]", layer: 7 };
  const one = await server.inject({ url: "/v1/models/a/load", method: "POST" });
  expect(one.json()).toMatchObject({ error: { code: "model_load_failed", details } });
  const all = await server.inject({ url: "/v1/load", method: "POST" });
  expect(all.json().data).toMatchObject([
    { model: "a", ok: false, error: { details } },
    { model: "b", ok: true },
  ]);
  const events = await server.inject({ url: "/v1/load", method: "POST", headers: { accept: "text/event-stream" } });
  expect(events.body).toContain("event: outcomes");
  expect((await server.inject("/v1/models")).json().data[0]).toMatchObject({ state: "failed", error: { details } });
  expect((await server.inject("/v1/health")).json().errors.a).toMatchObject({ details });
  await server.close();
  await rm(folder, { recursive: true });
});
