import multipart from "@fastify/multipart";
import { TaskRegistry } from "@menagerie/core";
import fastify from "fastify";
import { expect, test } from "vitest";
import { sendError } from "./error-response.ts";
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

/** A form by hand, as broken as it is meant to be. */
function part(name: string, value: string): string {
  return `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
}

const photo = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk";

test.each([
  ["no boundary", "multipart/form-data", `${part("model", "m")}--x--\r\n`],
  ["an empty boundary", "multipart/form-data; boundary=", `${part("model", "m")}--x--\r\n`],
  ["no form in it", "multipart/form-data; boundary=x", "hello"],
  ["no end", "multipart/form-data; boundary=x", part("model", "m")],
  ["a field that is cut off", "multipart/form-data; boundary=x", part("model", "m").slice(0, -3)],
  ["headers that are cut off", "multipart/form-data; boundary=x", `${part("model", "m")}--x\r\nContent-Dispo`],
  ["another boundary than it says", "multipart/form-data; boundary=y", `${part("model", "m")}--x--\r\n`],
  [
    "a part without a name",
    "multipart/form-data; boundary=x",
    `${part("model", "m")}--x\r\nContent-Disposition: form-data\r\n\r\nq\r\n--x--\r\n`,
  ],
])("a form with %s is the client's mistake, and the answer says what to send", async (_, type, payload) => {
  const answer = await asked("estimate-pose", type, payload);
  expect(answer.statusCode).toBe(400);
  expect(answer.json().error).toMatchObject({
    code: "input_invalid",
    message: expect.stringMatching(/^The form cannot be read: .*curl -F and FormData write both/),
  });
});

test.each(["model", "image", "threshold"])(
  "a field that takes one value and comes twice is refused: %s",
  async (name) => {
    const rest = name === "model" ? "" : part("model", "m");
    const answer = await asked(
      "detect-objects",
      "multipart/form-data; boundary=x",
      `${rest}${part(name, photo)}${part(name, photo)}--x--\r\n`,
    );
    expect(answer.statusCode).toBe(400);
    expect(answer.json().error.message).toBe(`The form has "${name}" more than once, and takes one. Send it once.`);
  },
);

test("a field that takes one or a list becomes a list when it comes again", async () => {
  const form = (times: number): string => `${part("model", "m")}${part("image", photo).repeat(times)}--x--\r\n`;
  const type = "multipart/form-data; boundary=x";
  expect((await asked("embed-image", type, form(1))).json()).toEqual({ image: "bytes" });
  expect((await asked("embed-image", type, form(2))).json()).toEqual({ image: ["bytes", "bytes"] });
});

test("short bytes are taken, whatever letters their base64 begins with", async () => {
  await using server = fastify();
  await server.register(multipart);
  server.post("/embed-image", async (request) => {
    const { input } = await readTaskRequest(new TaskRegistry().named("embed-image"), request);
    return [...(input as { image: Uint8Array }).image];
  });
  for (const bytes of [[0xfe], [0xfe, 1], [0xff, 0xff, 0xff], [0xfe, 2, 3, 4, 5], [0xfc, 0, 0], [0, 0, 0]]) {
    const image = Buffer.from(bytes).toString("base64");
    const answer = await server.inject({
      method: "POST",
      url: "/embed-image",
      payload: { model: "m", input: { image } },
    });
    expect([image, answer.json()]).toEqual([image, bytes]);
  }
});

test.each([
  ["photo.jpg", "is text that looks like the name of a file (photo.jpg)"],
  ["/tmp/photo", "is text that looks like the name of a file (/tmp/photo)"],
  ["", "is empty"],
  ["https://example.org/photo.jpg", "is an address, and this server fetches nothing"],
  ["what?", "is not base64"],
  ["words", "is not base64"],
])("a picture given as the text %j is refused with the way to send a file", async (value, problem) => {
  for (const answer of [
    await asked(
      "embed-image",
      "multipart/form-data; boundary=x",
      `${part("model", "m")}${part("image", value)}--x--\r\n`,
    ),
    await asked("embed-image", "application/json", JSON.stringify({ model: "m", input: { image: value } })),
  ]) {
    expect(answer.statusCode).toBe(400);
    expect(answer.json().error.message).toBe(
      `"image" ${problem}. Send the file itself: as base64 in JSON, or as a file of a form (curl -F image=@FILE, with the @).`,
    );
  }
});

test("JSON nested beyond reading is a wrong input, not a fault of the server", async () => {
  const node = { type: "array", items: { $ref: "#/$defs/node" } };
  const input = { type: "object", properties: { node: { $ref: "#/$defs/node" } }, $defs: { node } };
  const document = { name: "fold-tree", summary: "It", input, output: { type: "object" } };
  const nested = `${"[".repeat(5_000)}${"]".repeat(5_000)}`;
  const answer = await asked(
    "fold-tree",
    "application/json",
    `{"model":"m","input":{"node":${nested}}}`,
    new TaskRegistry([document]),
  );
  expect(answer.json().error).toMatchObject({ code: "input_invalid", message: expect.stringContaining("500 levels") });
  expect(answer.statusCode).toBe(400);
});

const frame = {
  type: "object",
  properties: { side: { type: "string" }, photo: { type: "string", contentEncoding: "base64", media: "image" } },
  required: ["side"],
  additionalProperties: false,
};
const visiting = new TaskRegistry([
  {
    name: "judge-visit",
    summary: "How a visit went",
    input: {
      type: "object",
      properties: { visit: { type: "object", properties: { frames: { type: "array", items: frame } } } },
    },
    output: { type: "object", properties: {} },
  },
]);

test("a file within a field is sent as a part whose name says its place, before or after the rest of the field", async () => {
  const type = "multipart/form-data; boundary=x";
  const visit = part("visit", '{"frames":[{"side":"a"},{"side":"b"}]}');
  const file = (name: string): string => part(name, photo).replace('"\r\n', '"; filename="a.png"\r\n');
  const ask = (...parts: string[]) => asked("judge-visit", type, `${part("model", "m")}${parts.join("")}--x--\r\n`);
  const frames = [
    { side: "a", photo: "bytes" },
    { side: "b", photo: "bytes" },
  ];
  for (const order of [
    [visit, file("visit.frames[0].photo"), file("visit.frames[1].photo")],
    [file("visit.frames[1].photo"), part("visit.frames[0].photo", photo), visit],
  ])
    expect((await ask(...order)).json()).toEqual({ visit: { frames } });
  expect((await ask(part("visit.frames[0].side", "c"), file("visit.frames[0].photo"))).json()).toEqual({
    visit: { frames: [{ side: "c", photo: "bytes" }] },
  });
  for (const [name, problem] of [
    ["visit.frames[3].photo", "the list before [3] has 2 items"],
    ["visit.frames.photo", "what .photo is of is no object"],
    ["visit[0]", "what [0] is of is no list"],
    ["visit.frames[0].side", "its other parts have a value there already"],
  ] as const) {
    const answer = await ask(visit, file(name));
    expect([answer.statusCode, answer.json().error.message]).toEqual([400, expect.stringContaining(problem)]);
  }
  const several = await asked(
    "match-image",
    type,
    `${part("model", "m")}${file("images[0]")}${file("images[1]")}--x--\r\n`,
  );
  expect(several.json()).toEqual({ images: ["bytes", "bytes"] });
  const told = await ask(part("visit", '{"frames":[{"side":"a","photo":"a.png"}]}'));
  expect(told.json().error.message).toContain("curl -F 'visit.frames[0].photo=@FILE', with the @");
});

test("what is no number reaches the check of the task as it was sent", async () => {
  const form = `${part("model", "m")}${part("threshold", "many")}--x--\r\n`;
  const answer = await asked("detect-objects", "multipart/form-data; boundary=x", form);
  expect(answer.json()).toEqual({ threshold: "many" });
});

async function asked(task: string, type: string, payload: string, tasks = visiting) {
  await using server = fastify();
  await server.register(multipart);
  server.setErrorHandler(sendError);
  server.post("/ask", async (request) => {
    const { input } = await readTaskRequest(tasks.named(task), request);
    return JSON.parse(JSON.stringify(input, (_, value) => (value instanceof Uint8Array ? "bytes" : value)));
  });
  return await server.inject({ method: "POST", url: "/ask", headers: { "content-type": type }, payload });
}

test("a part of a form that says it is JSON is read as that", async () => {
  const json = (name: string, value: string): string =>
    `--x\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: application/json\r\n\r\n${value}\r\n`;
  const form = `${part("model", "m")}${json("text", '["a cat", "a dog"]')}--x--\r\n`;
  const answer = await asked("embed-text", "multipart/form-data; boundary=x", form);
  expect([answer.statusCode, answer.json()]).toEqual([200, { text: ["a cat", "a dog"] }]);
  const labels = `${part("model", "m")}${part("image", photo)}${json("labels", '["a", "b"]')}${part("labels", "c")}--x--\r\n`;
  const boxes = await asked("detect-objects", "multipart/form-data; boundary=x", labels);
  expect(boxes.json()).toEqual({ image: "bytes", labels: ["a", "b", "c"] });
});
