import { cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeFolder } from "@menagerie/core/loader";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FashionClipModel, loadFashionClipModel } from "./load-fashion-clip-model.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-siglip-"));
  await cp(join(fixtures, "siglip"), folder, { recursive: true });
});
afterEach(() => removeFolder(folder));

interface Reference {
  texts: { text: string; text_embeds: number[] }[];
  images: { file: string; image_embeds: number[] }[];
}

const farthest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));

async function expectAnswers(model: FashionClipModel, sides: { pictures: boolean; texts: boolean }): Promise<void> {
  const { images, texts } = JSON.parse(await readFile(join(fixtures, "siglip/reference.json"), "utf8")) as Reference;
  for (const { file, image_embeds } of sides.pictures ? images : []) {
    const { embedding } = await model.embedImage(new Uint8Array(await readFile(join(fixtures, "pictures", file))));
    expect(farthest(embedding, image_embeds), file).toBeLessThan(1e-4);
  }
  for (const { text, text_embeds } of sides.texts ? texts : [])
    expect(farthest((await model.embedText(text)).embedding, text_embeds), text).toBeLessThan(1e-4);
}

test("a SigLIP exported whole as model.onnx answers as its towers do", async () => {
  // Two protobuf messages one after the other are read as one with the fields of both, once no two tensors share a name.
  const [vision, text] = ["vision_model.onnx", "text_model.onnx"].map((name) => join(folder, "onnx", name)) as [
    string,
    string,
  ];
  const other = (await readFile(text)).toString("latin1").replaceAll("tower", "texts").replaceAll("onnx::", "text::");
  await writeFile(
    join(folder, "onnx/model.onnx"),
    Buffer.concat([await readFile(vision), Buffer.from(other, "latin1")]),
  );
  for (const file of [vision, text]) await rm(file);
  await using model = await loadFashionClipModel(folder);
  expect(Object.keys(model.spec.graphs)).toEqual(["model"]);
  await expectAnswers(model, { pictures: true, texts: true });
});

test("a SigLIP's tower of pictures or texts alone answers its own side", async () => {
  await cp(join(fixtures, "siglip"), join(folder, "texts"), { recursive: true });
  await rm(join(folder, "onnx/text_model.onnx"));
  await rename(join(folder, "onnx/vision_model.onnx"), join(folder, "visual.onnx"));
  await rm(join(folder, "tokenizer.json"));
  await using pictures = await loadFashionClipModel(folder);
  expect(pictures.spec.tasks).toEqual(["embed-image"]);
  await expectAnswers(pictures, { pictures: true, texts: false });
  await expect(pictures.embedText("a dress")).rejects.toMatchObject({ code: "task_unsupported" });
  await rm(join(folder, "texts/onnx/vision_model.onnx"));
  await using texts = await loadFashionClipModel(join(folder, "texts"));
  expect(texts.spec.tasks).toEqual(["embed-text"]);
  await expectAnswers(texts, { pictures: false, texts: true });
});
