import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelSpec, TensorDeclaration } from "@menagerie/core";
import { type AdoptChoices, CheckpointFolder } from "@menagerie/core/adopt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ImagePreprocessing } from "../preprocessing/image-preprocessing.ts";
import {
  adoptImageClassifier,
  type ImageClassifierFamily,
  type ImageClassifierGraph,
} from "./adopt-image-classifier.ts";

type Shape = TensorDeclaration["shape"];

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "menagerie-adopt-"));
  await write("config.json", { model_type: "vit", image_size: 32, id2label: { 0: "a, b", 1: "日本" } });
  await write("preprocessor_config.json", { image_processor_type: "ViTImageProcessor", size: 32 });
});
afterEach(() => rm(path, { recursive: true }));

const write = (file: string, content: object | string): Promise<void> =>
  writeFile(join(path, file), typeof content === "string" ? content : JSON.stringify(content));

const like = { resource_requirements: { vram_mb: 1, ram_mb: 1, max_batch: 16 } } as ModelSpec;
const tensor = (shape: Shape): TensorDeclaration => ({ dtype: "float32", shape });

/** Adopts the folder with a graph of one input and one output. */
function adopt(
  input: readonly [string, Shape] = ["pixel_values", ["batch", 3, "height", "width"]],
  output: readonly [string, Shape] = ["logits", ["batch", 2]],
  family: ImageClassifierFamily = {},
  outputOrigins: ImageClassifierGraph["outputOrigins"] = {},
  choices: AdoptChoices = {},
) {
  const graph = {
    file: "onnx/model.onnx",
    precision: "fp32",
    header: { inputs: { [input[0]]: tensor(input[1]) }, outputs: { [output[0]]: tensor(output[1]) } },
    artifacts: [],
    declaration: { artifact: "model", batch_axis: 0 },
    outputOrigins,
  } as const;
  return adoptImageClassifier(new CheckpointFolder(path, choices), like, graph, family);
}

const squeezed: ImagePreprocessing = {
  arithmetic: "pillow-13",
  convert_rgb: false,
  resize: { width: 224, height: 224 },
  filter: "bilinear",
  crop_rounding: "round",
  rescale_factor: 1 / 255,
};

describe("what a folder leaves open", () => {
  const preprocessing = squeezed;
  const input = ["pixel_values", ["batch", 3, "height", "width"]] as const;
  const output = ["logits", ["batch", 2]] as const;

  test("labels that are named count before those of the folder, and make up for a folder without any", async () => {
    const labels = ["cat", "dog"];
    expect((await adopt(input, output, {}, {}, { labels })).spec.labels).toEqual(labels);
    await rm(join(path, "config.json"));
    const { spec, findings } = await adopt(input, output, {}, {}, { labels });
    expect([spec.labels, findings.at(-1)]).toEqual([labels, "2 labels, softmax: cat, dog (--labels)"]);
    await expect(adopt(input, output, {}, {}, { labels: ["cat"] })).rejects.toThrow(
      /--labels: names 1 label, the graph has 2 logits/,
    );
    await expect(adopt()).rejects.toThrow("name the labels with --labels FILE");
  });

  test("a size that nothing says is told as assumed, unless it is named or the graph has it", async () => {
    await rm(join(path, "preprocessor_config.json"));
    await write("config.json", { model_type: "resnet", id2label: { 0: "a", 1: "b" } });
    const assumed = await adopt(input, output, { preprocessing });
    expect(assumed.assumptions).toEqual([expect.stringMatching(/^pictures are 224 x 224 px, .* name it: --size 256$/)]);
    const named = await adopt(input, output, { preprocessing }, {}, { size: [256, 192] });
    expect(named.spec.preprocessing?.image?.resize).toEqual({ width: 256, height: 192 });
    expect(named.assumptions).toEqual([expect.stringContaining("as in this family's training (bilinear")]);
    const fixed = await adopt(["pixel_values", ["batch", 3, 96, 96]], output, { preprocessing });
    expect(fixed.spec.preprocessing?.image?.resize).toEqual({ width: 96, height: 96 });
    expect(fixed.assumptions).toHaveLength(1);
  });
});

