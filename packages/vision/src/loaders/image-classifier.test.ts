import { logTo, type ModelSpec, type Tensor, type TensorDeclaration, toFloat16 } from "@menagerie/core";
import type { Graph, LoadContext, NamedTensors } from "@menagerie/core/loader";
import { describe, expect, test } from "vitest";
import { seededPicture } from "../../fixtures/resample-cases.ts";
import { drawAnnotations } from "../draw/draw-annotations.ts";
import { ImageClassifier } from "./image-classifier.ts";

/** A graph that answers each batch with the same rows, and remembers what it was fed. */
class Answering implements Graph {
  readonly name = "model";
  readonly metadata = {};
  readonly inputs: Record<string, TensorDeclaration>;
  readonly outputs: Record<string, TensorDeclaration>;
  readonly fed: Tensor[] = [];
  readonly #row: readonly number[];
  readonly #dtype: "float32" | "float16";

  constructor(row: readonly number[], dtype: "float32" | "float16" = "float32", output = "logits") {
    this.#row = row;
    this.#dtype = dtype;
    this.inputs = { pixel_values: { dtype, shape: ["batch", 3, 4, 4] } };
    this.outputs = { [output]: { dtype, shape: ["batch", row.length] } };
  }

  run(feeds: NamedTensors): Promise<NamedTensors> {
    const pixels = feeds.pixel_values as Tensor;
    this.fed.push(pixels);
    const pictures = pixels.shape[0] ?? 0;
    const values = Float32Array.from(
      { length: pictures * this.#row.length },
      (_, i) => this.#row[i % this.#row.length] ?? 0,
    );
    const shape = [pictures, this.#row.length];
    const logits: Tensor =
      this.#dtype === "float32"
        ? { type: "float32", shape, data: values }
        : { type: "float16", shape, data: toFloat16(values) };
    return Promise.resolve({ logits });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

const image = {
  arithmetic: "torchvision",
  convert_rgb: false,
  resize: { width: 4, height: 4 },
  filter: "bilinear",
  crop_rounding: "floor",
  rescale_factor: 1 / 255,
} as const;
const spec = (changes: Partial<ModelSpec>): ModelSpec =>
  ({
    model_name: "tiny",
    labels: ["a", "b", "c"],
    parameters: {},
    preprocessing: { image },
    resource_requirements: { vram_mb: 0, ram_mb: 1, max_batch: 2 },
    ...changes,
  }) as ModelSpec;
const said: string[] = [];
const open = (graph: Graph, changes: Partial<ModelSpec> = {}): Promise<ImageClassifier> => {
  const context: LoadContext = {
    spec: spec(changes),
    device: "cpu",
    log: logTo((_level, message) => said.push(message)),
    artifact: () => Promise.reject(new Error("no artifacts")),
    open: () => Promise.resolve(graph),
  };
  return ImageClassifier.open(context);
};
const never = new AbortController().signal;
const pictures = (count: number): Promise<Uint8Array[]> =>
  Promise.all(
    Array.from({ length: count }, async (_, i) => drawAnnotations(seededPicture(i, 9, 7, 0), [], { format: "png" })),
  );

describe("an image classifier", () => {
  test("scores labels by softmax, best first and equals in order, without overflow", async () => {
    const classifier = await open(new Answering([1000, 1001, 1000]));
    const [labels] = await classifier.classify(await pictures(1), never);
    expect(labels?.map(({ label }) => label)).toEqual(["b", "a", "c"]);
    const e = Math.E;
    const scores = labels?.map(({ score }) => score) ?? [];
    for (const [i, score] of [e / (e + 2), 1 / (e + 2), 1 / (e + 2)].entries())
      expect(scores[i]).toBeCloseTo(score, 12);
  });

  test("scores each label by itself where its parameters say sigmoid", async () => {
    const classifier = await open(new Answering([0, -800, 800]), { parameters: { activation: "sigmoid" } });
    const [labels] = await classifier.classify(await pictures(1), never);
    expect(labels).toEqual([
      { label: "c", score: 1 },
      { label: "a", score: 0.5 },
      { label: "b", score: 0 },
    ]);
  });

  test("gives the scores of a graph that has made them, and refuses numbers that are none", async () => {
    const open01 = (row: readonly number[]) => open(new Answering(row), { parameters: { activation: "none" } });
    const [labels] = await (await open01([0.25, 1.0001, 0])).classify(await pictures(1), never);
    expect(labels).toEqual([
      { label: "b", score: 1 },
      { label: "a", score: 0.25 },
      { label: "c", score: 0 },
    ]);
    for (const row of [
      [0.5, 1.5, 0.5],
      [-0.1, 1, 0],
    ])
      await expect((await open01(row)).classify(await pictures(1), never)).rejects.toMatchObject({
        code: "graph_mismatch",
        message: expect.stringContaining('"activation" is none'),
      });
  });

  test("refuses scores of a graph that should sum to 1 and do not", async () => {
    const parameters = { activation: "none", sums_to_one: true };
    const classify = async (row: readonly number[]) =>
      (await open(new Answering(row), { parameters })).classify(await pictures(1), never);
    const [labels] = await classify([0.25, 0.5, 0.2505]);
    expect(labels?.[0]).toEqual({ label: "b", score: 0.5 });
    for (const [row, sum] of [
      [[0.125, 0.25, 0.125], "0.5"],
      [[25, 50, 25], "100"],
      [[1, 1, 1], "3"],
    ] as const)
      await expect(classify(row)).rejects.toMatchObject({
        code: "graph_mismatch",
        message: expect.stringContaining(
          `scores of one picture sum to ${sum}, and those of one label out of all sum to 1`,
        ),
      });
  });

  test("warns once where what should be logits are scores that sum to 1", async () => {
    const warnings = () => said.filter((line) => line.includes("set activation to none")).length;
    for (const [row, expected] of [
      [[0.25, 0.5, 0.2502], 0],
      [[-1, 1.5, 0.5], 0],
      [[0.25, 0.5, 0.25], 1],
    ] as const) {
      said.length = 0;
      await (await open(new Answering(row))).classify(await pictures(3), never);
      expect(warnings(), String(row)).toBe(expected);
    }
  });

  test("feeds as many pictures at once as its spec allows, and stops when it is told to", async () => {
    const graph = new Answering([1, 2, 3]);
    const classifier = await open(graph);
    expect(await classifier.classify(await pictures(5), never)).toHaveLength(5);
    expect(graph.fed.map(({ shape }) => shape[0])).toEqual([2, 2, 1]);
    await expect(classifier.classify(await pictures(1), AbortSignal.abort(new Error("enough")))).rejects.toThrow(
      "enough",
    );
  });

  test("fills up the batch of a graph that takes so many pictures at once, and answers for those it was given", async () => {
    const graph = new Answering([1, 2, 3]);
    graph.inputs.pixel_values = { dtype: "float32", shape: [3, 3, 4, 4] };
    const answers = await (await open(graph)).classify(await pictures(4), never);
    expect(graph.fed.map(({ shape }) => shape[0])).toEqual([3, 3]);
    expect(answers).toHaveLength(4);
    expect(answers.map(([best]) => best?.label)).toEqual(["c", "c", "c", "c"]);
  });

  test("speaks half precision to a graph that does", async () => {
    const graph = new Answering([0, 1, 2], "float16");
    const [labels] = await (await open(graph)).classify(await pictures(1), never);
    expect(graph.fed[0]?.type).toBe("float16");
    expect(labels?.[0]?.score).toBeCloseTo(Math.exp(2) / (1 + Math.E + Math.exp(2)), 12);
  });

  test.each<[string, Graph, Partial<ModelSpec>, string, string]>([
    ["gives another tensor", new Answering([1, 2, 3], "float32", "scores"), {}, "graph_mismatch", 'no output "logits"'],
    ["has other labels", new Answering([1, 2]), {}, "graph_mismatch", '"logits" has 2 labels, the spec names 3'],
    ["has no labels", new Answering([1, 2]), { labels: [] }, "model_spec_invalid", '"labels"'],
    ["has no preprocessing", new Answering([1, 2, 3]), { preprocessing: {} }, "model_spec_invalid", '"image"'],
    [
      "has unknown parameters",
      new Answering([1, 2, 3]),
      { parameters: { activation: "relu" } },
      "model_spec_invalid",
      "activation",
    ],
  ])("that %s is refused when it is opened", async (_what, graph, changes, code, message) => {
    await expect(open(graph, changes)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });
});
