import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ModelSpec } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { removeFolder } from "@menagerie/core/loader";
import { afterEach, beforeEach, expect, test } from "vitest";
import { adoptClip } from "./adopt-clip.ts";
import { type ClipModel, loadClipModel } from "./load-clip-model.ts";

const towers = fileURLToPath(new URL("../fixtures/square", import.meta.url));
/** A CLIP of transformers in one graph; tools/export/fashion-clip/tiny_fashion_clip.py made it. */
const whole = fileURLToPath(new URL("../../fashion-clip/fixtures/clip", import.meta.url));
const pictures = {
  [towers]: fileURLToPath(new URL("../fixtures/pictures", import.meta.url)),
  [whole]: fileURLToPath(new URL("../../fashion-clip/fixtures/pictures", import.meta.url)),
};
const like = { resource_requirements: { max_batch: 16 }, parameters: { template: "{}" } } as unknown as ModelSpec;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-layout-"));
});
afterEach(() => removeFolder(folder));

interface Reference {
  texts: { text: string; text_embeds: number[] }[];
  images: { file: string; image_embeds: number[]; probabilities: number[] }[];
  template: string;
}

const unit = (vector: number[]): number[] => vector.map((value) => value / Math.hypot(...vector));
const farthest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));

async function referenceOf(fixture: string): Promise<Reference> {
  return JSON.parse(await readFile(join(fixture, "reference.json"), "utf8")) as Reference;
}

async function expectPictures(clip: ClipModel, fixture: string): Promise<void> {
  for (const { file, image_embeds } of (await referenceOf(fixture)).images) {
    const { embedding } = await clip.embedImage(new Uint8Array(await readFile(join(pictures[fixture] ?? "", file))));
    expect(farthest(embedding, unit(image_embeds)), file).toBeLessThan(1e-4);
  }
}

async function expectTexts(clip: ClipModel, fixture: string): Promise<void> {
  for (const { text, text_embeds } of (await referenceOf(fixture)).texts) {
    const { embedding } = await clip.embedText(text);
    expect(farthest(embedding, unit(text_embeds)), text).toBeLessThan(1e-4);
  }
}

/** Other names for tensors, of the same length, so that the file stays whole. */
async function retitled(from: string, to: string, names: Readonly<Record<string, string>>): Promise<void> {
  let bytes = (await readFile(join(folder, from))).toString("latin1");
  for (const [old, next] of Object.entries(names)) bytes = bytes.replaceAll(old, next);
  await rm(join(folder, from));
  await writeFile(join(folder, to), bytes, "latin1");
}

test("a CLIP exported whole as model.onnx answers as transformers does, with the scale of its own logits", async () => {
  await cp(whole, folder, { recursive: true });
  await using clip = await loadClipModel(folder);
  expect(clip.spec.graphs).toEqual({ model: { artifact: "model" } });
  await expectPictures(clip, whole);
  await expectTexts(clip, whole);
  const { images, texts, template } = await referenceOf(whole);
  const labels = texts.map(({ text }) => text);
  const files = await Promise.all(images.map(({ file }) => readFile(join(pictures[whole] ?? "", file))));
  const { per_image } = await clip.matchImage({ images: files.map((file) => new Uint8Array(file)), labels, template });
  for (const { image, matches } of per_image) {
    const scores = labels.map((label) => matches.find((match) => match.label === label)?.score ?? Number.NaN);
    expect(farthest(scores, images[image]?.probabilities ?? [])).toBeLessThan(1e-4);
  }
});

test("towers under open_clip's names, whose only tensors have names of their own, answer the same", async () => {
  await cp(towers, folder, { recursive: true });
  await retitled("onnx/vision_model.onnx", "visual.onnx", {
    pixel_values: "input_images",
    image_embeds: "output_image",
  });
  await retitled("onnx/text_model.onnx", "textual.onnx", { input_ids: "tokens_in", text_embeds: "output_text" });
  await using clip = await loadClipModel(folder);
  expect(clip.spec.local_artifacts.map(({ path }) => path)).toEqual(["visual.onnx", "textual.onnx", "tokenizer.json"]);
  await expectPictures(clip, towers);
  await expectTexts(clip, towers);
});

