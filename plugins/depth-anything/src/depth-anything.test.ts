import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ModelError, ModelSpec } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { onnxProvider } from "@menagerie/onnx";
import { contextOf, type FileChange, refusalOfChanged } from "@menagerie/testing";
import type { ImagePreprocessing } from "@menagerie/vision";
import { ImagePipeline, PictureGraph } from "@menagerie/vision";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adoptDepthAnything } from "./adopt-depth-anything.ts";
import { DepthAnythingLoader } from "./depth-anything-loader.ts";
import { type DepthAnythingModel, loadDepthAnythingModel } from "./load-depth-anything-model.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));

/** What transformers answered; tools/export/depth-anything made it. Of maps every n-th value is kept. */
interface Reference {
  images: {
    file: string;
    height: number;
    width: number;
    pixel_sha256: string;
    shape: [height: number, width: number];
    predicted: string;
    depth: string;
    minimum: number;
    maximum: number;
  }[];
}

const kept = 499;
const picture = async (file: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(join(fixtures, "pictures", file)));
const floats = (text: string): Float32Array => new Float32Array(Uint8Array.from(Buffer.from(text, "base64")).buffer);

/** Largest difference of the values that were kept, relative to the range of the map. */
function farthest(found: Float32Array, text: string, range: number): number {
  const expected = floats(text);
  const step = Math.max(1, Math.floor(found.length / kept));
  expect(expected.length).toBe(Math.ceil(found.length / step));
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (found[i * step] ?? 99))), 0) / range;
}

function graphOf({ spec }: DepthAnythingModel, folder: string): Promise<PictureGraph> {
  return PictureGraph.open(contextOf({ spec, artifactsRoot: folder }, [onnxProvider]), "predicted_depth");
}

describe.each([
  ["seed-1", "larger"],
  ["seed-2", "larger"],
  ["seed-3", "larger"],
  ["seed-4", "smaller"],
])("the tiny Depth-Anything %s answers as transformers does", (name, nearer) => {
  const folder = join(fixtures, name);
  let reference: Reference;
  let model: DepthAnythingModel;
  beforeAll(async () => {
    reference = JSON.parse(await readFile(join(folder, "reference.json"), "utf8")) as Reference;
    model = await loadDepthAnythingModel(folder);
  });
  afterAll(() => model[Symbol.asyncDispose]());

  test("pixel tensors are identical, of every shape of picture", async () => {
    const pipeline = new ImagePipeline(model.spec.preprocessing.image as ImagePreprocessing);
    for (const { file, pixel_sha256 } of reference.images) {
      using pixels = await pipeline.toTensor([await picture(file)]);
      expect(createHash("sha256").update(pixels.data).digest("hex"), file).toBe(pixel_sha256);
    }
  });

  test("what the graph predicts is within 1e-4 of the range", async () => {
    const graph = await graphOf(model, folder);
    for (const { file, shape, predicted, minimum, maximum } of reference.images) {
      const { data, shape: found } = await graph.run([await picture(file)]);
      expect(found).toEqual([1, ...shape]);
      expect(farthest(data, predicted, maximum - minimum), file).toBeLessThan(1e-4);
    }
  });

  test("depth at the size of the picture is within 1e-4 of the range, and which values are nearer is said", async () => {
    for (const { file, width, height, depth, minimum, maximum } of reference.images) {
      const answer = await model.estimateDepth(await picture(file));
      expect([answer.width, answer.height, answer.near]).toEqual([width, height, nearer]);
      const values = new Float32Array(answer.depth.buffer, answer.depth.byteOffset, width * height);
      const range = maximum - minimum;
      expect(farthest(values, depth, range), file).toBeLessThan(1e-4);
      expect(Math.abs(answer.minimum - minimum) / range).toBeLessThan(1e-4);
      expect(Math.abs(answer.maximum - maximum) / range).toBeLessThan(1e-4);
    }
  });
});

