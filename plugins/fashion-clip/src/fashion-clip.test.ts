import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ModelError, type ModelSpec, parseTaskInput } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { onnxProvider } from "@menagerie/onnx";
import { contextOf as contextOfModel, type FileChange, refusalOfChanged } from "@menagerie/testing";
import { cleanAsOpenClip, Tokenizer, textPreprocessing } from "@menagerie/text";
import { ImagePipeline } from "@menagerie/vision";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adoptFashionClip } from "./adopt-fashion-clip.ts";
import { FashionClipLoader } from "./fashion-clip-loader.ts";
import { type FashionClipModel, loadFashionClipModel } from "./load-fashion-clip-model.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));

/** What transformers and open_clip answered; tools/export/fashion-clip/tiny_fashion_clip.py made it. */
interface Reference {
  logit_scale: number;
  template: string;
  texts: { text: string; cleaned: string; input_ids: number[]; text_embeds: number[] }[];
  images: { file: string; pixel_sha256: string; image_embeds: number[]; probabilities: number[] }[];
}

const farthest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(Math.abs(a.length - b.length), ...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
const picture = async (file: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(join(fixtures, "pictures", file)));
const contextOf = (spec: ModelSpec, artifactsRoot: string) => contextOfModel({ spec, artifactsRoot }, [onnxProvider]);
const errorOf = (promise: Promise<unknown>): Promise<ModelError | undefined> =>
  promise.then(
    () => undefined,
    (thrown: ModelError) => thrown,
  );

// transformers 5.24 gives [558, 559] and sixteen times 1 for "", and onnxruntime 1.32 in Python these vectors, at unit length.
test.each([
  [
    "clip",
    [
      0.338597, 0.270681, 0.081042, 0.176907, 0.139857, -0.070281, 0.215602, 0.406471, 0.386329, 0.066185, -0.314036,
      -0.39666, 0.084132, 0.093447, -0.335498, 0.007794,
    ],
  ],
  [
    "siglip",
    [
      -0.185821, -0.264512, -0.030463, -0.22089, -0.139892, 0.09232, -0.2041, 0.500846, 0.119594, -0.285663, -0.326106,
      -0.016058, 0.01376, -0.128734, -0.26963, 0.303832, 0.073324, -0.340739, -0.049924, 0.130116,
    ],
  ],
])("an empty text has a vector of %s too, that of its special tokens and padding", async (name, expected) => {
  await using model = await loadFashionClipModel(join(fixtures, name));
  const { embedding } = await model.embedText(parseTaskInput("embed-text", { text: "" }).text);
  expect(farthest(embedding, expected)).toBeLessThan(1e-4);
  const blank = await model.embedText(" \t ");
  expect(farthest(blank.embedding, expected)).toBeLessThan(1e-4);
});

describe.each(["clip", "siglip", "siglip-pooled"])(
  "the tiny %s answers as its official implementation does",
  (name) => {
    const folder = join(fixtures, name);
    let reference: Reference;
    let model: FashionClipModel;
    beforeAll(async () => {
      reference = JSON.parse(await readFile(join(folder, "reference.json"), "utf8")) as Reference;
      model = await loadFashionClipModel(folder);
    });
    afterAll(() => model[Symbol.asyncDispose]());

    test("pixel tensors are identical, for every shape and kind of picture", async () => {
      const pipeline = new ImagePipeline(model.spec.preprocessing.image as never);
      for (const { file, pixel_sha256 } of reference.images) {
        const { data } = await pipeline.toTensor([await picture(file)]);
        const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        expect(createHash("sha256").update(bytes).digest("hex"), file).toBe(pixel_sha256);
      }
    });

    test("texts are cleaned alike, and their ids and padding are identical", async () => {
      const tokenizer = await Tokenizer.read(join(folder, "tokenizer.json"));
      const { max_length, padding, pad_token_id } = textPreprocessing(model.spec);
      expect(padding).toBe(name === "clip" ? "longest" : "max_length");
      for (const { text, cleaned, input_ids } of reference.texts) {
        if (name === "clip") expect(cleaned).toBe(text);
        else expect(cleanAsOpenClip(text, "canonicalize")).toBe(cleaned);
        const { inputIds } = tokenizer.tokenize([cleaned], {
          maxLength: max_length,
          padding,
          padTokenId: pad_token_id,
        });
        expect([...inputIds].map(Number), text).toEqual(input_ids);
      }
    });

    test("embeddings of pictures and texts are within 1e-4, and of unit length", async () => {
      for (const { file, image_embeds } of reference.images) {
        const { embedding } = await model.embedImage(await picture(file));
        expect(farthest(embedding, image_embeds), file).toBeLessThan(1e-4);
        expect(Math.hypot(...embedding)).toBeCloseTo(1, 9);
      }
      for (const { text, text_embeds } of reference.texts) {
        const { embedding } = await model.embedText(text);
        expect(farthest(embedding, text_embeds), text).toBeLessThan(1e-4);
      }
    });

    test("scores are within 1e-4, both ways round they sum to 1, and pictures together are answered as one by one", async () => {
      // One graph for both sides has its scale within.
      expect(model.spec.parameters.logit_scale).toBe(name === "clip" ? undefined : 100);
      const labels = reference.texts.map(({ text }) => text);
      const images = await Promise.all(reference.images.map(({ file }) => picture(file)));
      const { template } = reference;
      const { per_image, per_label } = await model.matchImage({ images, labels, template });
      for (const { image, matches } of per_image) {
        const scores = labels.map((label) => matches.find((match) => match.label === label)?.score ?? Number.NaN);
        expect(farthest(scores, reference.images[image]?.probabilities ?? [])).toBeLessThan(1e-4);
        const alone = await model.matchImage({ images: [images[image] as Uint8Array], labels, template });
        for (const match of alone.per_image[0]?.matches ?? [])
          expect(match.score).toBeCloseTo(matches.find(({ label }) => label === match.label)?.score ?? 9, 5);
      }
      expect(per_label.map(({ label }) => label)).toEqual(labels);
      for (const { matches } of per_label) expect(matches.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 6);
    });

    test("batches of any size give the same vectors", async () => {
      const spec = { ...model.spec, resource_requirements: { ...model.spec.resource_requirements, max_batch: 3 } };
      const loader = new FashionClipLoader(spec, () => contextOf(spec, folder));
      const encoder = (await loader.load("cpu")) as {
        embedImages(images: Uint8Array[], signal: AbortSignal): Promise<Float64Array[]>;
        embedTexts(texts: string[], signal: AbortSignal): Promise<Float64Array[]>;
      };
      const { signal } = new AbortController();
      const images = await encoder.embedImages(
        await Promise.all(reference.images.map(({ file }) => picture(file))),
        signal,
      );
      const texts = await encoder.embedTexts(
        reference.texts.map(({ text }) => text),
        signal,
      );
      await loader.unload();
      for (const [i, vector] of images.entries())
        expect(farthest([...vector], reference.images[i]?.image_embeds ?? [])).toBeLessThan(1e-4);
      for (const [i, vector] of texts.entries())
        expect(farthest([...vector], reference.texts[i]?.text_embeds ?? [])).toBeLessThan(1e-4);
    });
  },
);

test("a graph of another model is refused at loading, with the tensor that it lacks", async () => {
  const folder = join(fixtures, "siglip");
  const like = { resource_requirements: { max_batch: 4 }, parameters: {} } as unknown as ModelSpec;
  const { spec } = await adoptFashionClip(new CheckpointFolder(folder), like);
  const swapped = {
    ...(spec as ModelSpec),
    ...{ model_name: "swapped", runtime: "inprocess" as const, engine: "onnx" as const },
    graphs: { vision_model: { artifact: "text_model" }, text_model: { artifact: "vision_model" } },
  };
  const loader = new FashionClipLoader(swapped, () => contextOf(swapped, folder));
  const error = await errorOf(loader.load("cpu"));
  expect(error?.code).toBe("graph_mismatch");
  expect(error?.message).toMatch(
    /swapped: the graph "vision_model" has no "pixel_values" among its inputs \(input_ids\)/,
  );
});

describe("a folder that is adopted", () => {
  const like = { resource_requirements: { max_batch: 16 }, parameters: {} } as unknown as ModelSpec;
  const adopt = (folder: string) => adoptFashionClip(new CheckpointFolder(folder), like);
  const tower = readFileSync(join(fixtures, "siglip/onnx/vision_model.onnx"));
  const cases: [string, string, Record<string, FileChange>, RegExp][] = [
    ["is of another family", "clip", { "config.json": { model_type: "xclip" } }, /config\.json, key "model_type"/],
    ["has no graph", "clip", { "onnx/model.onnx": undefined }, /onnx\/model\.onnx: is missing/],
    ["has one tower for both", "clip", { "onnx/model.onnx": tower }, /key "input_ids": the graph has no such tensor/],
    [
      "lacks both towers",
      "siglip",
      { "onnx/text_model.onnx": undefined, "onnx/vision_model.onnx": undefined },
      /onnx\/vision_model\.onnx: is missing/,
    ],
    [
      "has the wrong tower",
      "siglip",
      { "onnx/text_model.onnx": tower },
      /onnx\/text_model\.onnx, key "input_ids": the graph has no such tensor among its inputs: pixel_values/,
    ],
    [
      "says another dimension",
      "siglip",
      { "config.json": { vision_config: { hidden_size: 99 } } },
      /key "image_embeds": is \[batch, 20\], by config\.json it would be \[batch, 99\]/,
    ],
    [
      "resizes to another size",
      "siglip",
      { "preprocessor_config.json": { size: { height: 30, width: 30 } } },
      /key "size": pictures come out as 30 x 30, but the model takes 24 x 24/,
    ],
    [
      "has another processor",
      "clip",
      { "preprocessor_config.json": { image_processor_type: "ViTImageProcessor" } },
      /key "image_processor_type": is "ViTImageProcessor"/,
    ],
    ["has no tokenizer", "siglip", { "tokenizer.json": undefined }, /tokenizer\.json: is missing/],
    [
      "knows fewer tokens than its tokenizer",
      "siglip",
      { "config.json": { text_config: { vocab_size: 100 } } },
      /tokenizer\.json, key "model\.vocab"/,
    ],
    [
      "pads with another token than it ends texts with",
      "siglip",
      { "config.json": { text_config: { pad_token_id: 0 } } },
      /key "post_processor": ends a text with the id 1/,
    ],
  ];

  test.each(cases)("and %s is refused with the file and the key (%s)", async (_what, from, changes, message) => {
    const error = await refusalOfChanged(join(fixtures, from), changes, (folder) => adoptFashionClip(folder, like));
    expect(error?.code).toBe("checkpoint_invalid");
    expect(error?.message).toMatch(message);
  });

  test("and whose config.json is Marqo's own, without sizes, has them of open_clip's or of the graphs", async () => {
    const folder = await mkdtemp(join(tmpdir(), "menagerie-fashion-"));
    try {
      await cp(join(fixtures, "siglip"), folder, { recursive: true });
      const write = (file: string, value: object) => writeFile(join(folder, file), JSON.stringify(value));
      await write("config.json", { open_clip_model_name: "hf-hub:Marqo/marqo-fashionSigLIP", model_type: "siglip" });
      const { spec } = await adopt(folder);
      expect(spec.preprocessing?.text).toMatchObject({ max_length: 16, padding: "max_length", pad_token_id: 1 });
      expect(spec.parameters).toEqual({ logit_scale: 100, text_cleaning: "canonicalize" });
      const text_cfg = { context_length: 16, vocab_size: 710, tokenizer_kwargs: { clean: "lower" } };
      await write("open_clip_config.json", { model_cfg: { embed_dim: 20, vision_cfg: { image_size: 24 }, text_cfg } });
      const said = await adopt(folder);
      expect(said.spec.preprocessing?.text?.max_length).toBe(16);
      expect(said.spec.parameters?.text_cleaning).toBe("lower");
      await write("open_clip_config.json", { model_cfg: { embed_dim: 21, vision_cfg: { image_size: 24 }, text_cfg } });
      expect((await errorOf(adopt(folder)))?.message).toMatch(/key "image_embeds": is \[batch, 20\].* \[batch, 21\]/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("says what it found of either layout, and pins every artifact", async () => {
    const clip = await adopt(join(fixtures, "clip"));
    expect(clip.findings).toEqual([
      "pictures: 30 px short edge, bicubic, centre 24 x 24 (preprocessor_config.json)",
      "context of 12 tokens, 560 in the vocabulary (config.json)",
      "16 dimensions (config.json), weights fp32, pictures and texts in one graph (onnx/model.onnx)",
      "logit scale of the graph's own logits (logits_per_image in onnx/model.onnx)",
    ]);
    const siglip = await adopt(join(fixtures, "siglip"));
    expect(siglip.findings).toEqual([
      "pictures: 24 x 24 px, bicubic (preprocessor_config.json)",
      "texts cleaned as open_clip does (canonicalize), and padded to 16 tokens of 710 (config.json)",
      "20 dimensions (config.json), weights fp32 (onnx/vision_model.onnx)",
      "logit scale 100 (the model's card; a bias changes no softmax)",
    ]);
    expect(siglip.spec.parameters).toEqual({ logit_scale: 100, text_cleaning: "canonicalize" });
    for (const { spec } of [clip, siglip])
      for (const artifact of spec.local_artifacts) expect(artifact.sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});
