import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { CheckpointFolder } from "../adopt/checkpoint-folder.ts";
import { removeFolder } from "../forms/form-files.ts";

let path: string;
beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), "menagerie-stand-in-"));
});
afterAll(() => removeFolder(path));

const pointer =
  "version https://git-lfs.github.com/spec/v1\noid sha256:dc4c724479e49d1da9598969125353113a341bd4fd5a1dbc7d528d3f1545bba9\nsize 605804513\n";

test.each<[string, string, string, RegExp]>([
  [
    "a git-lfs pointer",
    "model.onnx",
    pointer,
    /model\.onnx: is a git-lfs pointer, which promises 605\.8 MB, .*git lfs pull/,
  ],
  [
    "a web page",
    "tokenizer.json",
    "<!DOCTYPE html>\n<html><head><title>openai/clip · Hugging Face</title>",
    /tokenizer\.json: is a web page \("openai\/clip · Hugging Face"\).*\/resolve\//,
  ],
  ["a hub's refusal", "config.json", "Entry not found", /config\.json: is what a server said .*"Entry not found"/],
  ["an empty file", "model.onnx_data", "", /model\.onnx_data: is empty: it has 0 bytes/],
])("%s in the place of a file is told by that name, with what to do", async (_what, file, text, message) => {
  await writeFile(join(path, file), text);
  const folder = new CheckpointFolder(path);
  await expect(folder.artifact("artifact", file)).rejects.toThrow(message);
  await expect(folder.first([file])).rejects.toThrow(message);
  await expect(folder.json(file, z.looseObject({}))).rejects.toMatchObject({ code: "checkpoint_invalid" });
});

const shape = z.object({
  model_type: z.literal("clip").optional(),
  id2label: z.record(z.string().regex(/^\d+$/, "must be a number"), z.string()).optional(),
  size: z.union([z.int().positive(), z.object({ height: z.int() })]).optional(),
});

test.each<[string, unknown, RegExp]>([
  ["a number as a label", { id2label: { 0: "cat", 1: 3 } }, /key "id2label\.1": is the number 3; a text was expected/],
  ["null as a label", { id2label: { 0: null } }, /key "id2label\.0": is null; a text was expected/],
  [
    "a list of labels",
    { id2label: ["cat"] },
    /key "id2label": is a list of 1; an object with keys, \{…\} was expected/,
  ],
  [
    "words as numbers of labels",
    { id2label: { cat: "0" } },
    /key "id2label\.cat": has the key "cat", which must be a number/,
  ],
  ["another family", { model_type: "siglip" }, /key "model_type": is "siglip"; "clip" was expected/],
  ["a size of neither shape", { size: { width: 3 } }, /key "size\.height": is missing|key "size": is an object/],
])("%s in a checkpoint's JSON is told in the reader's words", async (_what, value, message) => {
  await writeFile(join(path, "config.json"), JSON.stringify(value));
  const refused = await new CheckpointFolder(path).json("config.json", shape).catch((error: Error) => error);
  expect((refused as Error).message).toMatch(message);
  expect((refused as Error).message).not.toMatch(/Invalid input|record|expected string/);
});

test.each<[string, string, RegExp]>([
  ["that is cut off", '{"id2label": {"0": "cat"', /is cut off: its JSON has no end after 24 characters/],
  ["with a comma too many", '{\n "size": 3,\n}', /is not JSON: line 3 has "}"/],
  ["that is a script", "version: 3", /is not JSON/],
])("JSON %s is told so", async (_what, text, message) => {
  await writeFile(join(path, "config.json"), text);
  await expect(new CheckpointFolder(path).json("config.json", shape)).rejects.toThrow(message);
});
