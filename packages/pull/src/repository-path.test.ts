import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ModelSpec, parseModelSpecs } from "@menagerie/core";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { specOf } from "./hub-in-a-box/boxed-pull.ts";
import { originAddress, repositoryPath } from "./index.ts";
import { pulledOrigin } from "./repository-path.ts";

const plugins = fileURLToPath(new URL("../../../plugins", import.meta.url));

async function shippedSpecs(): Promise<ModelSpec[]> {
  const folders = (await readdir(plugins)).map((plugin) => join(plugins, plugin, "models"));
  const files = await Promise.all(
    folders.map(async (folder) => (await readdir(folder)).map((file) => join(folder, file))),
  );
  const specs = files.flat().map(async (file) => parseModelSpecs(parse(await readFile(file, "utf8")), file));
  return (await Promise.all(specs)).flat().sort((a, b) => (a.model_name < b.model_name ? -1 : 1));
}

const wholeClip = (suffix = ""): string =>
  `onnx/vision_model${suffix}.onnx onnx/text_model${suffix}.onnx tokenizer.json`;
const wholeFlorence = (suffix = ""): string =>
  `onnx/vision_encoder${suffix}.onnx onnx/embed_tokens${suffix}.onnx onnx/encoder_model${suffix}.onnx onnx/decoder_model_merged${suffix}.onnx tokenizer.json`;
const wholeWhisper = (suffix = ""): string =>
  `onnx/encoder_model${suffix}.onnx onnx/decoder_model_merged${suffix}.onnx tokenizer.json config.json generation_config.json`;

