import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { logTo } from "@menagerie/core";
import { adoptedSpec } from "@menagerie/core/adopt";
import { createZoo, type LocalZoo } from "@menagerie/core/host";
import { removeFolder } from "@menagerie/core/loader";
import { type OnnxNode, writeOnnx } from "@menagerie/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AskedQuestion, askedWords, askModel, noteDoubts } from "./ask-model.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

let folder: string;
let zoo: LocalZoo;
const doubts: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-ask-"));
  const log = noteDoubts(
    logTo(() => {}),
    doubts,
  );
  zoo = await createZoo({ appDir: root, cacheDir: join(folder, "cache"), spec: { runner: "inline" }, log });
});
afterAll(async () => {
  await zoo.close();
  await removeFolder(folder);
});

/** A classifier of a picture's mean colour: logits are weights times the three means, and a bias. */
async function classifier(
  name: string,
  weights: readonly number[],
  bias: readonly number[],
  last: readonly OnnxNode[] = [],
): Promise<string> {
  const dir = join(folder, name);
  await mkdir(dir);
  const floats = (values: readonly number[]) => new Uint8Array(Float32Array.from(values).buffer);
  await writeOnnx(join(dir, "model.onnx"), {
    inputs: [{ name: "pixel_values", type: "float32", shape: ["batch", 3, 8, 8] }],
    outputs: [{ name: "logits", type: "float32", shape: ["batch", 2] }],
    initializers: [
      { name: "weights", type: "float32", shape: [3, 2], data: floats(weights) },
      { name: "bias", type: "float32", shape: [2], data: floats(bias) },
    ],
    nodes: [
      { op: "ReduceMean", inputs: ["pixel_values"], outputs: ["means"], attributes: { axes: [2, 3], keepdims: 0 } },
      { op: "MatMul", inputs: ["means", "weights"], outputs: ["scaled"] },
      { op: "Add", inputs: ["scaled", "bias"], outputs: [last.length === 0 ? "logits" : "biased"] },
      ...last,
    ],
  });
  await writeFile(join(dir, "config.json"), JSON.stringify({ model_type: "resnet", id2label: { 0: "cat", 1: "dog" } }));
  const processor = { image_processor_type: "ViTImageProcessor", size: { height: 8, width: 8 } };
  await writeFile(join(dir, "preprocessor_config.json"), JSON.stringify(processor));
  return dir;
}

async function asked(
  name: string,
  dir: string,
  said: Readonly<Record<string, unknown>> = {},
): Promise<readonly AskedQuestion[]> {
  const like = zoo.find("pet-classifier");
  const adopted = { ...adoptedSpec(await zoo.adopt(dir, "pet-classifier"), like, name), artifacts_root: dir };
  const spec = { ...adopted, parameters: { ...adopted.parameters, ...said } };
  zoo.add(spec, join(dir, "spec.yaml"));
  await zoo.load(name);
  return askModel(zoo, spec, doubts);
}

const colours = [1, 0, 0, 1, 0.5, -0.5];

describe("a model that was loaded is asked once of each task, with inputs made here", () => {
  test("and what was asked is told, with how long each question took", async () => {
    const questions = await asked("sees", await classifier("sees", colours, [0, 0]));
    expect(questions.map(({ task, items }) => [task.name, items])).toEqual([
      ["classify-image", 1],
      ["classify-image", 1],
    ]);
    expect(askedWords(questions)).toEqual([
      expect.stringMatching(/^asked classify-image about made pictures of 320 x 240: \d+ ms, \d+ ms$/),
    ]);
  });

  test("one whose answer does not depend on what it is asked is refused", async () => {
    await expect(asked("blind", await classifier("blind", [0, 0, 0, 0, 0, 0], [0.25, 1]))).rejects.toMatchObject({
      code: "checkpoint_invalid",
      message: expect.stringContaining("blind loads, but answers classify-image alike for two pictures"),
    });
  });

  test("one whose logits turn out to be scores is refused", async () => {
    const last: OnnxNode[] = [{ op: "Softmax", inputs: ["biased"], outputs: ["logits"], attributes: { axis: 1 } }];
    const dir = await classifier("twice", colours, [0, 0], last);
    await expect(asked("twice", dir, { activation: "softmax" })).rejects.toMatchObject({
      code: "checkpoint_invalid",
      message: expect.stringMatching(/^twice loads, but what the spec calls logits are scores .* --activation none/),
    });
    doubts.length = 0;
  });

  test("one that answers with what is no number is refused by name", async () => {
    await expect(asked("broken", await classifier("broken", colours, [Number.NaN, 0]))).rejects.toMatchObject({
      message: expect.stringMatching(/^broken loads, but (cannot be asked|its answer to) classify-image/),
      details: { task: "classify-image" },
    });
  });
});
