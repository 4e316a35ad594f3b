import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ModelSpec, parseTaskInput } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { removeFolder } from "@menagerie/core/loader";
import { type FileChange, refusalOfChanged } from "@menagerie/testing";
import { Tokenizer, textPreprocessing } from "@menagerie/text";
import { ImagePipeline } from "@menagerie/vision";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adoptClip } from "./adopt-clip.ts";
import { type ClipModel, loadClipModel } from "./load-clip-model.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));

/** What transformers answered; tools/export/clip.py made it. */
interface Reference {
  logit_scale: number;
  template: string;
  texts: { text: string; input_ids: number[]; text_embeds: number[] }[];
  images: { file: string; pixel_sha256: string; image_embeds: number[]; probabilities: number[] }[];
}

const unit = (vector: number[]): number[] => vector.map((value) => value / Math.hypot(...vector));
const farthest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
const picture = async (file: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(join(fixtures, "pictures", file)));

describe.each(["square", "no-margin", "enlarging"])("the tiny CLIP %s answers as transformers does", (name) => {
  const folder = join(fixtures, name);
  let reference: Reference;
  let clip: ClipModel;
  let cacheDir: string;
  beforeAll(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), "menagerie-clip-"));
    reference = JSON.parse(await readFile(join(folder, "reference.json"), "utf8")) as Reference;
    clip = await loadClipModel(folder, { cacheDir });
  });
  afterAll(async () => {
    await clip[Symbol.asyncDispose]();
    await removeFolder(cacheDir);
  });

  test("pixel tensors are identical, for every shape and kind of picture", async () => {
    const pipeline = new ImagePipeline(clip.spec.preprocessing.image as never);
    for (const { file, pixel_sha256 } of reference.images) {
      const { data } = await pipeline.toTensor([await picture(file)]);
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      expect(createHash("sha256").update(bytes).digest("hex"), file).toBe(pixel_sha256);
    }
  });

  test("token ids are identical, emoji, other scripts and texts over the context included", async () => {
    const tokenizer = await Tokenizer.read(join(folder, "tokenizer.json"));
    const { max_length } = textPreprocessing(clip.spec);
    for (const { text, input_ids } of reference.texts) {
      expect(tokenizer.encode(text, max_length), text).toEqual(input_ids);
    }
  });

  test("embeddings of pictures and texts are within 1e-4", async () => {
    for (const { file, image_embeds } of reference.images) {
      const { embedding } = await clip.embedImage(await picture(file));
      expect(farthest(embedding, unit(image_embeds)), file).toBeLessThan(1e-4);
    }
    for (const { text, text_embeds } of reference.texts) {
      const { embedding } = await clip.embedText(text);
      expect(farthest(embedding, unit(text_embeds)), text).toBeLessThan(1e-4);
    }
  });

  test("zero-shot probabilities are within 1e-4, with the trained logit scale", async () => {
    expect(clip.spec.parameters.logit_scale).toBeCloseTo(reference.logit_scale, 4);
    const labels = reference.texts.map(({ text }) => text);
    const images = await Promise.all(reference.images.map(({ file }) => picture(file)));
    const { per_image, per_label } = await clip.matchImage({ images, labels, template: reference.template });
    for (const { image, matches } of per_image) {
      const scores = labels.map((label) => matches.find((match) => match.label === label)?.score ?? Number.NaN);
      expect(farthest(scores, reference.images[image]?.probabilities ?? [])).toBeLessThan(1e-4);
      expect(matches.map((match) => match.score)).toEqual(
        [...matches.map((match) => match.score)].sort((a, b) => b - a),
      );
    }
    expect(per_label.map(({ label }) => label)).toEqual(labels);
    for (const { matches } of per_label) expect(matches.reduce((sum, match) => sum + match.score, 0)).toBeCloseTo(1, 6);
  });
});

test("several pictures or texts in one question have a vector each, those that they have alone", async () => {
  await using clip = await loadClipModel(join(fixtures, "square"));
  const images = await Promise.all(["tall.png", "tiny.png", "tall.png"].map(picture));
  const { embedding, embeddings = [] } = await clip.embedImage(images);
  expect([embeddings.length, embedding]).toEqual([3, embeddings[0]]);
  for (const [i, image] of images.entries())
    expect(farthest((await clip.embedImage(image)).embedding, embeddings[i] ?? [])).toBeLessThan(1e-6);
  const texts = await clip.embedText(["a cat", "a dog"]);
  expect(farthest((await clip.embedText("a dog")).embedding, texts.embeddings?.[1] ?? [])).toBeLessThan(1e-6);
  expect((await clip.embedText(["a cat"])).embeddings).toHaveLength(1);
  await expect(clip.embedImage([...images, Uint8Array.of(1, 2)])).rejects.toMatchObject({
    code: "image_undecodable",
    message: expect.stringMatching(/^Picture 4 of 4: /),
    details: { index: 3 },
  });
});

