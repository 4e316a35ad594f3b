import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadPetClassifierModel } from "@menagerie/plugin-pet-classifier";
import { loadVehicleClassifierModel } from "@menagerie/plugin-vehicle-classifier";
import { loadViolenceModel } from "@menagerie/plugin-violence";
import { loadWeatherModel } from "@menagerie/plugin-weather";
import { type OnnxNode, writeOnnx } from "@menagerie/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { drawAnnotations } from "../draw/draw-annotations.ts";

const loaders = {
  "pet-classifier": loadPetClassifierModel,
  "vehicle-classifier": loadVehicleClassifierModel,
  violence: loadViolenceModel,
  weather: loadWeatherModel,
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-ends-"));
});
afterEach(() => rm(folder, { recursive: true }));

const metadata = {
  task: "classify",
  names: "{0: 'car', 1: 'bus', 2: 'truck'}",
  imgsz: "[224, 224]",
  stride: "1",
};

/** The mean of each channel times a matrix, and `last` of it: what ultralytics exports, in small. */
async function write(last: readonly OnnxNode[]): Promise<void> {
  const weights = [2, -2, 0, -1, 3, 0, 0, 0, 1];
  const bytes = (values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
  await writeOnnx(join(folder, "best.onnx"), {
    inputs: [{ name: "images", type: "float32", shape: [1, 3, 224, 224] }],
    outputs: [{ name: "output0", type: "float32", shape: [1, 3] }],
    initializers: [
      { name: "w", type: "float32", shape: [3, 3], data: bytes(weights) },
      { name: "b", type: "float32", shape: [3], data: bytes([0, 0, 0]) },
    ],
    nodes: [
      { op: "ReduceMean", inputs: ["images"], outputs: ["mean"], attributes: { axes: [2, 3], keepdims: 0 } },
      { op: "Gemm", inputs: ["mean", "w", "b"], outputs: [last.length === 0 ? "output0" : "scores"] },
      ...last,
    ],
    metadata,
  });
}
const ending = (op: string, attributes = {}): OnnxNode => ({
  op,
  inputs: ["scores"],
  outputs: ["output0"],
  attributes,
});

/** 300 x 300 pixels of the colour (230, 40, 40). */
const red = (): Promise<Uint8Array> => {
  const data = Uint8Array.from({ length: 3 * 300 * 300 }, (_, i) => (i % 3 === 0 ? 230 : 40));
  return drawAnnotations({ data, width: 300, height: 300 }, [], { format: "png" });
};

describe.each(Object.entries(loaders))("%s", (_name, load) => {
  // By onnxruntime 1.32 in Python on the same graph, levels from 0 to 1.
  test.each([
    ["Softmax", [ending("Softmax", { axis: 1 })], "none", { car: 0.783612, bus: 0.039796, truck: 0.176592 }],
    ["Sigmoid", [ending("Sigmoid")], "none", { car: 0.838476, bus: 0.208628, truck: 0.539135 }],
    ["logits", [], "softmax", { car: 0.783612, bus: 0.039796, truck: 0.176592 }],
  ] as const)("answers of a graph that ends in %s as the graph does", async (_, last, activation, scores) => {
    await write(last);
    await using model = await load(folder);
    expect(model.spec).toMatchObject({ parameters: { activation }, labels: ["car", "bus", "truck"] });
    const { labels } = await model.classifyImage(await red());
    expect(labels).toHaveLength(3);
    for (const { label, score } of labels) expect(score).toBeCloseTo(scores[label as keyof typeof scores], 5);
    expect(labels[0]?.label).toBe("car");
  });

  test("refuses a graph that ends in LogSoftmax by that name", async () => {
    await write([ending("LogSoftmax", { axis: 1 })]);
    await expect(load(folder)).rejects.toMatchObject({
      code: "checkpoint_invalid",
      message: expect.stringMatching(/best\.onnx, key "output0": is what LogSoftmax gives/),
    });
  });
});

test("a graph whose softmax goes over the pictures, or is not understood, is refused until its activation is named", async () => {
  await write([ending("Softmax", { axis: 0 })]);
  await expect(loadWeatherModel(folder)).rejects.toMatchObject({
    code: "checkpoint_invalid",
    message: expect.stringMatching(
      /key "output0": is what Softmax over the pictures \(axis 0\) gives, .* over the labels \(axis 1\)/,
    ),
  });
  await write([
    { ...ending("Softmax", { axis: 1 }), outputs: ["s"] },
    { op: "Neg", inputs: ["s"], outputs: ["output0"] },
  ]);
  await expect(loadWeatherModel(folder)).rejects.toMatchObject({
    message: expect.stringMatching(/is what Neg gives, of which it cannot be told/),
  });
});

test("names of classes.txt may stand beside those of the graph where they are the same, and else are refused", async () => {
  await write([ending("Softmax", { axis: 1 })]);
  await writeFile(join(folder, "classes.txt"), "car\nbus\ntruck\n");
  await using model = await loadWeatherModel(folder);
  expect(model.spec.labels).toEqual(["car", "bus", "truck"]);
  await writeFile(join(folder, "classes.txt"), "bus\ncar\ntruck\n");
  await expect(loadWeatherModel(folder)).rejects.toMatchObject({
    message: expect.stringMatching(
      /key "names": has 3 names of which number 0 is "car"; classes\.txt has 3 with "bus"/,
    ),
  });
});

test("a processor's file in the folder is read before what the graph says", async () => {
  await write([ending("Softmax", { axis: 1 })]);
  const processor = { image_processor_type: "ViTImageProcessor", size: 224, image_mean: [0.5, 0.5, 0.5] };
  await writeFile(join(folder, "preprocessor_config.json"), JSON.stringify(processor));
  await using model = await loadWeatherModel(folder);
  expect(model.spec.preprocessing.image).toMatchObject({ arithmetic: "torchvision", mean: [0.5, 0.5, 0.5] });
});

test("a distribution times a matrix is refused until the functional form is told what it is, as zoo adopt is", async () => {
  await write([
    { ...ending("Softmax", { axis: 1 }), outputs: ["s"] },
    { op: "MatMul", inputs: ["s", "w"], outputs: ["output0"] },
  ]);
  await expect(loadWeatherModel(folder)).rejects.toMatchObject({
    code: "checkpoint_invalid",
    message: expect.stringMatching(
      /is what MatMul of Softmax's scores gives, .*--activation softmax, sigmoid, or none/,
    ),
  });
  await using model = await loadWeatherModel(folder, { activation: "softmax", labels: ["a", "b", "c"] });
  expect(model.spec).toMatchObject({ parameters: { activation: "softmax" }, labels: ["a", "b", "c"] });
  const { labels } = await model.classifyImage(await red());
  expect(labels.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 6);
});