describe("the folder of an image classifier", () => {
  test("has its labels in classes.txt where config.json has none, one a line, however lines end", async () => {
    await rm(join(path, "config.json"));
    await write("classes.txt", "\uFEFFBus, yellow\r\n caminhão \r\n\r\n");
    const { spec, findings } = await adopt();
    expect(spec.labels).toEqual(["Bus, yellow", "caminhão"]);
    expect(findings.at(-1)).toBe("2 labels, softmax: Bus, yellow, caminhão (classes.txt)");
    await rm(join(path, "classes.txt"));
    await expect(adopt()).rejects.toThrow("config.json: is missing (looked for config.json, classes.txt)");
    await write("classes.txt", "a\nb");
    await write("config.json", { model_type: "vit", id2label: { 0: "x", 1: "y" } });
    expect((await adopt()).spec.labels).toEqual(["x", "y"]);
  });

  test("may keep its texts in UTF-16 with a mark, and is refused where they are no UTF-8 at all", async () => {
    await rm(join(path, "config.json"));
    await writeFile(join(path, "classes.txt"), Buffer.from("\uFEFFchat\r\nâne\r\n", "utf16le"));
    expect((await adopt()).spec.labels).toEqual(["chat", "âne"]);
    await writeFile(join(path, "classes.txt"), Buffer.from("chat\nâne\n", "latin1"));
    await expect(adopt()).rejects.toThrow("classes.txt: is not UTF-8 (line 2). Convert it");
    await writeFile(join(path, "config.json"), Buffer.from('{"id2label": {"0": "chat", "1": "âne"}}', "latin1"));
    await expect(adopt()).rejects.toThrow("config.json: is not UTF-8 (line 1)");
  });

  test("that leaves its labels out has those of transformers", async () => {
    await write("config.json", { model_type: "resnet" });
    expect((await adopt()).spec.labels).toEqual(["LABEL_0", "LABEL_1"]);
    await write("config.json", { model_type: "resnet", num_labels: 3 });
    const three = await adopt(undefined, ["logits", ["batch", 3]]);
    expect(three.spec.labels).toEqual(["LABEL_0", "LABEL_1", "LABEL_2"]);
  });

  test.each([
    [["a"], undefined, "sigmoid"],
    [["a", "b"], undefined, "softmax"],
    [["a", "b"], "multi_label_classification", "sigmoid"],
    [["a", "b"], "single_label_classification", "softmax"],
  ])(
    "of the labels %j and the problem %s scores by %s, as transformers' pipeline decides it",
    async (labels, problem, activation) => {
      await write("config.json", { id2label: { ...labels }, problem_type: problem });
      const { spec } = await adopt(undefined, ["logits", ["batch", labels.length]]);
      expect(spec.parameters).toEqual({ activation });
    },
  );

  test.each([
    ["Softmax", "distribution", { activation: "none", sums_to_one: true }],
    ["Softmax", "scores", { activation: "none" }],
    ["Sigmoid", "scores", { activation: "none" }],
  ] as const)(
    "whose graph ends in %s and gives a %s is scored as the graph scores it, whatever the problem",
    async (last, gives, parameters) => {
      await write("config.json", { id2label: { 0: "a", 1: "b" }, problem_type: "multi_label_classification" });
      const { spec, findings } = await adopt(
        undefined,
        ["predictions", ["batch", 2]],
        {},
        { predictions: { operator: last, gives } },
      );
      expect(spec.parameters).toEqual(parameters);
      expect(findings.at(-1)).toBe(`2 labels, scores as the graph's ${last} gives them: a, b (config.json)`);
    },
  );

  test.each(["Tanh", "ArgMax", "HardSwish"])("whose graph ends in %s is refused by that name", async (last) => {
    await expect(adopt(undefined, undefined, {}, { logits: { operator: last, gives: "unknown" } })).rejects.toThrow(
      new RegExp(`onnx/model.onnx, key "logits": is what ${last} gives, which is neither`),
    );
  });

  // Ends of graphs by flags of the person: what is adopted, or why it is refused.
  test.each([
    ["Gemm", "logits", { softmax: "softmax", sigmoid: "sigmoid", none: "none" }],
    ["Softmax", "distribution", { softmax: "scores already", sigmoid: "scores already", none: "none" }],
    ["Sigmoid", "scores", { softmax: "scores already", sigmoid: "scores already", none: "none" }],
    ["HardSigmoid", "scores", { softmax: "scores already", sigmoid: "scores already", none: "none" }],
    ["LogSoftmax", "unknown", { softmax: "softmax", sigmoid: "the logarithms", none: "the logarithms" }],
    ["Tanh", "unknown", { softmax: "softmax", sigmoid: "sigmoid", none: "none" }],
    ["ArgMax", "unknown", { softmax: "neither logits", sigmoid: "neither logits", none: "neither logits" }],
    [
      "Softmax over the pictures (axis 0)",
      "unknown",
      { softmax: "scores already", sigmoid: "scores already", none: "none" },
    ],
  ] as const)(
    "that ends in %s (%s) never has its scores made twice, whatever --activation says",
    async (operator, gives, outcomes) => {
      for (const [activation, outcome] of Object.entries(outcomes)) {
        const choices = { activation: activation as keyof typeof outcomes };
        const adopted = adopt(undefined, undefined, {}, { logits: { operator, gives } }, choices);
        if (["softmax", "sigmoid", "none"].includes(outcome))
          expect((await adopted).spec.parameters).toEqual({ activation: outcome });
        else await expect(adopted).rejects.toThrow(new RegExp(`key "logits": is what \\w.* gives, .*${outcome}`));
      }
    },
  );

  test("that ends in LogSoftmax is refused with the activation that makes scores of it", async () => {
    await expect(
      adopt(undefined, undefined, {}, { logits: { operator: "LogSoftmax", gives: "unknown" } }),
    ).rejects.toThrow(/is what LogSoftmax gives, the logarithms of scores. Name --activation softmax/);
  });

  test("whose graph's end is not understood is refused, until the person says what makes scores of it", async () => {
    const origins = { logits: { operator: "CumSum", gives: "unknown" } } as const;
    await expect(adopt(undefined, undefined, {}, origins)).rejects.toThrow(
      /"logits": is what CumSum gives, of which it cannot be told .* --activation softmax, sigmoid, or none/,
    );
    for (const activation of ["softmax", "sigmoid", "none"] as const) {
      const { spec } = await adopt(undefined, undefined, {}, origins, { activation });
      expect(spec.parameters).toEqual({ activation });
    }
  });

  test("without a processor's file is prepared as its family was trained, at the size that the graph takes", async () => {
    await rm(join(path, "preprocessor_config.json"));
    await write("config.json", { id2label: { 0: "a", 1: "b" } });
    const family = { preprocessing: squeezed };
    const free = await adopt(undefined, undefined, family);
    expect(free.spec.preprocessing?.image).toEqual(squeezed);
    const { spec, findings } = await adopt(["input", ["batch", 3, 160, 96]], ["output", ["batch", 2]], family);
    expect(spec.preprocessing?.image?.resize).toEqual({ width: 96, height: 160 });
    expect(spec.input_schema?.model).toHaveProperty("input");
    expect(findings[0]).toContain("96 x 160 px");
    await expect(adopt()).rejects.toMatchObject({ code: "checkpoint_invalid" });
  });

  test("with a graph of so many pictures at once is asked in batches of that size", async () => {
    const { spec, findings } = await adopt(["x", [4, 3, 32, 32]], ["573", [4, 2]]);
    expect(spec.resource_requirements?.max_batch).toBe(4);
    expect(spec.graphs?.model).not.toHaveProperty("batch_axis");
    expect(spec.input_schema?.model?.x?.shape).toEqual([4, 3, 32, 32]);
    expect(findings).toContain("the graph takes 4 pictures at once; fewer are filled up");
  });

  test.each<[string, Parameters<typeof adopt>, object, RegExp]>([
    ["a model of other places", [], { image_size: 48 }, /config\.json, key "image_size": is 48 x 48, but .* 32 x 32/],
    ["a regression", [], { problem_type: "regression" }, /key "problem_type": is regression/],
    ["an unknown problem", [], { problem_type: "ranking" }, /config\.json, key "problem_type"/],
    ["logits of each pixel", [undefined, ["logits", ["b", 2, 8, 8]]], {}, /key "logits": is \[batch, 2, 8, 8\]/],
    ["probabilities", [undefined, ["probs", ["b", 2]]], {}, /key "logits": .* among its outputs: probs/],
    ["another input", [["input_values", ["b", 16_000]]], {}, /key "pixel_values": .* among its inputs: input_values/],
    ["a grey input", [["input", ["b", 1, 32, 32]]], {}, /key "input": is float32 \[b, 1, 32, 32\]/],
    ["another size", [["input", ["b", 3, 40, 40]]], {}, /key "size": pictures come out as 32 x 32/],
    ["another count", [undefined, ["output", ["b", 5]]], {}, /key "id2label": names 2 labels, the graph has 5/],
  ])("with %s is refused by file and key", async (_, graph, changes, message) => {
    await write("config.json", { model_type: "vit", id2label: { 0: "a", 1: "b" }, ...changes });
    await expect(adopt(...graph)).rejects.toMatchObject({
      code: "checkpoint_invalid",
      message: expect.stringMatching(message),
    });
  });
});