test("a batch of pictures of one size equals one by one", async () => {
  const folder = join(fixtures, "seed-3");
  await using model = await loadDepthAnythingModel(folder);
  const graph = await graphOf(model, folder);
  const images = await Promise.all(["wide.jpg", "tall.png", "grey.jpg"].map(picture));
  const { data } = await graph.run(images);
  const values = data.length / images.length;
  for (const [i, image] of images.entries()) {
    const alone = (await graph.run([image])).data;
    for (let at = 0; at < values; at += 7) expect(data[i * values + at]).toBeCloseTo(alone[at] as number, 5);
  }
});

test("a graph that answers in another size than it is asked for is refused with the remedy", async () => {
  const folder = join(fixtures, "seed-1");
  const { spec } = await loadDepthAnythingModel(folder);
  // Said to have patches of 16 pixels, it should leave some of its 70 out.
  const other = { ...spec, parameters: { patch_size: 16 } };
  const loader = new DepthAnythingLoader(other, () =>
    contextOf({ spec: other, artifactsRoot: folder }, [onnxProvider]),
  );
  await loader.load();
  await expect(loader.run("estimate-depth", { image: await picture("wide.jpg") })).rejects.toMatchObject({
    code: "graph_mismatch",
    message: expect.stringMatching(/answered with \d+ x \d+ values for \d+ x \d+ pixels: .* Export it with free sides/),
  });
  await loader.unload();
});

describe("a folder that is adopted", () => {
  const like = { resource_requirements: { max_batch: 1 } } as unknown as ModelSpec;
  const refusal = (file: string, change: FileChange): Promise<ModelError | undefined> =>
    refusalOfChanged(join(fixtures, "seed-1"), { [file]: change }, (folder) => adoptDepthAnything(folder, like));

  test.each<[string, string, FileChange, RegExp]>([
    [
      "gives another tensor",
      "onnx/model.onnx",
      (text: string) => text.replaceAll("predicted_depth", "predicted_shape"),
      /model\.onnx, key "predicted_depth": the graph has no such tensor/,
    ],
    [
      "takes another tensor",
      "onnx/model.onnx",
      (text: string) => text.replaceAll("pixel_values", "input_values"),
      /key "pixel_values": the graph has no such tensor/,
    ],
    ["is of another family", "config.json", { model_type: "dpt" }, /config\.json, key "model_type"/],
    [
      "has another processor",
      "preprocessor_config.json",
      { image_processor_type: "BlipImageProcessor" },
      /key "image_processor_type"/,
    ],
  ])("and %s is refused with the file and the key", async (_what, file, change, message) => {
    const error = await refusal(file, change);
    expect(error?.code).toBe("checkpoint_invalid");
    expect(error?.message).toMatch(message);
  });

  test("says what it found, and pins every artifact", async () => {
    const { spec, findings } = await adoptDepthAnything(new CheckpointFolder(join(fixtures, "seed-2")), like);
    expect(findings).toEqual([
      "pictures: 98 x 98 px with the aspect kept, multiples of 28, bicubic (preprocessor_config.json)",
      "weights fp32 (onnx/model.onnx)",
      "relative inverse depth: larger is nearer",
    ]);
    for (const artifact of spec.local_artifacts) expect(artifact.sha256).toMatch(/^[0-9a-f]{64}$/);
    const metric = await adoptDepthAnything(new CheckpointFolder(join(fixtures, "seed-4")), like);
    expect(metric.findings).toEqual([
      "pictures: 60 x 60 px with the aspect kept, bicubic (preprocessor_config.json)",
      "weights fp32 (onnx/model.onnx)",
      "pictures are filled up, and the depth of what comes out is stretched over the whole picture, as in transformers",
      "depth in metres: larger is farther",
    ]);
  });

  test("by the little that public conversions write in config.json is read as well", async () => {
    expect(await refusal("config.json", () => '{"model_type": "depth_anything"}')).toBeUndefined();
  });
});
