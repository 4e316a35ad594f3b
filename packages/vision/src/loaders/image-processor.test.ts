import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelError } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ExpectedProcessor, readImageProcessor } from "./image-processor.ts";

let path: string;
beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), "menagerie-processor-"));
});
afterAll(() => rm(path, { recursive: true }));

async function read(processor: object, expected?: ExpectedProcessor): ReturnType<typeof readImageProcessor> {
  await writeFile(join(path, "preprocessor_config.json"), JSON.stringify(processor));
  return readImageProcessor(new CheckpointFolder(path), expected);
}

const halves = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
const common = { arithmetic: "torchvision", convert_rgb: false, crop_rounding: "floor", rescale_factor: 1 / 255 };

describe("a preprocessor_config.json", () => {
  // What `X().to_dict()` of transformers 5.23 says of each class.
  test.each<[string, object, object | undefined]>([
    [
      "ViTImageProcessor",
      { resize: { width: 224, height: 224 }, filter: "bilinear", ...halves },
      { width: 224, height: 224 },
    ],
    [
      "ConvNextImageProcessor",
      { resize: { shortest_edge: 384, crop_pct: 0.875 }, filter: "bicubic", ...halves },
      { width: 384, height: 384 },
    ],
    [
      "SiglipImageProcessor",
      { convert_rgb: true, resize: { width: 224, height: 224 }, filter: "bicubic", ...halves },
      { width: 224, height: 224 },
    ],
    [
      "SegformerImageProcessor",
      {
        resize: { width: 512, height: 512 },
        filter: "bilinear",
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
      },
      { width: 512, height: 512 },
    ],
    [
      "DPTImageProcessor",
      { resize: { width: 384, height: 384 }, filter: "bicubic", ...halves },
      { width: 384, height: 384 },
    ],
    [
      "CLIPImageProcessor",
      {
        convert_rgb: true,
        resize: { shortest_edge: 224 },
        crop: { width: 224, height: 224 },
        filter: "bicubic",
        mean: [0.48145466, 0.4578275, 0.40821073],
        std: [0.26862954, 0.26130258, 0.27577711],
      },
      { width: 224, height: 224 },
    ],
    [
      "VideoMAEImageProcessor",
      { resize: { shortest_edge: 224 }, crop: { width: 224, height: 224 }, filter: "bilinear", ...halves },
      { width: 224, height: 224 },
    ],
  ])("that names %s alone means that class's defaults", async (image_processor_type, expected, result) => {
    const processor = await read({ image_processor_type }, { type: /./ });
    expect(processor.preprocessing).toEqual({ ...common, ...expected });
    expect(processor.result).toEqual(result);
  });

  test("of an older kind is read: an integer for a size, a feature extractor, nothing where null stands", async () => {
    const vit = await read({
      feature_extractor_type: "ViTFeatureExtractor",
      size: 30,
      do_convert_rgb: null,
      resample: 3,
    });
    expect(vit.preprocessing).toEqual({ ...common, resize: { width: 30, height: 30 }, filter: "bicubic", ...halves });
    const convnext = await read({ feature_extractor_type: "ConvNextFeatureExtractor", size: 224 });
    expect(convnext.preprocessing.resize).toEqual({ shortest_edge: 224, crop_pct: 0.875 });
    expect(convnext.result).toEqual({ width: 224, height: 224 });
    expect(convnext.finding).toBe("pictures: 224 px short edge of 0.875 kept, bicubic (preprocessor_config.json)");
  });

  test("decides everything that it says: arithmetic, steps left out, crops, aspect and multiples", async () => {
    const { preprocessing, result } = await read({
      image_processor_type: "ViTImageProcessorPil",
      do_convert_rgb: true,
      do_resize: false,
      do_center_crop: true,
      crop_size: { height: 20, width: 30 },
      do_rescale: false,
      do_normalize: false,
    });
    expect(preprocessing).toEqual({
      ...{ arithmetic: "pillow-13", convert_rgb: true, filter: "bilinear", crop_rounding: "floor", rescale_factor: 1 },
      crop: { width: 30, height: 20 },
    });
    expect(result).toEqual({ width: 30, height: 20 });
    const dpt = await read({
      ...{ image_processor_type: "DPTImageProcessor", size: { height: 518, width: 518 }, keep_aspect_ratio: true },
      ...{ ensure_multiple_of: 14, do_pad: true, size_divisor: 28, image_std: [1, 1, 1] },
    });
    expect(dpt.preprocessing).toMatchObject({
      resize: { width: 518, height: 518, keep_aspect_ratio: true, ensure_multiple_of: 14 },
      pad: { size_divisor: 28 },
      std: [1, 1, 1],
    });
    expect(dpt.result).toBeUndefined();
    // SegFormer's knows the keys of every processor, and neither crops nor fills up.
    const keys = { do_center_crop: true, crop_size: 20, do_pad: true, pad_size: 600 };
    const segformer = await read({ image_processor_type: "SegformerImageProcessor", ...keys });
    expect(segformer.preprocessing).not.toHaveProperty("crop");
    expect(segformer.preprocessing).not.toHaveProperty("pad");
    expect(segformer.result).toEqual({ width: 512, height: 512 });
  });

  test.each<[object, string]>([
    [{ image_processor_type: "VideoMAEImageProcessor" }, "image_processor_type"],
    [{ image_processor_type: "Siglip2ImageProcessor" }, "image_processor_type"],
    [{ image_processor_type: "EfficientNetImageProcessor", do_rescale: false, do_normalize: false }, "include_top"],
    [{ image_processor_type: "ConvNextImageProcessor", do_center_crop: true, crop_size: 9 }, "do_center_crop"],
    [{ image_processor_type: "ViTImageProcessor", do_pad: true, pad_size: 300 }, "pad_size"],
    [{ image_processor_type: "BlipImageProcessor" }, "image_processor_type"],
    [{}, "feature_extractor_type"],
    [{ image_processor_type: "ViTImageProcessor", size: { longest_edge: 3 } }, "size"],
    [{ image_processor_type: "ConvNextImageProcessor", size: { height: 3, width: 3 } }, "size"],
    [{ image_processor_type: "DPTImageProcessor", size: { shortest_edge: 3 } }, "size"],
    [{ image_processor_type: "ViTImageProcessor", do_center_crop: true }, "crop_size"],
    [{ image_processor_type: "ViTImageProcessor", image_mean: [0.5, 0.5] }, "image_mean"],
    [{ image_processor_type: "ViTImageProcessor", resample: 9 }, "resample"],
  ])("that says %j is refused by the key %s", async (processor, key) => {
    const error = await read(processor).then(
      () => undefined,
      (thrown: ModelError) => thrown,
    );
    expect(error?.code).toBe("checkpoint_invalid");
    expect(error?.message).toContain(`preprocessor_config.json, key "${key}`);
  });

  test("of another family than the model's is refused; one that names none is what the model's usually are", async () => {
    const expected = { type: /^CLIP/, unnamed: "CLIPImageProcessor" };
    await expect(read({ image_processor_type: "ViTImageProcessor" }, expected)).rejects.toThrow(
      'key "image_processor_type": is "ViTImageProcessor", which prepares pictures in another way',
    );
    const { preprocessing } = await read({ size: 30, crop_size: 24, do_convert_rgb: null }, expected);
    expect(preprocessing).toMatchObject({
      convert_rgb: false,
      resize: { shortest_edge: 30 },
      crop: { width: 24, height: 24 },
    });
    const whole = await read({ do_center_crop: false, size: { height: 20, width: 30 } }, expected);
    expect(whole.result).toEqual({ width: 30, height: 20 });
    expect((await read({ do_center_crop: false }, expected)).result).toBeUndefined();
  });
});
