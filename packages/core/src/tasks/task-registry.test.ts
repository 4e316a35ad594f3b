import { expect, test } from "vitest";
import { z } from "zod";
import { answerTensor } from "./answer-tensor.ts";
import { imageBytes } from "./media-bytes.ts";
import { defineTask } from "./task.ts";
import { taskDocument } from "./task-document.ts";
import { parseTaskInput, TaskRegistry } from "./task-registry.ts";
import { taskNames } from "./vocabulary.ts";

const upscale = defineTask({
  name: "upscale-image",
  summary: "The same picture, larger",
  input: z.strictObject({
    image: imageBytes().meta({ description: "The picture", positional: true }),
    factor: z.int().min(2).max(4).default(2),
  }),
  output: z.strictObject({ image: imageBytes(), flow: answerTensor().optional() }),
});

test("core's tasks are there, and pass as documents what they pass as code", () => {
  const registry = new TaskRegistry();
  expect(registry.names).toEqual([...taskNames].sort());
  // Each document is one that a plugin could ship.
  for (const task of new TaskRegistry([...registry].map(({ document }) => JSON.parse(JSON.stringify(document)))))
    expect(task).toBe(registry.named(task.name));
});

test("a task written in zod and its document are one task, with its fields and its bytes", () => {
  const document = JSON.parse(JSON.stringify(taskDocument(upscale)));
  const task = new TaskRegistry([document]).named("upscale-image");
  expect(task.fields).toMatchObject([
    { name: "image", kind: "image", required: true, positional: true },
    { name: "factor", kind: "integer", required: false, default: 2 },
  ]);
  const image = Uint8Array.of(1);
  expect(parseTaskInput(task, { image })).toEqual({ image, factor: 2 });
  expect(() => parseTaskInput(task, { image: "AQ==" })).toThrow('"image": must be the bytes of a picture');
  expect(() => parseTaskInput(task, { image, factor: 5 })).toThrow('"factor": must be at most 4');
  const data = new Uint8Array(8);
  const isValid = (flow: unknown): boolean => task.output.safeParse({ image, flow }).success;
  expect(isValid({ dtype: "float32", shape: [2], data })).toBe(true);
  expect(isValid({ dtype: "float32", shape: [3], data })).toBe(false);
});

test("the same task of two packages is one, and two tasks of one name are neither's", () => {
  const registry = new TaskRegistry();
  const document = taskDocument(upscale);
  const first = registry.add(document, "a/tasks/x.yaml");
  expect(registry.add({ ...document, $schema: "../task.schema.json" }, "b/tasks/x.yaml")).toBe(first);
  const other = { ...document, summary: "Another" };
  const words = 'Two different tasks are called "upscale-image": that of a/tasks/x.yaml and that of c/tasks/x.yaml.';
  expect(() => registry.add(other, "c/tasks/x.yaml")).toThrow(words);
  expect(() => registry.named("upscale-image")).toThrow(words);
  expect(() => registry.add(document, "d/tasks/x.yaml")).toThrow(words);
  expect(registry.problemsOf(["upscale-image"], "tasks")[0]).toContain(words);
  // Core's stay what they are.
  const mine = { ...document, name: "score-image" };
  expect(() => registry.add(mine, "a/tasks/score-image.yaml")).toThrow("that of @menagerie/core");
  expect(registry.named("score-image").fields).toHaveLength(1);
});

test("a name that is not known comes with the nearest, however odd it is", () => {
  const registry = new TaskRegistry();
  expect(() => registry.named("clasify-image")).toThrow(
    'There is no task "clasify-image". Did you mean "classify-image"?',
  );
  expect(() => registry.named("toString")).toThrow("The tasks are: classify-image,");
  expect(registry.problemsOf(["embed-txt"], "golden")).toEqual([
    '"golden.0" is "embed-txt": there is no such task. Did you mean "embed-text"?',
  ]);
});

