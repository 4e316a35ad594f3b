import { expect, test } from "vitest";
import { fieldsOf, holdsBytes, type TaskField } from "./task-field.ts";
import { TaskRegistry } from "./task-registry.ts";
import { vocabulary } from "./vocabulary.ts";

const tasks = new TaskRegistry();
const taskFields = ({ name }: { readonly name: string }): readonly TaskField[] => tasks.named(name).fields;

test("a task's fields carry kind, list, default and description through optional and default wrappers", () => {
  expect(taskFields(vocabulary["match-image"])).toMatchObject(
    [
      { name: "images", kind: "image", list: true, required: true, positional: true },
      { name: "labels", kind: "text", list: true, required: false, positional: false },
      { name: "template", kind: "text", list: false, required: false },
      { name: "top_k", kind: "integer", list: false, required: false, description: /keep/ },
    ].map((field) => ({
      ...field,
      ...(field.description ? { description: expect.stringMatching(field.description) } : {}),
    })),
  );
});

test("pictures and recordings are bytes, and what is on unless said otherwise says so", () => {
  const [audio, ...others] = taskFields(vocabulary["transcribe-audio"]);
  expect(audio).toMatchObject({ name: "audio", kind: "audio", list: false, required: true, positional: true });
  expect(others.find(({ name }) => name === "timestamps")).toMatchObject({ kind: "boolean", default: true });
  const filled = (task: { readonly name: string }) => taskFields(task).filter(holdsBytes);
  expect(filled(vocabulary["transcribe-audio"]).map(({ name }) => name)).toEqual(["audio"]);
  expect(filled(vocabulary["embed-image"]).map(({ name }) => name)).toEqual(["image"]);
  expect(filled(vocabulary["embed-text"])).toEqual([]);
});

test("boxes are a kind of their own, four numbers that make a rectangle", () => {
  const { input } = vocabulary["estimate-pose"];
  expect(taskFields(vocabulary["estimate-pose"]).find(({ name }) => name === "boxes")).toMatchObject({
    kind: "box",
    list: true,
    required: false,
  });
  const isValid = (box: unknown): boolean => input.safeParse({ image: new Uint8Array(1), boxes: [box] }).success;
  expect([[-1, 0, 5, 7.5], [0, 0, 0, 1], [1, 2, 3], [0, 0, Number.NaN, 1], "0,0,1,1"].map(isValid)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});

test("every task of the vocabulary can be shown as fields", () => {
  for (const task of Object.values(vocabulary)) expect(taskFields(task).some((field) => field.positional)).toBe(true);
});

test("an empty text is a text, and may stand among labels, as in the official models", () => {
  const image = new Uint8Array(1);
  for (const [task, input] of [
    ["embed-text", { text: "" }],
    ["match-image", { images: [image], labels: ["a cat", ""] }],
    ["match-video", { frames: [image], labels: [""] }],
    ["detect-objects", { image, labels: ["person", ""] }],
  ] as const)
    expect(vocabulary[task].input.safeParse(input).error, task).toBeUndefined();
});

test("a field that holds itself is written as JSON, whichever way it comes back to itself", () => {
  const tree = { $ref: "#/$defs/tree" };
  const shapes = [
    { anyOf: [{ type: "string" }, { type: "array", items: tree }] },
    { type: "array", items: tree },
    { oneOf: [{ type: "array", items: { $ref: "#/$defs/pair" } }, { type: "null" }] },
  ];
  for (const shape of shapes) {
    const input = {
      type: "object",
      properties: { tree },
      $defs: { tree: shape, pair: { type: "array", items: tree } },
    };
    const registry = new TaskRegistry([{ name: "fold-tree", summary: "It", input, output: { type: "object" } }]);
    expect(registry.named("fold-tree").fields).toMatchObject([{ name: "tree", kind: "value" }]);
  }
});

test("a field of definitions that each name the next twice is read at once", () => {
  const named = (i: number) => ({ $ref: `#/$defs/d${i}` });
  const $defs = Object.fromEntries(
    Array.from({ length: 60 }, (_, i) => [
      `d${i}`,
      i === 59 ? { type: "string" } : { anyOf: [named(i + 1), named(i + 1)] },
    ]),
  );
  const input = { type: "object", properties: { text: named(0) }, $defs };
  expect(fieldsOf(input)).toHaveLength(1);
});
