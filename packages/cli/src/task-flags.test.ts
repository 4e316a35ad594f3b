import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TaskRegistry } from "@menagerie/core";
import { Command } from "commander";
import { expect, test } from "vitest";
import { TaskFlags } from "./task-flags.ts";

const tasks = new TaskRegistry();
const flags = new TaskFlags(tasks);

function flagsOf(...args: string[]): Record<string, unknown> {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  flags.addTo(command);
  command.parse(args, { from: "user" });
  return command.opts();
}

const taskInput = (task: string, given: Record<string, unknown>): Promise<unknown> =>
  flags.input(tasks.named(task), given);
const foreignFlags = (task: string, given: Record<string, unknown>): string[] =>
  flags.foreign(tasks.named(task), given);

test("what is on unless said otherwise is switched off by its name with no-, and is nobody's flag where it is not given", async () => {
  expect(flagsOf()).toEqual({});
  expect(await taskInput("transcribe-audio", flagsOf("--no-timestamps", "--language", "en", "--translate"))).toEqual({
    timestamps: false,
    language: "en",
    translate: true,
  });
  expect(await taskInput("transcribe-audio", flagsOf("--timestamps"))).toEqual({ timestamps: true });
  expect(await taskInput("transcribe-audio", flagsOf("--no-translate"))).toEqual({ translate: false });
  expect(foreignFlags("score-image", flagsOf("--no-timestamps"))).toEqual(["timestamps"]);
  expect(foreignFlags("score-image", flagsOf())).toEqual([]);
});

test("several numbers stand with commas between them, and what is none is refused", async () => {
  const given = flagsOf(
    "--temperature",
    "0,0.2,1",
    "--logprob-threshold",
    "-1.5",
    "--no-speech-threshold",
    "0.6",
    "--clip-timestamps",
    "1",
    "--clip-timestamps",
    "2.5",
  );
  expect(await taskInput("transcribe-audio", given)).toEqual({
    temperature: [0, 0.2, 1],
    logprob_threshold: -1.5,
    no_speech_threshold: 0.6,
    clip_timestamps: [1, 2.5],
  });
  for (const wrong of ["0,a", ",", "0;1"]) {
    expect(() => flagsOf("--temperature", wrong), wrong).toThrow(/umber/);
  }
});

test("boxes are four numbers each, with ; between them or the flag given again", async () => {
  expect(await taskInput("estimate-pose", flagsOf("--boxes", "1,2,3,4.5; -5,0,6,7", "--boxes", "0,0,1,1"))).toEqual({
    boxes: [
      [1, 2, 3, 4.5],
      [-5, 0, 6, 7],
      [0, 0, 1, 1],
    ],
  });
  for (const wrong of ["1,2,3", "1,2,3,x", "1,,2,3", ""]) {
    expect(() => flagsOf("--boxes", wrong), wrong).toThrow("A box must be four numbers");
  }
});

const chatty = {
  name: "classify-text",
  summary: "What a talk is about",
  input: {
    type: "object",
    properties: {
      messages: {
        type: "array",
        minItems: 1,
        items: {
          type: "object",
          properties: {
            role: { enum: ["user", "assistant"] },
            content: { type: "string" },
            image: { type: "string", contentEncoding: "base64", media: "image" },
          },
          required: ["role", "content"],
          additionalProperties: false,
        },
      },
      settings: { type: "object", additionalProperties: { type: "number" } },
      seed: { anyOf: [{ type: "integer" }, { type: "string" }] },
      level: { enum: [1, 2, 3] },
      format: { type: "string" },
      labels: { type: "boolean" },
      "odd name": { type: "string" },
    },
    required: ["messages"],
    additionalProperties: false,
  },
  output: {
    type: "object",
    properties: { label: { type: "string" } },
    required: ["label"],
    additionalProperties: false,
  },
};

