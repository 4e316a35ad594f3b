import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { ModelError } from "@menagerie/core";
import { createZoo, type LocalZoo } from "@menagerie/core/host";
import type { FastifyInstance } from "fastify";
import { expect, test } from "vitest";
import { createServer } from "./create-server.ts";

/** A server of so many models, whose loads fail with many words. */
async function serving(models: number, ask: (server: FastifyInstance, zoo: LocalZoo) => Promise<void>): Promise<void> {
  await using zoo = await createZoo({ appDir: import.meta.dirname, spec: { runner: "inline" } });
  const load = (): never => {
    throw new ModelError("model_load_failed", "It said much.", { details: { said: "x".repeat(500_000) } });
  };
  for (let i = 0; i < models; i++) await zoo.register({ name: `a-${i}`, load });
  const server = await createServer(zoo);
  await ask(server, zoo);
  await server.close();
}

test("a client that is slow to take what is told of its loads gets one event after the other", () =>
  serving(24, async (server, zoo) => {
    const warnings: string[] = [];
    const note = ({ name }: Error): void => void warnings.push(name);
    process.on("warning", note);
    const address = await server.listen({ port: 0, host: "127.0.0.1" });
    const asked = request(`${address}/v1/load`, { method: "POST", headers: { accept: "text/event-stream" } }).end();
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    await expect
      .poll(() => zoo.status().models.every(({ state }) => state === "failed"), { interval: 50, timeout: 20_000 })
      .toBe(true);
    const told = await text(response);
    process.off("warning", note);
    expect(told.match(/^event: progress$/gm)).toHaveLength(48);
    expect(told.match(/^event: outcomes$/gm)).toHaveLength(1);
    expect(warnings).toEqual([]);
  }));