/** As the repositories have them: the layout of the public conversions, in which the graphs lie in onnx/. */
const places: Readonly<Record<string, readonly [address: string, files: string]>> = {
  "brisque-quality": [
    "github:opencv/opencv_contrib@4.x",
    "modules/quality/samples/brisque_model_live.yml modules/quality/samples/brisque_range_live.yml",
  ],
  "brisque-quality-live": ["github:photosynthesis-team/piq@v0.4.0", "allmodel"],
  "clip-vit-b32": ["hf:Xenova/clip-vit-base-patch32@main", wholeClip()],
  "clip-vit-b32-fp16": ["hf:Xenova/clip-vit-base-patch32@main", wholeClip("_fp16")],
  "clip-vit-b32-uint8": ["hf:Xenova/clip-vit-base-patch32@main", wholeClip("_quantized")],
  "clip-vit-l": ["hf:Xenova/clip-vit-large-patch14@c307790166907339eed5a9a53a249af534102536", wholeClip()],
  "clip-vit-l-fp16": ["hf:Xenova/clip-vit-large-patch14@c307790166907339eed5a9a53a249af534102536", wholeClip("_fp16")],
  "clip-vit-l-uint8": [
    "hf:Xenova/clip-vit-large-patch14@c307790166907339eed5a9a53a249af534102536",
    wholeClip("_quantized"),
  ],
  "depth-anything-v2-small": ["hf:onnx-community/depth-anything-v2-small@main", "onnx/model.onnx"],
  "depth-anything-v2-small-fp16": ["hf:onnx-community/depth-anything-v2-small@main", "onnx/model_fp16.onnx"],
  "depth-anything-v2-small-uint8": ["hf:onnx-community/depth-anything-v2-small@main", "onnx/model_quantized.onnx"],
  "fashion-clip": ["hf:patrickjohncyh/fashion-clip@main", "onnx/model.onnx tokenizer.json"],
  "fashion-siglip": ["hf:Marqo/marqo-fashionSigLIP@main", wholeClip()],
  "fashion-siglip-fp16": ["hf:Marqo/marqo-fashionSigLIP@main", wholeClip("_fp16")],
  "fashion-siglip-uint8": ["hf:Marqo/marqo-fashionSigLIP@main", wholeClip("_quantized")],
  "florence-2-base": ["hf:onnx-community/Florence-2-base@main", wholeFlorence()],
  "florence-2-base-fp16": ["hf:onnx-community/Florence-2-base@main", wholeFlorence("_fp16")],
  "florence-2-large": ["hf:onnx-community/Florence-2-large@main", wholeFlorence()],
  "florence-2-large-fp16": ["hf:onnx-community/Florence-2-large@main", wholeFlorence("_fp16")],
  "pet-classifier": ["hf:hilmansw/resnet18-catdog-classifier@main", "onnx/model.onnx"],
  "segformer-b2-clothes": ["hf:mattmdjaga/segformer_b2_clothes@f6ac729", "onnx/model.onnx"],
  "segformer-b2-clothes-fp16": ["hf:Xenova/segformer_b2_clothes@main", "onnx/model_fp16.onnx"],
  "segformer-b2-clothes-uint8": ["hf:Xenova/segformer_b2_clothes@main", "onnx/model_quantized.onnx"],
  "vehicle-damage-detection": ["hf:harpreetsahota/car-dd-segmentation-yolov11@main", "best.onnx"],
  "vehicle-segment-classification": ["hf:AventIQ-AI/ResNet-50-Vehicle-Segment-classification@main", "onnx/model.onnx"],
  "violence-detection": ["hf:jaranohaal/vit-base-violence-detection@b324e0e", "onnx/model.onnx"],
  "vitpose-base": ["hf:onnx-community/vitpose-base-simple@main", "onnx/model.onnx"],
  "vitpose-base-fp16": ["hf:onnx-community/vitpose-base-simple@main", "onnx/model_fp16.onnx"],
  "vitpose-base-uint8": ["hf:onnx-community/vitpose-base-simple@main", "onnx/model_quantized.onnx"],
  "vitpose-small": ["hf:onnx-community/vitpose-plus-small-ONNX@main", "onnx/model.onnx"],
  "weather-classification": ["hf:prithivMLmods/Weather-Image-Classification@main", "onnx/model.onnx"],
  "whisper-small": ["hf:Xenova/whisper-small@main", wholeWhisper()],
  "whisper-small-fp16": ["hf:Xenova/whisper-small@main", wholeWhisper("_fp16")],
  "whisper-small-uint8": ["hf:Xenova/whisper-small@main", wholeWhisper("_quantized")],
  "whisper-tiny": ["hf:Xenova/whisper-tiny@main", wholeWhisper()],
  "whisper-tiny-fp16": ["hf:Xenova/whisper-tiny@main", wholeWhisper("_fp16")],
  "whisper-tiny-uint8": ["hf:Xenova/whisper-tiny@main", wholeWhisper("_quantized")],
  "xclip-base": ["hf:microsoft/xclip-base-patch32@a2e27a78", "onnx/model.onnx tokenizer.json"],
  "yolo-world-s": ["github:ultralytics/assets@v8.3.0", "model.onnx text_model.onnx tokenizer.json"],
};

test("every model that is shipped has its files at the place that its origin has them", async () => {
  const found = (await shippedSpecs()).map((spec) => [
    spec.model_name,
    [originAddress(spec), spec.local_artifacts.map((artifact) => repositoryPath(spec, artifact)).join(" ")],
  ]);
  expect(Object.fromEntries(found)).toEqual(places);
});

const commit = "c".repeat(40);
test.each([
  ["hf", undefined, "acme/model"],
  ["github", undefined, "github:acme/model"],
  ["github", "github", "acme/model"],
  ["hf", "github", "hf:acme/model"],
] as const)("what a lock has of a pull from %s of a model of host %s leads there again", (scheme, host, repository) => {
  const declared = specOf({
    origin: { repository: "acme/model", revision: "v1", ...(host === undefined ? {} : { host }) },
  });
  const locked = pulledOrigin(declared, { repository: "acme/model", revision: commit, scheme });
  expect(locked).toEqual({ repository, revision: commit });
  const again = { ...declared, origin: { ...declared.origin, ...locked } };
  expect(originAddress(again)).toBe(`${scheme}:acme/model@${commit}`);
  expect(pulledOrigin(again, { repository: "acme/model", revision: commit, scheme })).toEqual(locked);
});
