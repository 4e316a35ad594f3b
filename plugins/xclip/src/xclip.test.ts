import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ModelError, ModelSpec } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { onnxProvider } from "@menagerie/onnx";
import { contextOf as contextOfModel, type FileChange, refusalOfChanged } from "@menagerie/testing";
import { Tokenizer } from "@menagerie/text";
import { ImagePipeline } from "@menagerie/vision";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adoptXclip } from "./adopt-xclip.ts";
import { loadXclipModel, type XclipModel } from "./load-xclip-model.ts";
import { takenFrames } from "./taken-frames.ts";
import { XclipLoader } from "./xclip-loader.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));

/** What transformers answered; tools/export/xclip/tiny_xclip.py made it. */
interface Reference {
  template: string;
  labels: string[];
  input_ids: number[][];
  attention_mask: number[][];
  videos: {
    frames: string[];
    taken: number[];
    shape: number[];
    pixel_sha256: string;
    video_embeds: number[];
    text_embeds: number[][];
    logits: number[];
    probabilities: number[];
  }[];
}

const farthest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(Math.abs(a.length - b.length), ...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
const read = async (file: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(join(fixtures, "frames", file)));
const pixelsOf = async (spec: ModelSpec, frames: string[], taken: number[]) =>
  new ImagePipeline(spec.preprocessing.image as never).toTensor(
    await Promise.all(taken.map((i) => read(frames[i] as string))),
  );
const contextOf = (spec: ModelSpec, artifactsRoot: string) => contextOfModel({ spec, artifactsRoot }, [onnxProvider]);
const like = { resource_requirements: { max_batch: 16 }, parameters: {} } as unknown as ModelSpec;
const errorOf = (promise: Promise<unknown>): Promise<ModelError | undefined> =>
  promise.then(
    () => undefined,
    (thrown: ModelError) => thrown,
  );

describe.each(["eight-frames", "four-frames", "five-frames"])(
  "the tiny X-CLIP of %s answers as transformers does",
  (name) => {
    const folder = join(fixtures, name);
    let reference: Reference;
    let xclip: XclipModel;
    beforeAll(async () => {
      reference = JSON.parse(await readFile(join(folder, "reference.json"), "utf8")) as Reference;
      xclip = await loadXclipModel(folder);
    });
    afterAll(() => xclip[Symbol.asyncDispose]());

    test("pixel tensors are identical, for videos of fewer, as many and more frames, and of frames of many kinds", async () => {
      const { frames: count } = xclip.spec.parameters as { frames: number };
      for (const { frames, taken, shape, pixel_sha256 } of reference.videos) {
        expect(takenFrames(frames.length, count)).toEqual(taken);
        const pixels = await pixelsOf(xclip.spec, frames, taken);
        expect([1, ...pixels.shape]).toEqual(shape);
        const bytes = new Uint8Array(pixels.data.buffer, pixels.data.byteOffset, pixels.data.byteLength);
        expect(createHash("sha256").update(bytes).digest("hex"), frames.join()).toBe(pixel_sha256);
      }
    });

    test("token ids and their padding are identical", async () => {
      const tokenizer = await Tokenizer.read(join(folder, "tokenizer.json"));
      const { max_length, padding, pad_token_id } = xclip.spec.preprocessing.text as never as Record<string, never>;
      const sentences = reference.labels.map((label) => reference.template.replace("{}", label));
      const options = { maxLength: max_length, padding, padTokenId: pad_token_id } as never;
      const { inputIds, attentionMask, shape } = tokenizer.tokenize(sentences, options);
      expect(shape).toEqual([reference.labels.length, reference.input_ids[0]?.length]);
      expect([...inputIds].map(Number)).toEqual(reference.input_ids.flat());
      expect([...attentionMask].map(Number)).toEqual(reference.attention_mask.flat());
    });

    test("embeddings and logits are within 1e-4", async () => {
      const graph = await contextOf(xclip.spec, folder).open("model");
      await using _closed = graph;
      const ids = BigInt64Array.from(reference.input_ids.flat(), BigInt);
      const mask = BigInt64Array.from(reference.attention_mask.flat(), BigInt);
      const shape = [reference.labels.length, reference.input_ids[0]?.length ?? 0];
      for (const video of reference.videos) {
        const pixels = await pixelsOf(xclip.spec, video.frames, video.taken);
        const answer = await graph.run({
          pixel_values: { type: "float32", shape: video.shape, data: pixels.data as Float32Array },
          input_ids: { type: "int64", shape, data: ids },
          attention_mask: { type: "int64", shape, data: mask },
        });
        const values = (tensor: string): number[] => Array.from(answer[tensor]?.data as Float32Array);
        expect(farthest(values("video_embeds"), video.video_embeds)).toBeLessThan(1e-4);
        expect(farthest(values("text_embeds"), video.text_embeds.flat())).toBeLessThan(1e-4);
        expect(farthest(values("logits_per_video"), video.logits)).toBeLessThan(1e-4);
      }
    });

    test("scores are within 1e-4, best first, and similarities are cosines", async () => {
      for (const { frames, probabilities, video_embeds, text_embeds } of reference.videos) {
        const { matches } = await xclip.matchVideo({
          frames: await Promise.all(frames.map(read)),
          labels: reference.labels,
          template: reference.template,
        });
        const of = (label: string) => matches.find((match) => match.label === label);
        const scores = reference.labels.map((label) => of(label)?.score ?? Number.NaN);
        expect(farthest(scores, probabilities), frames.join()).toBeLessThan(1e-4);
        const cosines = text_embeds.map((text) =>
          text.reduce((sum, value, i) => sum + value * (video_embeds[i] ?? 0), 0),
        );
        const similarities = reference.labels.map((label) => of(label)?.similarity ?? Number.NaN);
        expect(farthest(similarities, cosines), frames.join()).toBeLessThan(1e-4);
        expect(matches.map(({ score }) => score)).toEqual(matches.map(({ score }) => score).toSorted((a, b) => b - a));
      }
    });

    test("labels in several runs are scored as in one, each by itself too, and twice the same label alike", async () => {
      const { frames } = reference.videos[1] as Reference["videos"][number];
      const input = {
        frames: await Promise.all(frames.map(read)),
        labels: reference.labels,
        template: reference.template,
      };
      const together = (await xclip.matchVideo(input)).matches;
      for (const max_batch of [1, 3]) {
        const spec = { ...xclip.spec, resource_requirements: { ...xclip.spec.resource_requirements, max_batch } };
        const loader = new XclipLoader(spec, () => contextOf(spec, folder));
        await loader.load("cpu");
        const { matches } = await loader.run("match-video", input);
        await loader.unload();
        const score = (list: typeof matches, label: string) => list.find((match) => match.label === label)?.score ?? 9;
        for (const label of reference.labels)
          expect(Math.abs(score(matches, label) - score(together, label)), label).toBeLessThan(1e-5);
      }
      const [first, second] = (await xclip.matchVideo({ ...input, labels: ["a dog", "a dog"], top_k: 2 })).matches;
      expect([first?.score, first?.similarity]).toEqual([0.5, second?.similarity]);
      expect((await xclip.matchVideo({ ...input, top_k: 2 })).matches).toEqual(together.slice(0, 2));
    });

    test("what is known of the model is its folder's: a model without labels asks for some", async () => {
      const frames = [await read("tall.png")];
      expect((await errorOf(xclip.matchVideo({ frames })))?.code).toBe("input_invalid");
      const spoilt = [...frames, new Uint8Array([1, 2, 3])];
      expect((await errorOf(xclip.matchVideo({ frames: spoilt, labels: ["a"] })))?.code).toBe("image_undecodable");
    });
  },
);

describe("a spec", () => {
  test.each<[string, object, RegExp]>([
    ["of another number of frames", { frames: 5 }, /takes "pixel_values" \[videos, 4, 3, 20, 20\]/],
    ["without a number of frames", {}, /"parameters".*frames/],
    ["whose template has no place for the label", { frames: 4, template: "a video" }, /template/],
  ])("%s is refused", async (_what, parameters, message) => {
    const folder = join(fixtures, "four-frames");
    await using xclip = await loadXclipModel(folder);
    const spec = { ...xclip.spec, parameters: parameters as Record<string, unknown> };
    const error = await errorOf(new XclipLoader(spec, () => contextOf(spec, folder)).load("cpu"));
    expect(error?.message).toMatch(message);
  });
});

describe("a folder that is adopted", () => {
  const adopt = (folder: string) => adoptXclip(new CheckpointFolder(folder), like);
  const other = readFileSync(join(fixtures, "five-frames/onnx/model.onnx"));
  const clipTower = readFileSync(
    fileURLToPath(new URL("../../clip/fixtures/square/onnx/vision_model.onnx", import.meta.url)),
  );
  const cases: [string, Record<string, FileChange>, RegExp][] = [
    ["is of another family", { "config.json": { model_type: "clip" } }, /config\.json, key "model_type"/],
    ["has no graph", { "onnx/model.onnx": undefined }, /onnx\/model\.onnx: is missing/],
    [
      "has the graph of another number of frames",
      { "onnx/model.onnx": other },
      /key "pixel_values": is \[videos, 5, 3, 32, 32\], by config\.json it would be \[videos, 4, 3, 20, 20\]/,
    ],
    [
      "has a graph of pictures alone",
      { "onnx/model.onnx": clipTower },
      /key "pixel_values": is \[batch, 3, 24, 24\], by config\.json/,
    ],
    [
      "says another dimension",
      { "config.json": { projection_dim: 99 } },
      /key "video_embeds": is \[videos, 16\], by config\.json it would be \[videos, 99\]/,
    ],
    [
      "crops to another size",
      { "preprocessor_config.json": { crop_size: { height: 18, width: 18 } } },
      /key "crop_size": frames come out as 18 x 18, but the model takes 20 x 20/,
    ],
    [
      "has another processor",
      { "preprocessor_config.json": { image_processor_type: "CLIPImageProcessor" } },
      /key "image_processor_type": is "CLIPImageProcessor"/,
    ],
    ["has no tokenizer", { "tokenizer.json": undefined }, /tokenizer\.json: is missing/],
    [
      "knows fewer tokens than its tokenizer",
      { "config.json": { text_config: { vocab_size: 100 } } },
      /tokenizer\.json, key "model\.vocab"/,
    ],
    [
      "ends its texts otherwise",
      { "config.json": { text_config: { eos_token_id: 7 } } },
      /tokenizer\.json, key "post_processor": ends a text with the id 599/,
    ],
  ];

  test.each(cases)("and %s is refused with the file and the key", async (_what, changes, message) => {
    const error = await refusalOfChanged(join(fixtures, "four-frames"), changes, (folder) => adoptXclip(folder, like));
    expect(error?.code).toBe("checkpoint_invalid");
    expect(error?.message).toMatch(message);
  });

  test("says what it found, and pins every artifact", async () => {
    const { spec, findings } = await adopt(join(fixtures, "four-frames"));
    expect(findings).toEqual([
      "pictures: 20 px short edge, bilinear, centre 20 x 20 (preprocessor_config.json)",
      "4 frames of each video (config.json)",
      "context of 17 tokens, 600 in the vocabulary (config.json)",
      "16 dimensions (config.json), weights fp32 (onnx/model.onnx)",
    ]);
    expect(spec.parameters).toEqual({ frames: 4 });
    expect(spec.preprocessing?.text?.pad_token_id).toBe(599);
    expect(spec.local_artifacts.map(({ name }) => name)).toEqual(["model", "tokenizer"]);
    for (const artifact of spec.local_artifacts) expect(artifact.sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});