describe("a graph whose exporter named its tensors after its operators", () => {
  const pixels = ["serving_default_input_1", ["batch", 3, 32, 32]] as const;
  const logits = (name: string) => ({ [name]: { operator: "Mul", gives: "logits" } }) as const;

  test("is a classifier where its only output has one number for each label", async () => {
    const { spec } = await adopt(pixels, ["mul_3", ["batch", 2]], {}, logits("mul_3"));
    expect([Object.keys(spec.input_schema?.model ?? {}), Object.keys(spec.output_schema?.model ?? {})]).toEqual([
      ["serving_default_input_1"],
      ["mul_3"],
    ]);
    for (const shape of [
      ["batch", 7],
      ["batch", 2, 2],
      ["batch", "axis_1"],
    ])
      await expect(adopt(pixels, ["mul_3", shape], {}, logits("mul_3"))).rejects.toThrow(
        /key "logits": .*outputs: mul_3/,
      );
  });

  test("and fixed one size of pictures is refused where the processor makes many", async () => {
    await write("preprocessor_config.json", {
      image_processor_type: "DPTImageProcessor",
      size: 28,
      keep_aspect_ratio: true,
    });
    await expect(adopt(["input_1", ["batch", 3, 28, 28]])).rejects.toThrow(
      /key "input_1": takes pictures of 28 x 28 alone, and they come out in many sizes.*Export it with free sides/,
    );
  });

  test("and takes its colours last is refused with the way to export it", async () => {
    await expect(adopt(["input_1", ["batch", 32, 32, 3]])).rejects.toThrow(
      /key "input_1": .*its colours come last, as TensorFlow and Keras have them.*tf2onnx with --inputs-as-nchw input_1/,
    );
  });

  test("and ends in Softmax's scores times a matrix is refused with the flag that says what they are", async () => {
    const origin = { mul_3: { operator: "MatMul of Softmax's scores", gives: "unknown" } } as const;
    await expect(adopt(pixels, ["logits", ["batch", 2]], {}, { logits: origin.mul_3 })).rejects.toThrow(
      /"logits": is what MatMul of Softmax's scores gives, of which it cannot be told.*--activation softmax, sigmoid, or none/,
    );
  });
});
