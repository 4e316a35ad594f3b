import { expect, test } from "vitest";
import { madeQuestion } from "./made-question.ts";
import { parseTaskInput, TaskRegistry } from "./task-registry.ts";

const object = (properties: object) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const document = (name: string, properties: object) => ({
  name,
  summary: "Something",
  input: object(properties),
  output: { type: "object" },
});

test("a question of every core task is made from its schema, and another one that differs", () => {
  const tasks = new TaskRegistry();
  for (const task of tasks) {
    const [first, second] = [madeQuestion(task, ["first"]), madeQuestion(task, ["second"])];
    expect(parseTaskInput(task, first), task.name).toBeDefined();
    expect(first, task.name).not.toEqual(second);
  }
  const pictures = madeQuestion(tasks.named("match-image"), ["first", "second", "first"]);
  expect(pictures?.images).toHaveLength(3);
  expect(madeQuestion(tasks.named("embed-text"), ["first", "second"])).toEqual({
    text: ["a photo of a cat", "two red cars in the rain"],
  });
});

test("questions of any shape are made, but for what nobody can make up", () => {
  const role = { enum: ["user", "assistant"] };
  const messages = { type: "array", minItems: 2, items: object({ role, content: { type: "string" } }) };
  const tasks = new TaskRegistry([
    document("classify-text", {
      messages,
      level: { type: "integer", minimum: 3, maximum: 3 },
      on: { type: "boolean" },
    }),
    document("read-code", { code: { type: "string", pattern: "^[0-9]{8}$" } }),
    document("read-plate", { plate: { type: "string", pattern: "^[A-Z]+$", examples: ["ABC", "XYZ"] } }),
    document("watch-film", { film: { type: "string", contentEncoding: "base64", media: "video" } }),
  ]);
  const made = (name: string) => madeQuestion(tasks.named(name), ["first"]);
  const message = { role: "user", content: "a photo of a cat" };
  expect(made("classify-text")).toEqual({ messages: [message, message], level: 3, on: true });
  expect(made("read-plate")).toEqual({ plate: "ABC" });
  expect([made("read-code"), made("watch-film")]).toEqual([undefined, undefined]);
});
