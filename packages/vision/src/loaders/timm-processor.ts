import type { CheckpointFolder, ImagePreprocessing, ResampleFilter } from "@menagerie/core";
import { z } from "zod";
import type { ImageProcessor } from "./image-processor.ts";

const triple = z.tuple([z.number(), z.number(), z.number()]).nullish();
const side = z.int().positive();
const configSchema = z.object({
  pretrained_cfg: z
    .object({
      input_size: z.tuple([z.literal(3), side, side]).nullish(),
      interpolation: z.enum(["bicubic", "bilinear", "nearest", "lanczos", "box", "hamming"]).nullish(),
      crop_pct: z.number().positive().max(1).nullish(),
      crop_mode: z.enum(["center", "squash"]).nullish(),
      mean: triple,
      std: triple,
    })
    .nullish(),
});

/**
 * Reads how pictures are prepared for a model of timm, whose checkpoints say it in config.json under `pretrained_cfg` and have
 * no processor's file: resized on Pillow by `crop_pct`, the middle cut out as torchvision's own transform cuts it.
 * @returns undefined for a folder without such a configuration
 * @throws ModelError `checkpoint_invalid` for a key that does not fit, by name
 */
export async function timmProcessor(folder: CheckpointFolder): Promise<ImageProcessor | undefined> {
  const file = "config.json";
  if (!(await folder.has(file))) return undefined;
  const { pretrained_cfg: found } = await folder.json(file, configSchema);
  if (found == null) return undefined;
  const [, height, width] = found.input_size ?? [3, 224, 224];
  const part = found.crop_pct ?? 0.875;
  const larger = (length: number): number => Math.floor(length / part);
  const isSquashed = found.crop_mode === "squash";
  if (!isSquashed && larger(height) !== larger(width))
    throw folder.refusal(
      file,
      "pretrained_cfg.input_size",
      `is ${width} x ${height}, and only a square keeps its aspect`,
    );
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
  return {
    preprocessing,
    result: { width, height },
    finding: `pictures: ${how}, ${filter}, centre ${width} x ${height}, on Pillow (${file}, pretrained_cfg)`,
  };
}
