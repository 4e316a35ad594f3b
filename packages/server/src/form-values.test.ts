import multipart from "@fastify/multipart";
import { holdsBytes, type TaskField, TaskRegistry } from "@menagerie/core";
import fastify from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sendError } from "./error-response.ts";
import { parsedJson } from "./form-parts.ts";
import { readTaskRequest } from "./task-request.ts";

const lists = {
  name: "judge-lists",
  summary: "What is in lists of all kinds",
  input: {
    type: "object",
    properties: {
      flags: { type: "array", items: { type: "boolean" } },
      counts: { type: "array", items: { type: "integer" } },
      points: { type: "array", items: { $ref: "#/$defs/point" } },
      notes: { type: "array", items: { type: "object" } },
      note: { type: "object" },
      sounds: { type: "array", items: { type: "string", contentEncoding: "base64", media: "audio" } },
      blob: { type: "string", contentEncoding: "base64" },
    },
    $defs: { point: { type: "array", items: { type: "number" } } },
  },
  output: { type: "object" },
};
const tasks = new TaskRegistry([lists]);

const server = fastify();
beforeAll(async () => {
  await server.register(multipart);
  server.setErrorHandler(sendError);
  server.post<{ Params: { task: string } }>("/:task", async (request) => {
    const { input } = await readTaskRequest(tasks.named(request.params.task), request);
    return JSON.parse(JSON.stringify(input, (_, value) => (value instanceof Uint8Array ? shown(value) : value)));
  });
});
afterAll(() => server.close());

function shown(bytes: Uint8Array): string {
  return `bytes ${Buffer.from(bytes).toString("hex")}`;
}

interface Part {
  readonly name: string;
  readonly content: string | Buffer;
  readonly filename?: string;
  readonly type?: string;
}

async function ask(task: string, parts: readonly Part[]): Promise<{ status: number; body: Record<string, unknown> }> {
  const model = { name: "model", content: "m" };
  const pieces = [...(parts.some(({ name }) => name === "model") ? [] : [model]), ...parts].flatMap((part: Part) => [
    `--x\r\nContent-Disposition: form-data; name="${part.name}"`,
    part.filename === undefined ? "" : `; filename="${part.filename}"`,
    part.type === undefined ? "" : `\r\nContent-Type: ${part.type}`,
    "\r\n\r\n",
    part.content,
    "\r\n",
  ]);
  const answer = await server.inject({
    method: "POST",
    url: `/${task}`,
    headers: { "content-type": "multipart/form-data; boundary=x" },
    payload: Buffer.concat([...pieces, "--x--\r\n"].map((piece) => Buffer.from(piece))),
  });
  return { status: answer.statusCode, body: answer.json() };
}

const json = { type: "application/json" };
const jsonFile = { filename: "a.json", type: "application/json" };

/** Two values of a field's kind, or of its items, each as JSON says it and as text. */
function valuesOf(field: TaskField): { value: unknown; text: string }[] {
  if (holdsBytes(field)) return ["AQID", "BAUG"].map((value) => ({ value, text: value }));
  switch (field.kind) {
    case "number":
      return [0.5, -2].map((value) => ({ value, text: String(value) }));
    case "integer":
      return [3, 4].map((value) => ({ value, text: String(value) }));
    case "boolean":
      return [true, false].map((value) => ({ value, text: String(value) }));
    case "choice":
      return [field.choices[0], field.choices.at(-1)].map((value) => ({ value, text: String(value) }));
    case "box":
      return [
        { value: [1, 2, 3.5, 4], text: "1,2, 3.5,4" },
        { value: [5, 6, 7, 8], text: "5,6,7,8" },
      ];
    case "value": {
      const values =
        field.name === "points"
          ? [
              [1, 2],
              [3, 4],
            ]
          : [{ a: 1 }, { a: [2] }];
      return values.map((value) => ({ value, text: JSON.stringify(value) }));
    }
    default:
      return ["a, [b]", '["c"]'].map((value) => ({ value, text: value }));
  }
}

