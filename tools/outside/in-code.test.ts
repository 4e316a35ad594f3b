import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createZoo } from "@menagerie/core/host";
import { createServer } from "@menagerie/server";
import { expect, test } from "vitest";
import { lengths, loadWords } from "./in-code.ts";
import { OutsideApplication } from "./outside-application.ts";

test("a plugin object and a plain function answer by code and over HTTP, and are among the models", async () => {
  await using app = await OutsideApplication.create();
  await writeFile(join(app.dir, "words.txt"), "a b c");
  await using zoo = await createZoo({ appDir: app.dir, cacheDir: join(app.dir, "cache"), plugins: [lengths] });
  const words = await zoo.register({
    name: "words",
    path: "words.txt",
    load: loadWords,
    loader_kwargs: { limit: 2 },
    required: true,
    tasks: { "embed-text": ({ limit }, { text }) => ({ embedding: [String(text).length, limit] }) },
  });
  await using server = await createServer(zoo);
  const post = async (task: string, payload: object): Promise<unknown> =>
    (await server.inject({ method: "POST", url: `/v1/tasks/${task}`, payload })).json();
  const image = new Uint8Array(500);
  expect((await zoo.run("length", "score-image", { image })).output.score).toBe(0.5);
  expect(
    await post("score-image", { model: "length", input: { image: Buffer.from(image).toString("base64") } }),
  ).toMatchObject({
    output: { score: 0.5 },
  });
  expect(await post("embed-text", { model: "words", input: { text: "abcd" } })).toMatchObject({
    output: { embedding: [4, 2] },
  });
  const { data } = (await server.inject("/v1/models")).json() as { data: { model: string; required: boolean }[] };
  expect(data.filter(({ required }) => required).map(({ model }) => model)).toEqual(["words"]);
  expect(data.map(({ model }) => model)).toContain("length");
  await using lease = await words.get();
  expect(lease.opened).toEqual({ path: join(app.dir, "words.txt"), limit: 2 });
});
