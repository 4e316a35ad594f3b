import type { ModelError } from "@menagerie/core";
import type { CheckpointFolder } from "@menagerie/core/adopt";
import { z } from "zod";
import type { ResampleFilter } from "../preprocessing/image-preprocessing.ts";
import type { ProcessorSize } from "./image-processor-classes.ts";

/** What a file may say. `null` is kept apart from what is left out: see `readImageProcessor`. */
export interface ProcessorSettings {
  image_processor_type?: string | null | undefined;
  feature_extractor_type?: string | null | undefined;
  do_convert_rgb?: boolean | null | undefined;
  do_resize?: boolean | null | undefined;
  size?: number | ProcessorSize | null | undefined;
  default_to_square?: boolean | null | undefined;
  crop_pct?: number | null | undefined;
  /** Pillow's number of a filter. */
  resample?: number | null | undefined;
  keep_aspect_ratio?: boolean | null | undefined;
  ensure_multiple_of?: number | null | undefined;
  do_center_crop?: boolean | null | undefined;
  crop_size?: number | ProcessorSize | null | undefined;
  do_rescale?: boolean | null | undefined;
  rescale_factor?: number | null | undefined;
  rescale_offset?: boolean | null | undefined;
  do_normalize?: boolean | null | undefined;
  include_top?: boolean | null | undefined;
  image_mean?: number | readonly number[] | null | undefined;
  image_std?: number | readonly number[] | null | undefined;
  do_flip_channel_order?: boolean | null | undefined;
  do_pad?: boolean | null | undefined;
  pad_size?: number | ProcessorSize | null | undefined;
  size_divisor?: number | null | undefined;
  do_affine_transform?: boolean | null | undefined;
  normalize_factor?: number | null | undefined;
}

/** A processor's file as it was found. */
export interface ProcessorFile {
  /** The file. */
  readonly name: string;
  readonly found: ProcessorSettings;
  /** Every key that stands in it. */
  readonly keys: readonly string[];
  /** The error about one of its keys. */
  refuse(key: string, problem: string): ModelError;
  /** What config.json says that the model is. */
  modelType(folder: CheckpointFolder): Promise<string | undefined>;
}

/**
 * `image_processor` of processor_config.json, which transformers 5 writes for models with several processors, or
 * preprocessor_config.json.
 * @throws ModelError `checkpoint_invalid` with the file and the key
 */
export async function processorFile(folder: CheckpointFolder): Promise<ProcessorFile> {
  const several = "processor_config.json";
  const nested = (await folder.has(several))
    ? (await folder.json(several, z.object({ image_processor: processorSchema.optional() }))).image_processor
    : undefined;
  const name = nested === undefined ? "preprocessor_config.json" : several;
  const prefix = nested === undefined ? "" : "image_processor.";
  const found = nested ?? (await folder.json(name, processorSchema));
  return {
    name,
    found,
    keys: Object.keys(found),
    refuse: (key, problem) => folder.refusal(name, prefix + key, problem),
    modelType,
  };
}

async function modelType(folder: CheckpointFolder): Promise<string | undefined> {
  if (!(await folder.has("config.json"))) return undefined;
  return (await folder.json("config.json", z.object({ model_type: z.string().optional() }))).model_type;
}

/** At Pillow's numbers of them; transformers takes either. */
export const resampleFilters: readonly ResampleFilter[] = [
  "nearest",
  "lanczos",
  "bilinear",
  "bicubic",
  "box",
  "hamming",
];

const side = z.int().positive();
const flag = z.boolean().nullish();
const perChannel = z
  .union([z.number(), z.tuple([z.number()]), z.tuple([z.number(), z.number(), z.number()])], {
    error: "must be a number or three",
  })
  .nullish();
const size = z
  .union(
    [
      side,
      z.strictObject({ shortest_edge: side, longest_edge: side.optional() }),
      z.strictObject({ height: side, width: side }),
      z.tuple([side, side]).transform(([height, width]) => ({ height, width })),
    ],
    { error: 'must be a number of pixels, "height" and "width", or "shortest_edge" with or without "longest_edge"' },
  )
  .nullish();

const processorSchema: z.ZodType<ProcessorSettings> = z.looseObject({
  image_processor_type: z.string().nullish(),
  feature_extractor_type: z.string().nullish(),
  do_convert_rgb: flag,
  do_resize: flag,
  size,
  default_to_square: flag,
  crop_pct: z.number().positive().max(1).nullish(),
  resample: z
    .union([z.int().min(0).max(5), z.enum(resampleFilters).transform((word) => resampleFilters.indexOf(word))], {
      error: `must be Pillow's number of a filter, 0 to 5, or one of ${resampleFilters.join(", ")}`,
    })
    .nullish(),
  keep_aspect_ratio: flag,
  ensure_multiple_of: side.nullish(),
  do_center_crop: flag,
  crop_size: size,
  do_rescale: flag,
  rescale_factor: z.number().positive().nullish(),
  rescale_offset: flag,
  do_normalize: flag,
  include_top: flag,
  image_mean: perChannel,
  image_std: perChannel,
  do_flip_channel_order: flag,
  do_pad: flag,
  pad_size: size,
  size_divisor: side.nullish(),
  do_affine_transform: flag,
  normalize_factor: z.number().positive().nullish(),
});

/**
 * Keys that every processor knows, and those that say nothing of pixels: names, what a caller asks for (devices, kinds of
 * tensors), the lists that transformers 4 wrote of its own arguments, and the questions that models are asked in words.
 */
export const knownProcessorKeys: ReadonlySet<string> = new Set([
  ...["image_processor_type", "feature_extractor_type", "processor_class", "auto_map", "_valid_processor_keys"],
  ...["data_format", "input_data_format", "device", "return_tensors", "disable_grouping", "image_seq_length"],
  ...["task_prompts_without_inputs", "task_prompts_with_input", "tasks_answer_post_processing_type"],
  ...["do_convert_rgb", "do_resize", "size", "default_to_square", "resample", "do_center_crop", "crop_size"],
  ...["do_rescale", "rescale_factor", "do_normalize", "image_mean", "image_std", "do_pad", "pad_size"],
]);