test("an empty text has the vector of its two special tokens, and may stand among labels", async () => {
  await using clip = await loadClipModel(join(fixtures, "square"));
  // transformers 5.24 gives [638, 639] for "", and onnxruntime 1.32 in Python this vector for those ids, at unit length.
  const expected = [
    -0.142366, 0.0201, -0.232466, 0.065807, 0.187119, -0.080433, -0.29853, 0.063265, -0.276428, 0.105829, 0.326829,
    -0.358792, 0.259901, -0.436157, -0.025245, -0.452517,
  ];
  const { embedding } = await clip.embedText(parseTaskInput("embed-text", { text: "" }).text);
  expect(farthest(embedding, expected)).toBeLessThan(1e-4);
  const images = [await picture("tall.png")];
  const input = parseTaskInput("match-image", { images, labels: ["a cat", ""], template: "{}" });
  const [{ matches } = { matches: [] }] = (await clip.matchImage(input)).per_image;
  expect(matches.map(({ label }) => label).sort()).toEqual(["", "a cat"]);
  const picturesVector = (await clip.embedImage(images[0] as Uint8Array)).embedding;
  const cosine = picturesVector.reduce((sum, value, i) => sum + value * (expected[i] ?? 0), 0);
  expect(matches.find(({ label }) => label === "")?.similarity).toBeCloseTo(cosine, 4);
});

describe("a folder that is adopted", () => {
  const like = { resource_requirements: { max_batch: 16 }, parameters: { template: "{}" } } as unknown as ModelSpec;
  const adopt = (folder: string) => adoptClip(new CheckpointFolder(folder), like);
  const config = { "config.json": { model_type: "siglip" } };
  const cases: [string, Record<string, FileChange>, RegExp][] = [
    ["is of another family", config, /config\.json, key "model_type"/],
    [
      "has no graph",
      { "onnx/text_model.onnx": undefined, "onnx/vision_model.onnx": undefined },
      /onnx\/vision_model\.onnx: is missing, .* visual_fp16\.onnx/,
    ],
    [
      "crops to another size",
      { "preprocessor_config.json": { size: 30, crop_size: 20 } },
      /key "crop_size": pictures come out as 20 x 20, but the vision tower takes 24 x 24/,
    ],
    [
      "has another processor",
      { "preprocessor_config.json": { image_processor_type: "ViTImageProcessor" } },
      /key "image_processor_type": is "ViTImageProcessor"/,
    ],
    [
      "has fewer places than its graph",
      { "config.json": { text_config: { max_position_embeddings: 11 } } },
      /text_model\.onnx, key ".*position_embedding\.weight": has 12 rows, by config\.json .* they would be 11/,
    ],
    [
      "shows pictures of another size to a graph that leaves it open",
      {
        "config.json": { vision_config: { image_size: 32 } },
        "preprocessor_config.json": { crop_size: { height: 32, width: 32 } },
      },
      /vision_model\.onnx, key /,
    ],
    ["has no tokenizer", { "tokenizer.json": undefined }, /tokenizer\.json: is missing/],
    [
      "says another dimension",
      { "config.json": { projection_dim: 99 } },
      /vision_model\.onnx, key "image_embeds": is \[batch, 16\], by config\.json it would be \[batch, 99\]/,
    ],
    [
      "knows fewer tokens than its tokenizer",
      { "config.json": { text_config: { vocab_size: 100, eos_token_id: 99 } } },
      /tokenizer\.json, key "model\.vocab"/,
    ],
  ];

  test.each(cases)("and %s is refused with the file and the key", async (_what, changes, message) => {
    const error = await refusalOfChanged(join(fixtures, "square"), changes, (folder) => adoptClip(folder, like));
    expect(error?.code).toBe("checkpoint_invalid");
    expect(error?.message).toMatch(message);
  });

  test("and was saved before its end was written right is padded with the tokenizer's own end", async () => {
    const folder = await mkdtemp(join(tmpdir(), "menagerie-clip-"));
    try {
      await cp(join(fixtures, "square"), folder, { recursive: true });
      const path = join(folder, "config.json");
      const config = JSON.parse(await readFile(path, "utf8")) as { text_config: { vocab_size: number } };
      const { vocab_size } = config.text_config;
      // Old files have the section twice.
      const text_config_dict = { ...config.text_config, eos_token_id: 2 };
      await writeFile(path, JSON.stringify({ ...config, text_config: {}, text_config_dict }));
      const { spec } = await adopt(folder);
      expect(spec.preprocessing?.text).toMatchObject({ max_length: 12, pad_token_id: vocab_size - 1 });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("says what it found, and pins every artifact", async () => {
    const { spec, findings } = await adopt(join(fixtures, "square"));
    expect(findings).toEqual([
      "pictures: 30 px short edge, bicubic, centre 24 x 24 (preprocessor_config.json)",
      expect.stringMatching(/^context of 12 tokens, \d+ in the vocabulary \(config\.json\)$/),
      "16 dimensions (config.json), weights fp32 (onnx/vision_model.onnx)",
      expect.stringMatching(/^logit scale 22\.19\d+ \(metadata of the graphs\)$/),
    ]);
    for (const artifact of spec.local_artifacts) expect(artifact.sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});
