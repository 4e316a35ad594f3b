import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ModelSpec } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { removeFolder } from "@menagerie/core/loader";
import { ImagePipeline } from "@menagerie/vision";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { adoptClip } from "./adopt-clip.ts";
import { loadClipModel } from "./load-clip-model.ts";
import { readOpenClip } from "./open-clip-config.ts";

const towers = fileURLToPath(new URL("../fixtures/square", import.meta.url));
const pictures = fileURLToPath(new URL("../../../packages/vision/fixtures/pictures", import.meta.url));
const like = { resource_requirements: { max_batch: 16 }, parameters: { template: "{}" } } as unknown as ModelSpec;

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "menagerie-open-clip-"));
});
afterEach(() => removeFolder(path));

const text = { context_length: 12, vocab_size: 640 };
const colours = { mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.3] };
const write = (model: object = {}, prepared: object = {}): Promise<void> =>
  writeFile(
    join(path, "open_clip_config.json"),
    JSON.stringify({
      model_cfg: { embed_dim: 16, vision_cfg: { image_size: 24 }, text_cfg: text, ...model },
      preprocess_cfg: { ...colours, ...prepared },
    }),
  );

describe("open_clip_config.json", () => {
  // open_clip.image_transform(24, is_train=False, mean=(0.4, 0.5, 0.6), std=(0.2, 0.25, 0.3), resize_mode=…, interpolation=…) of
  // open_clip_torch 3.3.0 on Pillow 13.0.0, as little-endian float32.
  test.each([
    ["shortest", {}, "jpeg-420.jpg", "dcf27d0ae6a08b695ac818ab37142b68182e7682bf5ac2c601aa3f4a41f87a0d"],
    ["shortest", {}, "jpeg-tall.jpg", "05435366ae8d34510fc5ea35cf2bc418db90a1714a39bd2d965eddbed51dea6b"],
    [
      "squash",
      { resize_mode: "squash", interpolation: "bilinear" },
      "jpeg-420.jpg",
      "856898a26d6e0184ed79b5fb3c1a87a68c59d14787fae6d9ccf9353f7daba756",
    ],
    [
      "squash",
      { resize_mode: "squash", interpolation: "bilinear" },
      "jpeg-tall.jpg",
      "84e79bf57a5f0c27ad14b9d64ef31c864dae15f99a2ed83ebfa196e708400c72",
    ],
  ])("prepares pictures as open_clip does: %s %j, %s", async (_mode, prepared, file, digest) => {
    await write({}, prepared);
    const { image } = await readOpenClip(new CheckpointFolder(path), true);
    const pipeline = new ImagePipeline(image.preprocessing);
    using pixels = await pipeline.toTensor([new Uint8Array(await readFile(join(pictures, file)))]);
    const data = pixels.data as Float32Array;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(digest);
  });

  test("takes the place of config.json and of the processor's file, and texts are cleaned as open_clip does", async () => {
    await cp(towers, path, { recursive: true });
    for (const file of ["config.json", "preprocessor_config.json"]) await rm(join(path, file));
    await write();
    const { spec, findings } = await adoptClip(new CheckpointFolder(path), like);
    expect(spec.parameters).toMatchObject({ text_cleaning: "lower" });
    expect(findings.join("; ")).toMatch(/24 px short edge.*on Pillow \(open_clip_config\.json\).*12 tokens, 640 in/);
    await using clip = await loadClipModel(path);
    const [entity, sign] = [await clip.embedText("fish &amp;  chips"), await clip.embedText("Fish & chips")];
    expect(entity).toEqual(sign);
  });

  test.each<[string, object, object, RegExp]>([
    [
      "a SigLIP",
      { init_logit_bias: -10 },
      {},
      /init_logit_bias": is there, so that this is a SigLIP.*adopt the conversion/,
    ],
    ["another way of pooling", { text_cfg: { ...text, pool_type: "last" } }, {}, /text_cfg\.pool_type": is "last"/],
    ["another text model", { text_cfg: { ...text, hf_model_name: "xlm-roberta" } }, {}, /hf_model_name": is "xlm/],
    [
      "other cleaning",
      { text_cfg: { ...text, tokenizer_kwargs: { clean: "canonicalize" } } },
      {},
      /tokenizer_kwargs": cleans texts by "canonicalize"/,
    ],
    [
      "filled pictures",
      {},
      { resize_mode: "longest" },
      /preprocess_cfg\.resize_mode": is "longest", which fills the rest/,
    ],
    ["a rectangle", { vision_cfg: { image_size: [24, 32] } }, {}, /image_size": is 32 x 24; a square/],
  ])("of %s is refused by the key", async (_, model, prepared, message) => {
    await write(model, prepared);
    await expect(readOpenClip(new CheckpointFolder(path), true)).rejects.toMatchObject({
      code: "checkpoint_invalid",
      message: expect.stringMatching(message),
    });
  });

  test("says nothing of texts to a tower of pictures alone", async () => {
    await write({ init_logit_bias: -10 });
    await expect(readOpenClip(new CheckpointFolder(path), false)).resolves.toMatchObject({
      image: { result: { width: 24 } },
    });
  });
});
