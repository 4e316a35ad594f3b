import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ModelError, ModelSpec, SegmentImageOutput } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { onnxProvider } from "@menagerie/onnx";
import { contextOf, type FileChange, refusalOfChanged } from "@menagerie/testing";
import type { ImagePreprocessing } from "@menagerie/vision";
import { decodeRuns, ImagePipeline, PictureGraph, segment } from "@menagerie/vision";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adoptSegformer } from "./adopt-segformer.ts";
import { loadSegformerModel, type SegformerModel } from "./load-segformer-model.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));

/** What transformers answered; tools/export/segformer made it. */
interface Reference {
  labels: string[];
  images: {
    file: string;
    height: number;
    width: number;
    pixel_sha256: string;
    shape: [classes: number, height: number, width: number];
    logits: string;
    classes_sha256: string;
    counts: number[];
  }[];
}

const picture = async (file: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(join(fixtures, "pictures", file)));
const sha256 = (data: Uint8Array | Float32Array): string => createHash("sha256").update(data).digest("hex");
const floats = (text: string): Float32Array => new Float32Array(Uint8Array.from(Buffer.from(text, "base64")).buffer);

/** The class of each pixel, from one mask per class; every pixel must be in exactly one. */
function classesOf({ width, height, classes }: SegmentImageOutput): Uint8Array {
  const map = new Uint8Array(width * height);
  const masks = new Uint8Array(width * height);
  for (const { index, mask } of classes) {
    const { data } = decodeRuns(mask);
    for (let i = 0; i < data.length; i++) {
      if (data[i] === 0) continue;
      map[i] = index;
      masks[i] = (masks[i] as number) + 1;
    }
  }
  expect(masks.every((count) => count === 1)).toBe(true);
  return map;
}

describe.each(["seed-1", "seed-2", "seed-3"])("the tiny SegFormer %s answers as transformers does", (name) => {
  const folder = join(fixtures, name);
  let reference: Reference;
  let model: SegformerModel;
  beforeAll(async () => {
    reference = JSON.parse(await readFile(join(folder, "reference.json"), "utf8")) as Reference;
    model = await loadSegformerModel(folder);
  });
  afterAll(() => model[Symbol.asyncDispose]());

  test("pixel tensors are identical", async () => {
    const pipeline = new ImagePipeline(model.spec.preprocessing.image as ImagePreprocessing);
    for (const { file, pixel_sha256 } of reference.images) {
      using pixels = await pipeline.toTensor([await picture(file)]);
      expect(sha256(pixels.data as Float32Array), file).toBe(pixel_sha256);
    }
  });

  test("logits are within 1e-4", async () => {
    const graph = await PictureGraph.open(
      contextOf({ spec: model.spec, artifactsRoot: folder }, [onnxProvider]),
      "logits",
    );
    for (const { file, shape, logits } of reference.images) {
      const expected = floats(logits);
      const { data, shape: found } = await graph.run([await picture(file)]);
      expect(found).toEqual([1, ...shape]);
      const unit = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 1);
      const farthest = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (data[i] ?? 99))), 0);
      expect(farthest / unit, file).toBeLessThan(1e-4);
    }
  });

  test("class maps of its logits are identical, at the size of the picture", () => {
    for (const { file, shape, logits, width, height, classes_sha256 } of reference.images) {
      const [channels, rows, columns] = shape;
      const map = segment({ data: floats(logits), channels, height: rows, width: columns }, { width, height });
      expect(map.data).toBeInstanceOf(Uint8Array);
      expect(sha256(map.data as Uint8Array), file).toBe(classes_sha256);
    }
  });

  test("masks of the classes are those maps, with their coverage; a batch equals one by one", async () => {
    const images = await Promise.all(reference.images.map(({ file }) => picture(file)));
    const together = await model.segmentImages(images);
    for (const [i, { file, width, height, counts, shape, logits }] of reference.images.entries()) {
      const answer = await model.segmentImage(images[i] as Uint8Array);
      expect([answer.width, answer.height], file).toEqual([width, height]);
      const [channels, rows, columns] = shape;
      const official = segment({ data: floats(logits), channels, height: rows, width: columns }, { width, height });
      const map = classesOf(answer);
      // Two engines' logits differ in the seventh digit: one pixel in 100,000 may lie on the border of two classes.
      expect(
        map.reduce((sum, value, at) => sum + (value === official.data[at] ? 0 : 1), 0),
        file,
      ).toBeLessThanOrEqual(Math.floor(map.length / 100_000));
      const one = together[i] as SegmentImageOutput;
      expect(classesOf(one).every((value, at) => value === map[at])).toBe(true);
      expect(one.classes).toEqual(answer.classes);
      const present = counts.flatMap((count, index) =>
        count === 0 ? [] : [{ index, label: reference.labels[index], coverage: count / (width * height) }],
      );
      expect(answer.classes.map(({ mask: _mask, ...rest }) => rest)).toEqual(
        present.map((found) => ({ ...found, coverage: expect.closeTo(found.coverage, 4) })),
      );
    }
  });
});

describe("a folder that is adopted", () => {
  const like = { resource_requirements: { max_batch: 4 } } as unknown as ModelSpec;
  const refusal = (file: string, change: FileChange): Promise<ModelError | undefined> =>
    refusalOfChanged(join(fixtures, "seed-1"), { [file]: change }, (folder) => adoptSegformer(folder, like));

  test.each<[string, string, FileChange, RegExp]>([
    [
      "gives another tensor",
      "onnx/model.onnx",
      (text: string) => text.replaceAll("logits", "scores"),
      /model\.onnx, key "logits": the graph has no such tensor/,
    ],
    [
      "takes another tensor",
      "onnx/model.onnx",
      (text: string) => text.replaceAll("pixel_values", "input_values"),
      /key "pixel_values": the graph has no such tensor/,
    ],
    [
      "names other labels",
      "config.json",
      (text: string) => JSON.stringify({ ...(JSON.parse(text) as object), id2label: { 0: "a" } }),
      /config\.json, key "id2label": names 1 labels, the graph has 18/,
    ],
    ["is of another family", "config.json", { model_type: "upernet" }, /config\.json, key "model_type"/],
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
    const { spec, findings } = await adoptSegformer(new CheckpointFolder(join(fixtures, "seed-2")), like);
    expect(findings).toEqual([
      "pictures: 32 x 32 px, bicubic (preprocessor_config.json)",
      "weights fp32 (onnx/model.onnx)",
      "3 labels: road, sky, car (config.json)",
    ]);
    for (const artifact of spec.local_artifacts) expect(artifact.sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});
