import type { CheckpointFolder, ImagePreprocessing, ResampleFilter } from "@menagerie/core";
import { z } from "zod";
import type { Size } from "../geometry/size.ts";

/** What a checkpoint's processor does with pictures. */
export interface ImageProcessor {
  readonly preprocessing: ImagePreprocessing;
  /** The size that every picture comes out in; undefined where it follows from the picture. */
  readonly result: Size | undefined;
  /** A sentence that says so, for the person who adopts. */
  readonly finding: string;
}

const file = "preprocessor_config.json";

/** The processors that a family of models has. */
export interface ExpectedProcessor {
  readonly type: RegExp;
  /** What a file that names none is. */
  readonly unnamed?: string | undefined;
}

/**
 * Reads how a folder's processor prepares pictures: the processors of CLIP, ViT, ConvNeXT, SigLIP, SegFormer, DPT and
 * VideoMAE of transformers. The default of each is on torchvision; one whose name ends in `Pil` is on Pillow.
 * @param expected those of models that look at one picture and nothing else where left out
 * @throws ModelError `checkpoint_invalid` for another processor, or a key that does not fit, by name
 */
export async function readImageProcessor(
  folder: CheckpointFolder,
  expected: ExpectedProcessor = ofPictureModels,
): Promise<ImageProcessor> {
  const found = await folder.json(file, processorSchema);
  const key = found.image_processor_type === undefined ? "feature_extractor_type" : "image_processor_type";
  const type = found.image_processor_type ?? found.feature_extractor_type ?? expected.unnamed;
  const family = families.find(({ name }) => type !== undefined && name.test(type));
  if (type === undefined || family === undefined)
    throw folder.refusal(
      file,
      key,
      `is ${type === undefined ? "not there" : `"${type}"`}; known are the processors of ${families.map(({ of }) => of).join(", ")}`,
    );
  if (!expected.type.test(type))
    throw folder.refusal(file, key, `is "${type}", which prepares pictures in another way than this model's`);
  const resize = found.do_resize === false ? undefined : resizeOf(folder, found, family);
  const isCropped = found.do_center_crop === undefined ? family.crop !== undefined : found.do_center_crop === true;
  const crop = isCropped ? (found.crop_size ?? family.crop) : undefined;
  if (isCropped && crop === undefined)
    throw folder.refusal(file, "crop_size", "is missing, and do_center_crop is true");
  const pad = found.do_pad === true && found.size_divisor ? { size_divisor: found.size_divisor } : undefined;
  const preprocessing: ImagePreprocessing = {
    arithmetic: type.endsWith("Pil") ? "pillow-13" : "torchvision",
    convert_rgb: found.do_convert_rgb === undefined ? family.convertsRgb === true : found.do_convert_rgb === true,
    ...(resize === undefined ? {} : { resize }),
    filter: filters[found.resample ?? family.resample] ?? "bilinear",
    ...(crop === undefined ? {} : { crop }),
    crop_rounding: "floor",
    ...(pad === undefined ? {} : { pad }),
    rescale_factor: found.do_rescale === false ? 1 : (found.rescale_factor ?? 1 / 255),
    ...(found.do_normalize === false
      ? {}
      : { mean: found.image_mean ?? family.mean, std: found.image_std ?? family.std }),
  };
  const how = [describe(resize), preprocessing.filter, ...(crop ? [`centre ${crop.width} x ${crop.height}`] : [])];
  const result = crop ?? (pad === undefined ? resultOf(resize) : undefined);
  return { preprocessing, result, finding: `pictures: ${how.join(", ")} (${file})` };
}

interface Family {
  readonly of: string;
  readonly name: RegExp;
  readonly size: z.infer<typeof sizeSchema>;
  /** ConvNeXT's rule of the short edge. */
  readonly cropPct?: number;
  readonly crop?: Size;
  readonly convertsRgb?: boolean;
  readonly resample: number;
  readonly mean: [number, number, number];
  readonly std: [number, number, number];
}

const halves: [number, number, number] = [0.5, 0.5, 0.5];
const standard = { mean: halves, std: halves };
const imagenet: Pick<Family, "mean" | "std"> = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const square = (side: number): Size => ({ width: side, height: side });

const clip: Pick<Family, "mean" | "std"> = {
  mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
  std: [0.268_629_54, 0.261_302_58, 0.275_777_11],
};
const cropped = { size: { shortest_edge: 224 }, crop: square(224) };

