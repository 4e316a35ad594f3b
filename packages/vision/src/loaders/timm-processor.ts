import type { CheckpointFolder } from "@menagerie/core/adopt";
import { z } from "zod";
import type { ImagePreprocessing, ResampleFilter } from "../preprocessing/image-preprocessing.ts";
import type { ImageProcessor } from "./image-processor.ts";

const triple = z.tuple([z.number(), z.number(), z.number()]).nullish();
const side = z.int().positive();
const pretrainedSchema = z.looseObject({
  input_size: z.tuple([z.literal(3), side, side]).nullish(),
  fixed_input_size: z.boolean().nullish(),
  interpolation: z.enum(["bicubic", "bilinear", "nearest", "lanczos", "box", "hamming"]).nullish(),
  crop_pct: z.number().positive().max(1).nullish(),
  crop_mode: z.enum(["center", "squash"]).nullish(),
  mean: triple,
  std: triple,
});
const configSchema = z.looseObject({
  architecture: z.string().nullish(),
  pretrained_cfg: z.looseObject({}).nullish(),
  model_args: z
    .object({ img_size: z.union([side, z.tuple([side, side])]).nullish(), in_chans: z.literal(3).nullish() })
    .nullish(),
});

/** One of these beside the architecture, and a file is timm's. */
const ofPictures = ["input_size", "interpolation", "crop_pct", "crop_mode", "mean", "std"] as const;

/** Keys that say where weights come from, what classes are called, how they are tested or trained: of no picture. */
const silent = new Set([
  ...["url", "file", "state_dict", "hf_hub_id", "hf_hub_filename", "source", "architecture", "architectures", "tag"],
  ...[
    "custom_load",
    "test_input_size",
    "min_input_size",
    "test_crop_pct",
    "num_classes",
    "num_features",
    "global_pool",
  ],
  ...["label_offset", "label_names", "label_descriptions", "labels", "pool_size", "test_pool_size", "first_conv"],
  ...[
    "classifier",
    "license",
    "description",
    "origin_url",
    "paper_name",
    "paper_ids",
    "notes",
    "head_init",
    "model_args",
  ],
  ...["model_type", "transformers_version", "torch_dtype", "dtype", "initializer_range", "problem_type"],
]);

/**
 * Reads how pictures are prepared for a model of timm, whose checkpoints say it in config.json under `pretrained_cfg`, or at
 * its top where they are older, and have no processor's file: resized on Pillow by `crop_pct`, the middle cut out as
 * torchvision's own transform cuts it.
 * @returns undefined for a folder without such a configuration
 * @throws ModelError `checkpoint_invalid` for a key that does not fit, by name
 */
export async function timmProcessor(folder: CheckpointFolder): Promise<ImageProcessor | undefined> {
  const file = "config.json";
  if (!(await folder.has(file))) return undefined;
  const config = await folder.json(file, configSchema);
  const { architecture, pretrained_cfg: apart, model_args: args } = config;
  const isOlder = apart == null && architecture != null && ofPictures.some((key) => config[key] != null);
  if (apart == null && !isOlder) return undefined;
  const place = isOlder ? "" : "pretrained_cfg.";
  const found = isOlder
    ? await folder.json(file, pretrainedSchema)
    : (await folder.json(file, z.looseObject({ pretrained_cfg: pretrainedSchema }))).pretrained_cfg;
  const ownSize = found.fixed_input_size === true ? args?.img_size : undefined;
  const [, declaredHeight, declaredWidth] = found.input_size ?? [3, 224, 224];
  const [height, width] =
    typeof ownSize === "number" ? [ownSize, ownSize] : (ownSize ?? [declaredHeight, declaredWidth]);
  const part = found.crop_pct ?? 0.875;
  const larger = (length: number): number => Math.floor(length / part);
  const isSquashed = found.crop_mode === "squash";
  if (!isSquashed && larger(height) !== larger(width))
    throw folder.refusal(file, `${place}input_size`, `is ${width} x ${height}, and only a square keeps its aspect`);
  const resize = isSquashed ? { width: larger(width), height: larger(height) } : { shortest_edge: larger(height) };
  const filter: ResampleFilter = found.interpolation ?? "bicubic";
  const preprocessing: ImagePreprocessing = {
    arithmetic: "pillow-13",
    convert_rgb: false,
    resize,
    filter,
    crop: { width, height },
    crop_rounding: "round",
    rescale_factor: 1 / 255,
    mean: found.mean ?? [0.485, 0.456, 0.406],
    std: found.std ?? [0.229, 0.224, 0.225],
  };
  const how = isSquashed ? `${larger(width)} x ${larger(height)} px` : `${larger(height)} px short edge`;
  const unknown = Object.keys(found).filter((key) => !silent.has(key) && !Object.hasOwn(pretrainedSchema.shape, key));
  const where = isOlder ? file : `${file}, pretrained_cfg`;
  const rest = unknown.length === 0 ? "" : `; timm does not look at ${unknown.join(", ")}`;
  return {
    preprocessing,
    result: { width, height },
    finding: `pictures: ${how}, ${filter}, centre ${width} x ${height}, on Pillow (${where})${rest}`,
  };
}