const fields = [...tasks].flatMap((task) =>
  task.fields.map((field) => [`${task.name} ${field.name}`, task.name, field] as const),
);

describe.each(fields)("%s of a form", (_, task, field) => {
  const { name } = field;
  const [one, two] = valuesOf(field) as [{ value: unknown; text: string }, { value: unknown; text: string }];
  const told = (value: unknown): unknown =>
    holdsBytes(field) && typeof value === "string" ? shown(Buffer.from(value, "base64")) : value;
  const single = field.list && !field.single ? [told(one.value)] : told(one.value);
  const both = [told(one.value), told(two.value)];
  const says = async (parts: readonly Part[], expected: unknown): Promise<void> =>
    expect(await ask(task, parts)).toEqual({ status: 200, body: { [name]: expected } });
  const isRefused = async (parts: readonly Part[]): Promise<void> =>
    expect(await ask(task, parts)).toMatchObject({
      status: 400,
      body: { error: { code: "input_invalid", message: expect.stringContaining(`"${name}`) } },
    });

  test("comes as text, as JSON or as a file", async () => {
    await says([{ name, content: one.text }], single);
    await says([{ name, content: JSON.stringify(one.value), ...json }], single);
    // A file of no medium may hold anything, JSON too.
    const isAnyFile = field.kind === "file";
    const own = JSON.stringify(one.value);
    await says([{ name, content: own, ...jsonFile }], isAnyFile ? shown(Buffer.from(own)) : single);
    const content = holdsBytes(field) ? Buffer.from(one.text, "base64") : one.text;
    await says([{ name, content, filename: "a.bin" }], single);
    await says([{ name, content, type: "application/octet-stream" }], single);
  });

  test("that says it is JSON and cannot be read as that is named", async () => {
    await isRefused([{ name, content: '{"a":', ...json }]);
    await isRefused([{ name, content: '{"__proto__":{}}', ...json }]);
    await isRefused([{ name, content: "{", type: "application/json-patch+json; charset=utf-8" }]);
    if (field.kind !== "file") await isRefused([{ name, content: '{"a":', ...jsonFile }]);
  });

  if (holdsBytes(field))
    test("is no JSON of anything but base64", async () => {
      for (const content of ["{}", "5", "[1]", "null"]) await isRefused([{ name, content, ...json }]);
      if (field.kind !== "file") await isRefused([{ name, content: "{}", ...jsonFile }]);
    });
  else
    test("is no file of bytes that are no text", async () => {
      await isRefused([{ name, content: Buffer.from([0xff, 0xd8, 0xff]), filename: "a.jpg" }]);
    });

  if (field.list)
    test("comes in several parts, or in one as a whole", async () => {
      const texts = [one.text, two.text];
      await says(
        texts.map((content) => ({ name, content })),
        both,
      );
      await says(
        texts.map((content) => ({ name: `${name}[]`, content })),
        both,
      );
      await says(
        texts.map((content, i) => ({ name: `${name}[${i}]`, content })),
        both,
      );
      await says([{ name: `${name}[]`, content: one.text }], [told(one.value)]);
      await says(
        [one, two].map(({ value }) => ({ name, content: JSON.stringify(value), ...json })),
        both,
      );
      const whole = JSON.stringify([one.value, two.value]);
      await says([{ name, content: whole, ...json }], both);
      await says([{ name, content: JSON.stringify([one.value]), ...json }], [told(one.value)]);
      await says([{ name, content: "[]", ...json }], []);
      if (/number|integer|box|value/.test(field.kind)) await says([{ name, content: whole }], both);
      if (/number|integer|box/.test(field.kind))
        await says([{ name, content: texts.join(field.kind === "box" ? ";" : ",") }], both);
    });
  else
    test("comes once", async () => {
      await isRefused([one, two].map(({ text }) => ({ name, content: text })));
      await isRefused([{ name: `${name}[]`, content: one.text }]);
    });
});