/** With the defaults of each class in transformers, which a file may leave out. */
const families: readonly Family[] = [
  { of: "CLIP", name: /^CLIP(ImageProcessor|FeatureExtractor)/, ...cropped, convertsRgb: true, resample: 3, ...clip },
  { of: "ViT", name: /^ViT(ImageProcessor|FeatureExtractor)/, size: square(224), resample: 2, ...standard },
  {
    ...{ of: "ConvNeXT", name: /^ConvNe[xX][tT]/, size: { shortest_edge: 384 }, cropPct: 0.875, resample: 3 },
    ...standard,
  },
  { of: "SigLIP", name: /^Siglip2?ImageProcessor/, size: square(224), resample: 3, ...standard },
  { of: "SegFormer", name: /^Segformer(ImageProcessor|FeatureExtractor)/, size: square(512), resample: 2, ...imagenet },
  { of: "DPT", name: /^DPT(ImageProcessor|FeatureExtractor)/, size: square(384), resample: 3, ...standard },
  { of: "VideoMAE", name: /^VideoMAE(ImageProcessor|FeatureExtractor)/, ...cropped, resample: 2, ...standard },
];

const ofPictureModels: ExpectedProcessor = { type: /^(ViT|ConvNe[xX][tT]|Siglip|Segformer|DPT)/ };

/** Pillow's numbers of its filters. */
const filters: readonly ResampleFilter[] = ["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"];

function resizeOf(
  folder: CheckpointFolder,
  found: z.infer<typeof processorSchema>,
  family: Family,
): ImagePreprocessing["resize"] {
  const size = found.size ?? family.size;
  if (family.cropPct !== undefined) {
    const edge = typeof size === "number" ? size : "shortest_edge" in size ? size.shortest_edge : undefined;
    if (edge === undefined) throw folder.refusal(file, "size", "must be a short edge for this processor");
    return { shortest_edge: edge, crop_pct: found.crop_pct ?? family.cropPct };
  }
  if (typeof size === "object" && "shortest_edge" in size) return { shortest_edge: size.shortest_edge };
  if (typeof size === "number" && typeof family.size === "object" && "shortest_edge" in family.size)
    return { shortest_edge: size };
  const { width, height } = typeof size === "number" ? square(size) : size;
  const multiple = found.ensure_multiple_of ?? 1;
  return {
    width,
    height,
    ...(found.keep_aspect_ratio === true ? { keep_aspect_ratio: true } : {}),
    ...(multiple === 1 ? {} : { ensure_multiple_of: multiple }),
  };
}

function resultOf(resize: ImagePreprocessing["resize"]): Size | undefined {
  if (resize === undefined) return undefined;
  if ("shortest_edge" in resize) return resize.crop_pct === undefined ? undefined : square(resize.shortest_edge);
  if (!("width" in resize) || resize.keep_aspect_ratio === true || resize.ensure_multiple_of !== undefined)
    return undefined;
  return { width: resize.width, height: resize.height };
}

function describe(resize: ImagePreprocessing["resize"]): string {
  if (resize === undefined || "letterbox" in resize) return "not resized";
  if ("shortest_edge" in resize)
    return `${resize.shortest_edge} px short edge${resize.crop_pct === undefined ? "" : ` of ${resize.crop_pct} kept`}`;
  const keeps = resize.keep_aspect_ratio === true ? " with the aspect kept" : "";
  const multiple = resize.ensure_multiple_of === undefined ? "" : `, multiples of ${resize.ensure_multiple_of}`;
  return `${resize.width} x ${resize.height} px${keeps}${multiple}`;
}

const side = z.int().positive();
const flag = z.boolean().nullish();
const triple = z.tuple([z.number(), z.number(), z.number()]).nullish();
const exact = z.strictObject({ height: side, width: side });
const sizeSchema = z.union([side, z.strictObject({ shortest_edge: side }), exact]);
const processorSchema = z.object({
  image_processor_type: z.string().optional(),
  feature_extractor_type: z.string().optional(),
  do_convert_rgb: flag,
  do_resize: flag,
  size: sizeSchema.nullish(),
  crop_pct: z.number().positive().max(1).nullish(),
  resample: z.int().min(0).max(5).nullish(),
  keep_aspect_ratio: flag,
  ensure_multiple_of: side.nullish(),
  do_center_crop: flag,
  crop_size: z.union([side.transform(square), exact]).nullish(),
  do_rescale: flag,
  rescale_factor: z.number().positive().nullish(),
  do_normalize: flag,
  image_mean: triple,
  image_std: triple,
  do_pad: flag,
  size_divisor: side.nullish(),
});