test("a picture tower alone needs no tokenizer, answers its own task, and says which it lacks", async () => {
  await cp(towers, folder, { recursive: true });
  for (const file of ["onnx/text_model.onnx", "tokenizer.json"]) await rm(join(folder, file));
  const { spec, assumptions } = await adoptClip(new CheckpointFolder(folder), like);
  expect(spec.tasks).toEqual(["embed-image"]);
  expect(spec.parameters).toEqual({ template: "{}" });
  expect(assumptions).toEqual([expect.stringContaining("the tower of pictures alone is meant")]);
  await using clip = await loadClipModel(folder);
  await expectPictures(clip, towers);
  await expect(clip.embedText("a cat")).rejects.toMatchObject({ code: "task_unsupported" });
});

test("a text tower alone is known by what it takes, with the config.json of its own tower", async () => {
  await cp(towers, folder, { recursive: true });
  await rename(join(folder, "onnx/text_model.onnx"), join(folder, "onnx/model.onnx"));
  for (const file of ["onnx/vision_model.onnx", "preprocessor_config.json"]) await rm(join(folder, file));
  const { text_config, projection_dim } = JSON.parse(await readFile(join(folder, "config.json"), "utf8")) as {
    text_config: object;
    projection_dim: number;
  };
  await writeFile(
    join(folder, "config.json"),
    JSON.stringify({ ...text_config, model_type: "clip_text_model", projection_dim }),
  );
  const { spec } = await adoptClip(new CheckpointFolder(folder), like);
  expect([spec.tasks, Object.keys(spec.graphs ?? {})]).toEqual([["embed-text"], ["text_model"]]);
  await using clip = await loadClipModel(folder);
  await expectTexts(clip, towers);
});

test("of several graphs the one that is named is taken", async () => {
  await cp(towers, folder, { recursive: true });
  await mkdir(join(folder, "exports"));
  await cp(join(folder, "onnx/vision_model.onnx"), join(folder, "exports/mine.onnx"));
  const named = new CheckpointFolder(folder, { graph: "exports/mine.onnx" });
  const { spec } = await adoptClip(named, like);
  expect(spec.local_artifacts.map(({ name, path }) => [name, path])).toEqual([["vision_model", "exports/mine.onnx"]]);
});

test("vocab.json and merges.txt without tokenizer.json answer the same", async () => {
  await cp(towers, folder, { recursive: true });
  const { model } = JSON.parse(await readFile(join(folder, "tokenizer.json"), "utf8")) as {
    model: { vocab: object; merges: [string, string][] };
  };
  await writeFile(join(folder, "vocab.json"), JSON.stringify(model.vocab));
  await writeFile(
    join(folder, "merges.txt"),
    `#version: 0.2\n${model.merges.map((pair) => pair.join(" ")).join("\n")}\n`,
  );
  await rm(join(folder, "tokenizer.json"));
  await using clip = await loadClipModel(folder);
  expect(clip.spec.local_artifacts.slice(2).map(({ name, path }) => [name, path])).toEqual([
    ["tokenizer", "vocab.json"],
    ["tokenizer_merges", "merges.txt"],
  ]);
  await expectTexts(clip, towers);
});

test("of a CLIP's tasks the one that is chosen is answered, and its pictures are resized as they were in training", async () => {
  await using clip = await loadClipModel(towers, { tasks: ["embed-image"], arithmetic: "pillow-12" });
  expect(clip.spec.tasks).toEqual(["embed-image"]);
  expect(clip.spec.preprocessing.image?.arithmetic).toBe("pillow-12");
  await expect(loadClipModel(towers, { tasks: ["classify-image"] })).rejects.toMatchObject({
    code: "checkpoint_invalid",
    message: expect.stringMatching(
      /answers embed-image, embed-text, match-image, and not classify-image\. Leave --task out/,
    ),
  });
});
