import type { CheckpointFolder, ImagePreprocessing } from "@menagerie/core";
import { z } from "zod";

const side = z.int().positive();
const triple = z.tuple([z.number(), z.number(), z.number()]);

/** Defaults are those of transformers' VitPoseImageProcessor. */
const processorSchema = z.object({
  image_processor_type: z
    .string()
    .regex(/^VitPoseImageProcessor/, "prepares pictures in another way than ViTPose's")
    .optional(),
  do_affine_transform: z.literal(true, "must be true: people are cut out of the picture").default(true),
  normalize_factor: z.literal(200, "must be 200, which the crop's rounding follows").default(200),
  do_convert_rgb: z.literal([false, null], "must be false").optional(),
  size: z.strictObject({ height: side, width: side }).default({ height: 256, width: 192 }),
  do_rescale: z.boolean().default(true),
  rescale_factor: z
    .number()
    .positive()
    .default(1 / 255),
  do_normalize: z.boolean().default(true),
  image_mean: triple.default([0.485, 0.456, 0.406]),
  image_std: triple.default([0.229, 0.224, 0.225]),
});

/** How the folder's processor prepares a person's crop: cut out at the size given, so nothing is resized. */
export async function vitPosePreprocessing(folder: CheckpointFolder): Promise<ImagePreprocessing> {
  const processor = await folder.json("preprocessor_config.json", processorSchema);
  const { size, do_normalize, do_rescale } = processor;
  return {
    arithmetic: "torchvision",
    convert_rgb: false,
    resize: { width: size.width, height: size.height },
    filter: "bilinear",
    crop_rounding: "floor",
    rescale_factor: do_rescale ? processor.rescale_factor : 1,
    ...(do_normalize ? { mean: processor.image_mean, std: processor.image_std } : {}),
  };
}