test("fields of any shape are JSON or a file of it, and a name that is taken is a flag of another name", async () => {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-flags-"));
  const talk = [{ role: "user", content: "hello", image: "@cat.png" }];
  await writeFile(join(folder, "chat.json"), JSON.stringify(talk));
  await writeFile(join(folder, "cat.png"), Uint8Array.of(1, 2));
  await writeFile(join(folder, "dog.png"), Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0));
  const task = new TaskRegistry([chatty]).named("classify-text");
  const own = new TaskFlags(new TaskRegistry([chatty]), new Set(["format"]));
  const input = async (...args: string[]): Promise<unknown> => {
    const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
    own.addTo(command);
    command.parse(args, { from: "user" });
    return own.input(task, command.opts());
  };
  const image = Uint8Array.of(1, 2);
  expect(await input("--messages", `@${folder}/chat.json`)).toEqual({
    messages: [{ role: "user", content: "hello", image }],
  });
  const one = '{"role":"user","content":"a","image":"AQI="}';
  expect(await input("--messages", one, "--messages", '{"role":"assistant","content":"b"}')).toEqual({
    messages: [
      { role: "user", content: "a", image },
      { role: "assistant", content: "b" },
    ],
  });
  expect(await input("--settings", '{"a":1}', "--seed", '"x"', "--level", "2", "--input-format", "f")).toEqual({
    settings: { a: 1 },
    seed: "x",
    level: 2,
    format: "f",
  });
  // A yes here and a list of texts in other tasks.
  expect(await input("--labels")).toEqual({ labels: true });
  expect(await input("--labels", "false")).toEqual({ labels: false });
  await expect(input("--messages", "hello")).rejects.toThrow(
    "option '--messages' argument 'hello' is invalid. It must be JSON",
  );
  await expect(input("--settings", `${"[".repeat(5_000)}${"]".repeat(5_000)}`)).rejects.toMatchObject({
    code: "input_invalid",
    message: expect.stringContaining("nested more than 500 levels"),
  });
  await expect(input("--messages", "gone.json")).rejects.toThrow("There is no file gone.json, and it is no JSON");
  await expect(input("--messages", `${folder}/chat.json`)).rejects.toThrow(
    `A file of JSON is named after @: @${folder}`,
  );
  await expect(input("--messages", `@${folder}/dog.png`)).rejects.toThrow(/dog\.png holds bytes that are no text\.$/);
  await expect(input("--level", "4")).rejects.toThrow("Allowed choices are 1, 2, 3.");
  await expect(input("--messages", "@gone.json")).rejects.toMatchObject({ code: "input_invalid" });
  await rm(folder, { recursive: true });
});

test("fields of any name are flags that nothing fills unasked, or no flags, and never end the command", async () => {
  const text = { type: "string" };
  const properties = { top_1: text, aB: text, c__d: text, b_: text, taken_flag: text };
  const task = (name: string, own: object) => ({
    name,
    summary: "It",
    input: { type: "object", properties: own },
    output: { type: "object" },
  });
  const registry = new TaskRegistry([task("name-fields", properties), task("name-others", { a_b: text })]);
  const own = new TaskFlags(registry, new Set(["takenFlag"]));
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  own.addTo(command);
  command.parse(["--top-1", "x", "--a-b", "y", "--input-taken-flag", "z"], { from: "user" });
  const given = command.opts();
  expect(await own.input(registry.named("name-fields"), given)).toEqual({ top_1: "x", aB: "y", taken_flag: "z" });
  expect(own.foreign(registry.named("name-others"), given)).toEqual(["top-1", "input-taken-flag"]);
  expect(await own.input(registry.named("name-others"), Object.create({ aB: ["inherited"] }))).toEqual({});
});

test("the field that plain arguments fill has its flag, whose values are such arguments", () => {
  const own = new TaskFlags(tasks);
  const plain = (task: string, ...args: string[]) => own.plain(tasks.named(task), flagsOf(...args));
  expect(plain("score-image", "--image", "a.png")).toEqual(["a.png"]);
  expect(plain("match-image", "--images", "a.png,b.png", "--images", "c.png")).toEqual(["a.png", "b.png", "c.png"]);
  expect(plain("score-image")).toEqual([]);
  expect(foreignFlags("embed-text", flagsOf("--image", "a.png"))).toEqual(["image"]);
});

test("help about one model tells of the flags of its tasks alone", () => {
  const helpOf = (helped?: readonly string[]): string => {
    const command = new Command();
    flags.addTo(command, helped);
    return command.helpInformation();
  };
  expect(helpOf(["score-image"])).toContain("--image <");
  expect(helpOf(["score-image"])).not.toMatch(/--(labels|language|no-timestamps)/);
  expect(helpOf(["transcribe-audio"])).toMatch(/--language[\s\S]*--no-timestamps/);
  expect(helpOf()).toMatch(/--labels[\s\S]*--language/);
});
