import { expect, test } from "vitest";
import { z } from "zod";
import type { CallOf } from "../loader/call-of.ts";
import { type TaskMethods, taskMethod } from "../loader/model-loader-base.ts";
import { defineTask, taskValue } from "../tasks/task.ts";
import { taskDocument } from "../tasks/task-document.ts";
import { createZoo } from "./create-zoo.ts";
import { scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";

const classifyText = defineTask({
  name: "classify-text",
  summary: "What a talk is about",
  input: z.strictObject({
    messages: z
      .array(z.strictObject({ role: z.enum(["user", "assistant"]), content: z.string() }))
      .min(1)
      .meta({ positional: true }),
    top_k: z.int().positive().default(3),
  }),
  output: z.strictObject({ label: z.string(), top_k: z.number() }),
  part: z.strictObject({ text: z.string() }),
});
const messages = [{ role: "user" as const, content: "hello" }];

/** A plugin with that task, and a loader with these methods. */
function plugin(
  name: string,
  model: string,
  tasks: string,
  document: object = taskDocument(classifyText),
): Record<string, string> {
  const files = scriptedPlugin(name, model, `tasks = { ${tasks} }; async open() { return {}; }`, {
    tasks: ["classify-text"],
  });
  const json = { ...JSON.parse(files["package.json"] ?? ""), menagerie: { contract: 1, tasks: "./tasks" } };
  return { ...files, "package.json": JSON.stringify(json), "tasks/classify-text.json": JSON.stringify(document) };
}

const answering = `"classify-text": async (opened, input, { onPart }) => {
  await onPart?.({ text: "heard" });
  return { label: input.messages[0].content, top_k: input.top_k };
}`;

test("a plugin's own task is answered in a runner of its own, in parts, typed by its value", async () => {
  await using app = await TemporaryApplication.create({ chat: plugin("chat", "talk", answering) });
  await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache` });
  expect(zoo.problems).toEqual([]);
  const parts: string[] = [];
  const { output } = await zoo.run("talk", classifyText, { messages }, { onPart: ({ text }) => parts.push(text) });
  expect([output.label, output.top_k, parts]).toEqual(["hello", 3, ["heard"]]);
  const untyped = taskValue<{ messages: unknown }, { label: string }>("classify-text");
  const wrong = zoo.run("talk", untyped, { messages: [{ role: "robot", content: "x" }] });
  await expect(wrong).rejects.toThrow('"messages.0.role": must be one of "user", "assistant", not "robot"');
});

test("an answer of another shape than the document has is the loader's fault, told in plain words", async () => {
  const lying = `"classify-text": () => ({ label: 5, top_k: 1 })`;
  await using app = await TemporaryApplication.create({ chat: plugin("chat", "talk", lying) });
  await using zoo = await createZoo({ appDir: app.dir, spec: { runner: "inline" } });
  await expect(zoo.run("talk", classifyText, { messages })).rejects.toMatchObject({
    code: "internal",
    message: expect.stringContaining('"label": must be a text, not 5'),
  });
});

test("a spec that names no task, or one that two plugins claim, is a problem, and the others are served", async () => {
  const other = { ...taskDocument(classifyText), summary: "Something else" };
  const misspelt = scriptedPlugin("misspelt", "odd", answering, { tasks: ["clasify-image"] });
  await using app = await TemporaryApplication.create({
    "chat-a": plugin("chat-a", "a", answering),
    "chat-b": plugin("chat-b", "b", answering, other),
    misspelt,
    plain: scriptedPlugin("plain", "fine", `tasks = { "score-image": () => ({}) }; async open() {}`),
  });
  await using zoo = await createZoo({ appDir: app.dir, spec: { runner: "inline" } });
  expect(zoo.models.map((spec) => spec.model_name)).toEqual(["fine"]);
  const told = zoo.problems.map(({ message }) => message).join("\n");
  expect(told).toContain('Two different tasks are called "classify-text"');
  expect(told).toContain('"tasks.0" is "clasify-image": there is no such task. Did you mean "classify-image"?');
});

test("a document that cannot be read is a problem that names the file, and so is a folder that is not there", async () => {
  const broken = { ...plugin("chat", "talk", answering), "tasks/classify-text.json": "name: [" };
  const { "tasks/classify-text.json": _, ...gone } = plugin("gone", "silent", answering);
  await using app = await TemporaryApplication.create({ chat: broken, gone });
  await using zoo = await createZoo({ appDir: app.dir, spec: { runner: "inline" } });
  const told = zoo.problems.map(({ code, message }) => `${code}: ${message}`).join("\n");
  expect(told).toMatch(/plugin_invalid: .*chat\/tasks\/classify-text\.json is not valid YAML: .*\w\.$/m);
  expect(told).toMatch(/plugin_invalid: gone says that its tasks are in .*gone\/tasks, which cannot be read/);
  expect(told).not.toContain("there is no such task");
});

test("a model whose task cannot be read is refused with what is wrong with the task, not with its own file", async () => {
  const wrong = plugin("chat", "talk", answering, { ...taskDocument(classifyText), sumary: "What" });
  const broken = { ...plugin("garbled", "quiet", answering), "tasks/classify-text.json": "][" };
  const { "tasks/classify-text.json": _, ...gone } = plugin("gone", "silent", answering);
  await using app = await TemporaryApplication.create({ chat: wrong, garbled: broken, gone });
  await using zoo = await createZoo({ appDir: app.dir, spec: { runner: "inline" } });
  for (const [model, words] of [
    ["talk", /^talk answers classify-text, which cannot be read: .*unknown key "sumary" \(did you mean "summary"\?\)/],
    ["quiet", /^quiet answers classify-text, which cannot be read: .*classify-text\.json/],
    ["silent", /^silent answers classify-text, which cannot be read: /],
  ] as const)
    await expect(zoo.run(model, classifyText, { messages })).rejects.toMatchObject({
      code: "plugin_invalid",
      message: expect.stringMatching(words),
      model,
    });
  expect(() => zoo.tasks.named("classify-text")).toThrow('unknown key "sumary"');
});

test("a task file without a readable name is reported for its own plugin's models only", async () => {
  const broken = { ...plugin("chat", "talk", answering), "tasks/classify-text.json": "][" };
  const other = scriptedPlugin("other", "odd", answering, { tasks: ["clasify-image"] });
  await using app = await TemporaryApplication.create({ chat: broken, other });
  await using zoo = await createZoo({ appDir: app.dir, spec: { runner: "inline" } });
  const told = zoo.problems.map(({ message }) => message).join("\n");
  expect(told).toContain("talk answers classify-text, and a task of chat cannot be read: ");
  expect(told).toContain('"tasks.0" is "clasify-image": there is no such task. Did you mean "classify-image"?');
});

test("a model that is not there is told with why, before any name that is near", async () => {
  const files = scriptedPlugin("judges", "judge-2", answering);
  const engine = { tasks: ["score-image"], engine: "onnx" };
  const second = scriptedPlugin("judges", "wax-1", answering, engine);
  const third = scriptedPlugin("judges", "wax-2", answering, engine);
  await using app = await TemporaryApplication.create({
    judges: { ...second, ...third, ...files, "models/judge.yaml": "model_name: [a" },
  });
  await using zoo = await createZoo({ appDir: app.dir, spec: { runner: "inline", aliases: { champion: "judge-2" } } });
  expect(() => zoo.find("judge")).toThrow(/models\/judge\.yaml is not valid YAML/);
  for (const model of ["wax-1", "wax-2"]) expect(() => zoo.find(model)).toThrow(/has engine "onnx"/);
  for (const [asked, near] of [
    ["judge-3", "judge-2"],
    ["champoin", "champion"],
    ["image_qualty", "image_quality"],
  ] as const)
    expect(() => zoo.find(asked)).toThrow(new RegExp(`Did you mean "${near}"\\? 3 plugins or specs could not be read`));
});

test("a spec that stands alone may name a plugin on no list, whose tasks come with it", async () => {
  await using app = await TemporaryApplication.create({});
  for (const [file, text] of Object.entries(plugin("chat", "talk", answering)))
    await app.write(`node_modules/chat/${file}`, text);
  await app.write("mine.yaml", `plugin: chat\n${plugin("chat", "mine", answering)["models/mine.yaml"]}`);
  const specFile = await app.write("zoo.yaml", "runner: inline\nmodels: [{ model: mine, spec: ./mine.yaml }]\n");
  await using zoo = await createZoo({ appDir: app.dir, specFile });
  expect(zoo.problems).toEqual([]);
  expect((await zoo.run("mine", classifyText, { messages })).output.label).toBe("hello");
});

test("the same task of two plugins is one", async () => {
  await using app = await TemporaryApplication.create({
    "chat-a": plugin("chat-a", "a", answering),
    "chat-b": plugin("chat-b", "b", answering),
  });
  await using zoo = await createZoo({ appDir: app.dir, spec: { runner: "inline" } });
  expect([zoo.problems, zoo.models.length]).toEqual([[], 2]);
});

test("a lease asks about many inputs in order, and a wrong one spoils no other", async () => {
  await using app = await TemporaryApplication.create({ chat: plugin("chat", "talk", answering) });
  await using zoo = await createZoo({ appDir: app.dir, spec: { runner: "inline" } });
  await using lease = await zoo.get("talk");
  const inputs = ["a", "", "c"].map((content) => ({
    messages: content === "" ? [] : [{ role: "user" as const, content }],
  }));
  const found = await Array.fromAsync(
    lease.map(classifyText, inputs),
    ({ answer, error }) => answer?.output.label ?? error?.code,
  );
  expect(found).toEqual(["a", "input_invalid", "c"]);
  await expect(Array.fromAsync(zoo.map("talk", "score-image", []))).rejects.toMatchObject({ code: "task_unsupported" });
  const misspelt = zoo.map("talk", classifyText, inputs, { concurency: 2 } as never);
  await expect(Array.fromAsync(misspelt)).rejects.toThrow('Did you mean "concurrency"?');
  await expect(Array.fromAsync(zoo.map("nobody", classifyText, inputs))).rejects.toMatchObject({
    code: "model_not_found",
  });
});

test("a loader's methods are typed by the task's value", () => {
  interface Opened {
    readonly words: readonly string[];
  }
  const tasks: TaskMethods<Opened> = {
    [classifyText.name]: taskMethod(classifyText, async ({ words }: Opened, { messages: said, top_k }, { onPart }) => {
      await onPart?.({ text: "a part" });
      return { label: words[said.length] ?? "", top_k: top_k ?? 1 };
    }),
    "score-image": (_opened, { image }) => ({ score: image.length, best: 0, worst: 1 }),
  };
  const call: CallOf<unknown> = { signal: new AbortController().signal };
  expect(tasks["score-image"]?.({ words: [] }, { image: Uint8Array.of(1) }, call)).toEqual({
    score: 1,
    best: 0,
    worst: 1,
  });
});

test("a plugin that cannot be imported is told with the file, and the line where Node says it", async () => {
  const broken = (model: string, code: string) => ({ ...scriptedPlugin(model, model, answering), "index.js": code });
  await using app = await TemporaryApplication.create({
    thrown: broken("thrown", "const a = 1;\n\nnull.foo;\n"),
    misspelt: broken("misspelt", "const a = 1;\nclas Judge {}\n"),
    deeper: { ...broken("deeper", 'import "./b.cjs";\n'), "b.cjs": "\nclas Judge {}\n" },
    unmade: broken("unmade", 'import { definePlugin } from "@menagerie/core/loader";\ndefinePlugin({ model: [] });\n'),
  });
  await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache` });
  for (const [model, words] of [
    ["thrown", /^thrown cannot be imported: Cannot read properties of null .* \(.*\/thrown\/index\.js:3\)$/],
    ["misspelt", /^misspelt cannot be imported: Unexpected identifier 'Judge' \(.*\/misspelt\/index\.js.*\)$/],
    ["deeper", /^deeper cannot be imported: Unexpected identifier 'Judge' \(.*\/deeper\/b\.cjs:2\)$/],
    ["unmade", /^unmade cannot be imported: definePlugin has no option "model".* \(.*\/unmade\/index\.js\)$/],
  ] as const)
    await expect(zoo.load(model)).rejects.toMatchObject({
      code: "plugin_invalid",
      message: expect.stringMatching(words),
    });
});