const plain = { name: "do-it", summary: "It", input: { type: "object" }, output: { type: "object" } };
test.each<[string, unknown, string]>([
  ["a list", [], "the document: must be an object, not a list"],
  ["a misspelt key", { ...plain, sumary: "x" }, 'unknown key "sumary" (did you mean "summary"?)'],
  ["a name that is none", { ...plain, name: "Do It" }, '"name": must be lower-case words joined by -'],
  ["an input that is no object", { ...plain, input: { type: "string" } }, '"input" must be of type object'],
  ["a misspelt keyword", { ...plain, input: { type: "object", propertys: {} } }, 'did you mean "properties"?'],
  [
    "two positional fields",
    { ...plain, input: { type: "object", properties: { a: { positional: true }, b: { positional: true } } } },
    "one field may be positional, not a and b",
  ],
  ...[
    ["a_b", "a-b"],
    ["a_b", "aB"],
    ["a-1", "a1"],
  ].map(([one, other]): [string, unknown, string] => [
    `a flag that is both ${one} and ${other}`,
    { ...plain, input: { type: "object", properties: { [one as string]: {}, [other as string]: {} } } },
    `the fields "${one}" and "${other}" would be one flag`,
  ]),
  [
    "a field that no form can give",
    { ...plain, input: { type: "object", properties: { model: {} } } },
    'called "model"',
  ],
  ["a way to show that is none", { ...plain, output: { type: "object", shown: "boxes" } }, '#/shown cannot be "boxes"'],
  [
    "a tensor of no type",
    { ...plain, output: { type: "object", tensor: { dtype: "float", shape: [] } } },
    "#/tensor cannot be",
  ],
])("%s is refused by name", (_, document, message) => {
  expect(() => new TaskRegistry().add(document, "tasks/it.yaml")).toThrow(
    expect.objectContaining({ code: "plugin_invalid", message: expect.stringContaining(message) }),
  );
});

test("an input nested beyond reading is refused as one, and so is one that holds itself", () => {
  const node = { type: "object", properties: { children: { type: "array", items: { $ref: "#/$defs/node" } } } };
  const input = { type: "object", properties: { node: { $ref: "#/$defs/node" } }, $defs: { node } };
  const task = new TaskRegistry([{ ...plain, input }]).named("do-it");
  const nested = (levels: number): unknown => {
    let held: object = {};
    for (let level = 0; level < levels; level++) held = { children: [held] };
    return { node: held };
  };
  expect(parseTaskInput(task, nested(200))).toEqual(nested(200));
  const itself: { node?: unknown } = {};
  itself.node = itself;
  for (const wrong of [nested(5_000), itself])
    expect(() => parseTaskInput(task, wrong)).toThrow(
      expect.objectContaining({ code: "input_invalid", message: expect.stringContaining("more than 500 levels") }),
    );
});

test("a tensor of fewer or of half a row is none", () => {
  const output = {
    type: "object",
    properties: {
      flow: {
        type: "object",
        tensor: true,
        properties: {
          dtype: { type: "string" },
          shape: { type: "array", items: { type: "number" } },
          data: { type: "string", contentEncoding: "base64" },
        },
      },
    },
  };
  const task = new TaskRegistry([{ ...plain, output }]).named("do-it");
  const problem = (dtype: string, shape: readonly number[]) =>
    task.output.safeParse({ flow: { dtype, shape, data: new Uint8Array(4) } }).error?.issues[0]?.message;
  expect(problem("float32", [1])).toBeUndefined();
  expect(problem("float32", [-1, -1])).toContain("has the shape [-1, -1]; its sides must be whole numbers");
  expect(problem("float32", [0.5, 2])).toContain("has the shape [0.5, 2]");
  expect(problem("toString", [1])).toBe("is a tensor of no known dtype");
});

test.each([
  [z.coerce.date().optional(), '"input.x" is a date, which JSON does not have: take z.iso.datetime()'],
  [z.string().transform(Number), '"input.x" is a transform, which data cannot say'],
  [z.preprocess(String, z.string()), '"input.x" is a transform'],
  [z.stringbool(), '"input.x" is a transform'],
  [z.array(z.bigint()), '"input.x.items" is a bigint'],
  [z.map(z.string(), z.number()), '"input.x" is a map, which JSON does not have: take z.record'],
])("what no document could say of a task in zod is refused where it stands: %#", (x, problem) => {
  const output = z.strictObject({});
  const task = defineTask({ name: "try-it", summary: "A trial", input: z.strictObject({ x }), output });
  expect(() => taskDocument(task)).toThrow(
    expect.objectContaining({ code: "plugin_invalid", message: expect.stringContaining(problem) }),
  );
});
