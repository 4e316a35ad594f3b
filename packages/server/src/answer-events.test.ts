import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Answer } from "@menagerie/core";
import { adoptedSpec } from "@menagerie/core/adopt";
import { createZoo, type LocalZoo } from "@menagerie/core/host";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createServer } from "./create-server.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const fixtures = join(root, "plugins/whisper/fixtures");

let zoo: LocalZoo;
let server: FastifyInstance;
let address: string;
beforeAll(async () => {
  zoo = await createZoo({ appDir: root });
  const like = zoo.find("whisper-tiny");
  const folder = join(fixtures, "multilingual");
  const spec = { ...adoptedSpec(await zoo.adopt(folder, like.model_name), like, "ears"), artifacts_root: folder };
  zoo.add(spec, join(root, "ears.yaml"));
  server = await createServer(zoo);
  address = await server.listen({ port: 0, host: "127.0.0.1" });
});
afterAll(async () => {
  await server.close();
  await zoo[Symbol.asyncDispose]();
});

const long = (): Promise<Buffer> => readFile(join(fixtures, "recordings", "long.wav"));

async function ask(
  model: string,
  accept: string,
  { audio, signal }: { audio?: Buffer; signal?: AbortSignal } = {},
): Promise<Response> {
  const recording = (audio ?? (await long())).toString("base64");
  return fetch(`${address}/v1/tasks/transcribe-audio`, {
    method: "POST",
    headers: { "content-type": "application/json", accept },
    body: JSON.stringify({ model, input: { audio: recording } }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Name and data of each event. */
function eventsOf(text: string): { event: string | undefined; data: string }[] {
  return text
    .split("\n\n")
    .filter((block) => block !== "" && !block.startsWith(":"))
    .map((block) => {
      const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
      return { event: field("event"), data: field("data") ?? "" };
    });
}

test("who accepts events is told each segment as it is heard, then the whole, alike and signed", async () => {
  const response = await ask("ears", "text/event-stream");
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const events = eventsOf(await response.text());
  expect(events.at(-1)).toEqual({ event: undefined, data: "[DONE]" });
  const parts = events.slice(0, -2);
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.map(({ event }) => event)).toEqual(parts.map(() => "part"));
  expect(events.at(-2)?.event).toBe("answer");
  const answer = JSON.parse(events.at(-2)?.data ?? "") as Answer<"transcribe-audio">;
  // How sure it is of a segment is known with the whole.
  const spoken = answer.output.segments.map(({ text, start, end }) => ({ text, start, end }));
  expect(parts.map(({ data }) => JSON.parse(data) as unknown)).toEqual(spoken);
  const whole = (await (await ask("ears", "application/json")).json()) as Answer<"transcribe-audio">;
  expect(answer).toEqual({ ...whole, timing_ms: answer.timing_ms });
});

test("what is refused before the first event has its status and its code", async () => {
  const response = await ask("nobody", "text/event-stream");
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { code: "model_not_found" } });
});

test("a client that leaves after the first segment withdraws its request, and others are answered", async () => {
  const leaving = new AbortController();
  const response = await ask("ears", "text/event-stream", {
    audio: repeated(await long(), 40),
    signal: leaving.signal,
  });
  const first = eventsOf(Buffer.from((await response.body?.getReader().read())?.value ?? []).toString());
  expect(first[0]?.event).toBe("part");
  expect(first.map(({ event }) => event)).not.toContain("answer");
  leaving.abort();
  expect((await ask("ears", "*/*")).status).toBe(200);
  expect(await (await fetch(`${address}/metrics`)).text()).toMatch(/cancelled/);
});

/** A recording so many times over: 16-bit samples after a header of 44 bytes. */
function repeated(wav: Buffer, times: number): Buffer {
  const header = Buffer.from(wav.subarray(0, 44));
  const samples = Buffer.concat(new Array<Buffer>(times).fill(wav.subarray(44)));
  header.writeUInt32LE(36 + samples.length, 4);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}
