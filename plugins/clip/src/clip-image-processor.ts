import type { CheckpointFolder, ImagePreprocessing, ResampleFilter } from "@menagerie/core";
import { z } from "zod";

/** Pillow's numbers of its filters. */
const filters: readonly ResampleFilter[] = ["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"];

const side = z.int().positive();
// An integer stands for the short edge, as older files have it.
const resizeSchema = z.union([
  side.transform((edge) => ({ shortest_edge: edge })),
  z.strictObject({ shortest_edge: side }),
  z.strictObject({ height: side, width: side }),
]);
const cropSchema = z.union([
  side.transform((edge) => ({ height: edge, width: edge })),
  z.strictObject({ height: side, width: side }),
]);
const triple = z.tuple([z.number(), z.number(), z.number()]);

/** Defaults are those of transformers' CLIPImageProcessor. */
const processorSchema = z.object({
  image_processor_type: z.string().optional(),
  feature_extractor_type: z.string().optional(),
  do_convert_rgb: z.boolean().default(true),
  do_resize: z.boolean().default(true),
  size: resizeSchema.default({ shortest_edge: 224 }),
  resample: z.int().min(0).max(5).default(3),
  do_center_crop: z.boolean().default(true),
  crop_size: cropSchema.default({ height: 224, width: 224 }),
  do_rescale: z.boolean().default(true),
  rescale_factor: z
    .number()
    .positive()
    .default(1 / 255),
  do_normalize: z.boolean().default(true),
  image_mean: triple.default([0.481_454_66, 0.457_827_5, 0.408_210_73]),
  image_std: triple.default([0.268_629_54, 0.261_302_58, 0.275_777_11]),
});

const file = "preprocessor_config.json";

/** How the folder's processor prepares pictures, the size they come out in, and a sentence that says so. */
export async function clipImagePreprocessing(
  folder: CheckpointFolder,
): Promise<{ preprocessing: ImagePreprocessing; result: { width: number; height: number }; finding: string }> {
  const processor = await folder.json(file, processorSchema);
  for (const key of ["image_processor_type", "feature_extractor_type"] as const) {
    const type = processor[key];
    if (type !== undefined && !/^CLIP(ImageProcessor|FeatureExtractor)/.test(type))
      throw folder.refusal(file, key, `is "${type}", which prepares pictures in another way than CLIP's`);
  }
  const { do_resize, size, do_center_crop, crop_size, do_normalize, do_rescale } = processor;
  const result = do_center_crop ? crop_size : "height" in size ? size : undefined;
  if (result === undefined)
    throw folder.refusal(file, "do_center_crop", "is false, so pictures come out in many sizes; a CLIP takes one");
  const preprocessing: ImagePreprocessing = {
    arithmetic: "torchvision",
    convert_rgb: processor.do_convert_rgb,
    ...(do_resize ? { resize: size } : {}),
    filter: filters[processor.resample] ?? "bicubic",
    ...(do_center_crop ? { crop: { width: crop_size.width, height: crop_size.height } } : {}),
    crop_rounding: "floor",
    rescale_factor: do_rescale ? processor.rescale_factor : 1,
    ...(do_normalize ? { mean: processor.image_mean, std: processor.image_std } : {}),
  };
  const resized = do_resize
    ? "shortest_edge" in size
      ? `${size.shortest_edge} px short edge`
      : `${size.width} x ${size.height} px`
    : "not resized";
  const cropped = do_center_crop ? `, centre ${crop_size.width} x ${crop_size.height}` : "";
  return { preprocessing, result, finding: `pictures: ${resized}, ${preprocessing.filter}${cropped} (${file})` };
}
