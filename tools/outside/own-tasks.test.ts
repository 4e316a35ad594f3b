import { join } from "node:path";
import { madeRecording } from "@menagerie/core";
import { createZoo, type LocalZoo } from "@menagerie/core/host";
import { createServer } from "@menagerie/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OutsideApplication } from "./outside-application.ts";
import { classifyText, embedAudio, paintImage } from "./own-tasks.ts";

const messages = [
  { role: "user" as const, content: "What a lovely day, thanks!" },
  { role: "assistant" as const, content: "Sorry to hear the bad news." },
];

let app: OutsideApplication;
let zoo: LocalZoo;
let server: Awaited<ReturnType<typeof createServer>>;
beforeAll(async () => {
  app = await OutsideApplication.create();
  zoo = await createZoo({ appDir: app.dir, cacheDir: join(app.dir, "cache"), spec: { runner: "inline" } });
  server = await createServer(zoo);
});
afterAll(async () => {
  await server.close();
  await zoo.close();
  await app[Symbol.asyncDispose]();
});

describe("a task that a plugin brings, asked by code", () => {
  test("is typed by the value that its package exports, whatever its shape", async () => {
    expect(zoo.problems).toEqual([]);
    const parts: string[] = [];
    const { output, task } = await zoo.run(
      "mood",
      classifyText,
      { messages },
      { onPart: ({ text }) => parts.push(text) },
    );
    const [best] = output.labels;
    expect([task, output.turns, best?.label, parts.join("")]).toEqual(["classify-text", 2, "glad", "user assistant "]);
    expect(best?.score).toBeCloseTo(0.5, 6);
    const painted = await zoo.run("mirror", paintImage, { prompt: "#ff0000 and #0000ff", size: 4 });
    expect([painted.output.stripes, painted.output.image.subarray(1, 4)]).toEqual([
      2,
      Uint8Array.from(Buffer.from("PNG")),
    ]);
    const { embedding } = (await zoo.run("loudness", embedAudio, { audio: madeRecording("first") })).output;
    expect([embedding.dtype, embedding.shape, embedding.data.length]).toEqual(["float32", [8], 32]);
  });

  test("is refused in the reader's words where the input does not fit", async () => {
    const wrong = zoo.run("mood", classifyText, { messages: [{ role: "usr", content: 5 }] } as never);
    await expect(wrong).rejects.toThrow(
      'The input of classify-text is not valid: "messages.0.role": must be one of "system", "user", "assistant", not "usr" (did you mean "user"?); ' +
        '"messages.0.content": must be a text, not 5.',
    );
    const misspelt = zoo.run("mood", classifyText, { mesages: messages } as never);
    await expect(misspelt).rejects.toThrow('unknown key "mesages" (did you mean "messages"?)');
    await expect(zoo.run("mood", paintImage, { prompt: "" })).rejects.toMatchObject({ code: "task_unsupported" });
  });

  test("answers many questions in order, each with an answer or an error of its own", async () => {
    const inputs = [{ prompt: "#000000" }, { prompt: "#ffffff", size: 0 }, { prompt: "#ffffff #000000" }];
    const found = [];
    for await (const { index, answer, error } of zoo.map("mirror", paintImage, inputs, { concurrency: 2 }))
      found.push([index, answer?.output.stripes ?? error?.code]);
    expect(found).toEqual([
      [0, 1],
      [1, "input_invalid"],
      [2, 2],
    ]);
  });
});

describe("over HTTP", () => {
  test("a conversation is JSON, or a field of a form that is JSON", async () => {
    const json = await server.inject({
      method: "POST",
      url: "/v1/tasks/classify-text",
      payload: { model: "mood", input: { messages, weights: { assistant: 0 } } },
    });
    expect(json.json()).toMatchObject({
      task: "classify-text",
      output: { labels: [{ label: "glad" }, { label: "sad" }] },
    });
    const form = new FormData();
    form.set("model", "mood");
    for (const message of messages) form.append("messages", JSON.stringify(message));
    form.set("weights", '{"user":0}');
    const request = new Request("http://host/", { method: "POST", body: form });
    const asForm = await server.inject({
      method: "POST",
      url: "/v1/tasks/classify-text",
      headers: { "content-type": request.headers.get("content-type") ?? "" },
      payload: Buffer.from(await request.arrayBuffer()),
    });
    expect(asForm.json()).toMatchObject({ output: { labels: [{ label: "sad" }, { label: "glad" }], turns: 2 } });
  });

  test("a picture is its bytes for whoever accepts pictures, and base64 for others", async () => {
    const ask = (
      accept: string,
      url = "/v1/tasks/paint-image",
      payload: object = { model: "mirror", input: { prompt: "#00ff00" } },
    ) => server.inject({ method: "POST", url, headers: { accept }, payload });
    const picture = await ask("image/png");
    expect([picture.statusCode, picture.headers["content-type"]]).toEqual([200, "image/png"]);
    expect(picture.rawPayload.subarray(1, 4).toString()).toBe("PNG");
    expect(picture.headers["x-model-signature"]).toMatch(/^sha256:/);
    const { output } = (await ask("*/*")).json<{ output: { image: string } }>();
    expect(Buffer.from(output.image, "base64").equals(picture.rawPayload)).toBe(true);
    expect((await ask("application/json, image/*;q=0.5")).headers["content-type"]).toMatch(/json/);
    const none = await ask("image/png", "/v1/tasks/classify-text", { model: "mood", input: { messages } });
    expect([none.statusCode, none.json<{ error: { message: string } }>().error.message]).toEqual([
      400,
      "The request accepts image/png, but answers to classify-text have nothing of that kind. Send Accept: application/json.",
    ]);
    const otherKind = await ask("image/jpeg");
    expect(otherKind.json<{ error: { message: string } }>().error.message).toContain("it has image (image/png)");
    const audio = Buffer.from(madeRecording("first")).toString("base64");
    const tensor = await ask("application/x-npy", "/v1/tasks/embed-audio", { model: "loudness", input: { audio } });
    expect(tensor.rawPayload.subarray(1, 6).toString()).toBe("NUMPY");
  });

  test("each is described in OpenAPI, and as data", async () => {
    const { paths, components } = (await server.inject("/openapi.json")).json();
    for (const name of OutsideApplication.plugins) expect(Object.keys(paths as object)).toContain(`/v1/tasks/${name}`);
    expect(JSON.stringify(paths)).toContain('"$ref":"#/components/schemas/classify-text.input.message"');
    expect(components.schemas["classify-text.input.message"].required).toEqual(["role", "content"]);
    expect(paths["/v1/tasks/paint-image"].post.responses["200"].content["image/*"]).toBeDefined();
    expect(JSON.stringify(paths)).not.toMatch(/"positional"|"shown"|"tensor"|"media"/);
    const { name, input } = (await server.inject("/v1/tasks/embed-audio")).json();
    expect([name, input.properties.size.default]).toEqual(["embed-audio", 8]);
  });
});
