import multipart from "@fastify/multipart";
import { TaskRegistry } from "@menagerie/core";
import fastify from "fastify";
import { expect, test } from "vitest";
import { readTaskRequest } from "./task-request.ts";

test("boxes come as lists of numbers in JSON, and as text in a form, one field for each", async () => {
  await using server = fastify();
  await server.register(multipart);
  server.post("/estimate-pose", async (request) => {
    const { input } = await readTaskRequest(new TaskRegistry().named("estimate-pose"), request);
    return (input as { boxes: unknown }).boxes;
  });
  const boxes = [
    [1, 2, 3.5, 4],
    [-5, 0, 6, 7],
  ];
  const json = await server.inject({
    method: "POST",
    url: "/estimate-pose",
    payload: { model: "m", input: { boxes } },
  });
  expect(json.json()).toEqual(boxes);
  const form = new FormData();
  form.set("model", "m");
  for (const box of ["1,2,3.5,4", " -5, 0,6,7"]) form.append("boxes", box);
  const request = new Request("http://host/", { method: "POST", body: form });
  const asForm = await server.inject({
    method: "POST",
    url: "/estimate-pose",
    headers: { "content-type": request.headers.get("content-type") ?? "" },
    payload: Buffer.from(await request.arrayBuffer()),
  });
  expect(asForm.json()).toEqual(boxes);
});

test("a field that takes one or several is one value in a form that has it once, and a list in one that has it again", async () => {
  await using server = fastify();
  await server.register(multipart);
  server.post("/embed-text", async (request) => {
    const { input } = await readTaskRequest(new TaskRegistry().named("embed-text"), request);
    return { text: (input as { text: unknown }).text };
  });
  const asked = async (...texts: string[]): Promise<unknown> => {
    const form = new FormData();
    form.set("model", "m");
    for (const text of texts) form.append("text", text);
    const request = new Request("http://host/", { method: "POST", body: form });
    const answer = await server.inject({
      method: "POST",
      url: "/embed-text",
      headers: { "content-type": request.headers.get("content-type") ?? "" },
      payload: Buffer.from(await request.arrayBuffer()),
    });
    return answer.json<{ text: unknown }>().text;
  };
  expect([await asked("a cat"), await asked("a cat", "a dog")]).toEqual(["a cat", ["a cat", "a dog"]]);
});