test.each([
  ["a file", { content: "m", filename: "m.txt" }, /"model" as a file \(m\.txt\).*curl -F model=NAME/],
  ["a number", { content: "109", ...json }, /"model" as JSON.*Send it as text/],
  ["an object", { content: "{}", ...jsonFile }, /"model" as JSON \(a\.json\)/],
  ["JSON that is none", { content: "m", ...json }, /"model" says that it is JSON/],
])("the model that comes as %s is refused by name", async (_, part, message) => {
  const { status, body } = await ask("embed-text", [
    { name: "model", ...part },
    { name: "text", content: "a" },
  ]);
  expect(status).toBe(400);
  expect(body.error).toMatchObject({ code: "input_invalid", message: expect.stringMatching(message) });
});

test("the model may come as a text of JSON", async () => {
  const { status } = await ask("embed-text", [
    { name: "model", content: '"m"', ...json },
    { name: "text", content: "a" },
  ]);
  expect(status).toBe(200);
});

test.each(["NaN", "Infinity", "0x10", "1_0", "", "one"])(
  "%j is no number, and reaches the check of the task as it was sent",
  async (text) => {
    expect((await ask("detect-objects", [{ name: "threshold", content: text }])).body).toEqual({ threshold: text });
  },
);

describe("a form", () => {
  test.each(["visit.__proto__.x", "visit.a.__proto__", "notes[0].__proto__"])(
    "in which %s is to be a place is refused, and its value is not lost",
    async (name) => {
      const answer = await ask("judge-lists", [{ name: name.replace("visit", "note"), content: "1" }]);
      expect([answer.status, JSON.stringify(answer.body)]).toEqual([400, expect.stringContaining("__proto__")]);
    },
  );

  test("has no key in its JSON that would change what an object is, however it is spelt", async () => {
    for (const key of ["__proto__", "\\u005f_proto__", "__pr\\u006fto__", "__p\\u0072oto__", "__proto_\\u005F"]) {
      const { status, body } = await ask("judge-lists", [{ name: "note", content: `{"a":[{"${key}":{"b":1}}]}` }]);
      expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining("__proto__")]);
    }
  });

  test.each([
    ["lines of JSON", '{"a":1}\n{"a":2}', "application/jsonl"],
    ["JSON that is broken", '{"a":1', "application/json"],
    ["JSON in another encoding", Buffer.from([0x22, 0xe9, 0x22]), "application/json"],
  ])("has %s for a file of no medium as its bytes", async (_, content, type) => {
    const { status, body } = await ask("judge-lists", [{ name: "blob", content, filename: "a", type }]);
    expect([status, body]).toEqual([200, { blob: shown(Buffer.from(content)) }]);
  });

  test("of a thousand parts beside a long list is read in the time of its bytes", async () => {
    const long = JSON.stringify(new Array(100_000).fill({}));
    const several = Array.from({ length: 900 }, (_, i) => i);
    const started = performance.now();
    const places = several.map((i) => ({ name: `notes[${i}].a`, content: String(i) }));
    const { body } = await ask("judge-lists", [{ name: "notes", content: long }, ...places]);
    const items = several.map((i) => ({ name: "counts", content: String(i) }));
    const { body: counts } = await ask("judge-lists", [
      { name: "counts", content: `[${"1,".repeat(100_000)}1]` },
      ...items,
    ]);
    expect([(body.notes as unknown[])[899], (counts.counts as unknown[]).length]).toEqual([{ a: "899" }, 100_901]);
    // It took four seconds where every part copied the list.
    expect(performance.now() - started).toBeLessThan(1500);
  });

  test("has its JSON read in about the time that the parser takes", () => {
    const text = `[${"1,".repeat(1_000_000)}1]`;
    const timeOf = (read: (text: string) => unknown): number => {
      const started = performance.now();
      read(text);
      return performance.now() - started;
    };
    // It took forty times as long where the parser told of each key.
    expect(timeOf(parsedJson)).toBeLessThan(10 * timeOf(JSON.parse) + 50);
  });
});
