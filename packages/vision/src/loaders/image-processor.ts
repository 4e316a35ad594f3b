import type { CheckpointFolder } from "@menagerie/core/adopt";
import type { Size } from "../geometry/size.ts";
import type { ImagePreprocessing, ResampleFilter } from "../preprocessing/image-preprocessing.ts";
import { type ProcessorClass, type ProcessorSize, processorClasses, type Triple } from "./image-processor-classes.ts";
import { knownProcessorKeys, type ProcessorFile, processorFile, resampleFilters } from "./image-processor-file.ts";

/** What a checkpoint's processor does with pictures. */
export interface ImageProcessor {
  readonly preprocessing: ImagePreprocessing;
  /** The size that every picture comes out in; undefined where it follows from the picture. */
  readonly result: Size | undefined;
  /** A sentence that says so, for the person who adopts. */
  readonly finding: string;
}

/** The processors that a family of models has. */
export interface ExpectedProcessor {
  readonly type: RegExp;
  /** What a file that names none is, where config.json does not say it either. */
  readonly unnamed?: string | undefined;
}

/**
 * Reads how a folder's processor prepares pictures: those of transformers that give one tensor for one picture. The default
 * of each is on torchvision; one whose name ends in `Pil` is on Pillow. A key that is left out is its class's default; `null`
 * is none, as transformers has it.
 * @param expected default: those of models that look at one picture and nothing else
 * @throws ModelError `checkpoint_invalid` for another processor, or a key that does not fit, by name
 */
export async function readImageProcessor(
  folder: CheckpointFolder,
  expected: ExpectedProcessor = ofPictureModels,
): Promise<ImageProcessor> {
  const file = await processorFile(folder);
  const { type, family } = await classOf(folder, file, expected);
  const { found, refuse } = file;
  const isPillow = type.endsWith("Pil");
  const isPose = family.resizing === "pose";
  const resize = isPose || on(found.do_resize, true) ? resizeOf(file, family) : undefined;
  const crop = cropOf(file, family, resize);
  const filter: ResampleFilter =
    resampleFilters[(isPose ? undefined : orDefault(found.resample, family.resample)) ?? 2] ?? "bilinear";
  if (resize !== undefined && !isPose && found.resample === null)
    throw refuse("resample", "is null, and do_resize is true");
  if (resize !== undefined && !isPillow && (filter === "box" || filter === "hamming"))
    throw refuse("resample", `is ${found.resample} (${filter}), which torchvision does not have`);
  const pad = padOf(file, family, crop ?? resultOf(resize));
  const preprocessing: ImagePreprocessing = {
    arithmetic: isPillow ? "pillow-13" : "torchvision",
    convert_rgb: on(found.do_convert_rgb, family.convertsRgb === true),
    ...(resize === undefined ? {} : { resize }),
    filter,
    ...(crop === undefined ? {} : { crop }),
    crop_rounding: "floor",
    ...(pad === undefined ? {} : { pad }),
    ...levelsOf(file, family),
  };
  const kept = crop !== undefined && [`centre ${crop.width} x ${crop.height}`];
  const step = isPose ? "cut out with a quarter around them" : filter;
  const how = [describe(resize), ...(resize === undefined ? [] : [step]), ...(kept || [])];
  if (preprocessing.channel_order === "bgr") how.push("blue first");
  const result = crop ?? (pad === undefined ? resultOf(resize) : undefined);
  return {
    preprocessing,
    result,
    finding: `${isPose ? "people" : "pictures"}: ${how.join(", ")} (${file.name})${unknownKeys(file, family)}`,
  };
}

const ofPictureModels: ExpectedProcessor = { type: /^(?!VideoMAE|VitPose)/ };

async function classOf(
  folder: CheckpointFolder,
  { found, refuse, modelType }: ProcessorFile,
  expected: ExpectedProcessor,
): Promise<{ type: string; family: ProcessorClass }> {
  const key = found.image_processor_type == null ? "feature_extractor_type" : "image_processor_type";
  const named = found.image_processor_type ?? found.feature_extractor_type;
  const model = named == null ? await modelType(folder) : undefined;
  const byModel = processorClasses.find(({ models }) => model !== undefined && models.includes(model));
  const type = named ?? (byModel === undefined ? expected.unnamed : `${byModel.name}ImageProcessor`);
  const bare = /^(.*?)(ImageProcessor(Fast|Pil)?|FeatureExtractor)$/.exec(type ?? "")?.[1]?.toLowerCase();
  // ConvNeXT's was once called ConvNextFeatureExtractor and ConvNeXTFeatureExtractor.
  const family = processorClasses.find(({ name }) => name.toLowerCase() === bare);
  if (type === undefined || family === undefined)
    throw refuse(
      key,
      `is ${type === undefined ? "not there" : `"${type}"`}; known are the processors of ${processorClasses.map(({ name }) => name).join(", ")}`,
    );
  if (!expected.type.test(type))
    throw refuse(key, `is "${type}", which prepares pictures in another way than this model's`);
  return { type, family };
}

function resizeOf({ found, refuse }: ProcessorFile, family: ProcessorClass): ImagePreprocessing["resize"] {
  const size = sizeOf(orDefault(found.size, family.size), on(found.default_to_square, family.isSquare));
  if (size === undefined) throw refuse("size", "is null, and do_resize is true");
  const edge = "shortest_edge" in size ? size.shortest_edge : undefined;
  const { resizing } = family;
  if (resizing === "convnext") {
    if (edge === undefined) throw refuse("size", "must be a short edge for this processor");
    return { shortest_edge: edge, crop_pct: cropPctOf({ found, refuse }, family) };
  }
  if (resizing === "levit" && edge !== undefined) return { shortest_edge: Math.trunc((256 / 224) * edge) };
  if (resizing === "poolformer") {
    const larger = (side: number): number => Math.trunc(side / cropPctOf({ found, refuse }, family));
    if (!("width" in size)) return { shortest_edge: larger(size.shortest_edge) };
    return size.width === size.height
      ? { shortest_edge: larger(size.width) }
      : { width: larger(size.width), height: larger(size.height) };
  }
  if (resizing !== "dpt") return { ...size };
  if (!("width" in size)) throw refuse("size", "must have a height and a width for this processor");
  const multiple = found.ensure_multiple_of ?? 1;
  return {
    ...{ width: size.width, height: size.height },
    ...(found.keep_aspect_ratio === true ? { keep_aspect_ratio: true } : {}),
    ...(multiple === 1 ? {} : { ensure_multiple_of: multiple }),
  };
}

function cropPctOf({ found, refuse }: Pick<ProcessorFile, "found" | "refuse">, { cropPct }: ProcessorClass): number {
  const part = orDefault(found.crop_pct, cropPct);
  if (part === undefined) throw refuse("crop_pct", "is null, and this processor divides by it");
  return part;
}

function sizeOf(size: ProcessorFile["found"]["size"], isSquare: boolean): ProcessorSize | undefined {
  if (typeof size === "number") return isSquare ? { width: size, height: size } : { shortest_edge: size };
  return size ?? undefined;
}

function cropOf({ found, refuse }: ProcessorFile, family: ProcessorClass, resize: ImagePreprocessing["resize"]) {
  if (family.keepsWhole === true || !on(found.do_center_crop, family.crops ?? family.crop !== undefined))
    return undefined;
  const crop = sizeOf(orDefault(found.crop_size, family.crop), true);
  if (crop === undefined) throw refuse("crop_size", "is missing, and do_center_crop is true");
  if (!("width" in crop)) throw refuse("crop_size", "must have a height and a width");
  if (family.resizing !== "convnext" || resize === undefined) return crop;
  const own = resultOf(resize);
  if (own?.width === crop.width && own.height === crop.height) return undefined;
  throw refuse("do_center_crop", `crops to ${crop.width} x ${crop.height} what this processor has cropped by crop_pct`);
}

function padOf({ found, refuse }: ProcessorFile, { resizing, keepsWhole }: ProcessorClass, result: Size | undefined) {
  if (found.do_pad !== true || resizing === "convnext" || keepsWhole === true) return undefined;
  if (resizing === "dpt") {
    if (found.do_center_crop === true) throw refuse("do_pad", "is true beside do_center_crop, which is not known here");
    if (found.size_divisor == null) throw refuse("size_divisor", "is missing, and do_pad is true");
    return { size_divisor: found.size_divisor };
  }
  // Without a size, a picture is filled up to the largest of those that it is sent with.
  const pad = sizeOf(found.pad_size, true);
  const isFull = pad === undefined || ("width" in pad && result?.width === pad.width && result.height === pad.height);
  if (isFull) return undefined;
  throw refuse("pad_size", "would be filled up with zeros after normalising, which is not known here");
}

/** What becomes of levels. */
function levelsOf(file: ProcessorFile, family: ProcessorClass): Omit<ImagePreprocessing, keyof ResizedOnly> {
  const { found, refuse } = file;
  const isRescaled = on(found.do_rescale, true);
  const factor = orDefault(found.rescale_factor, 1 / 255);
  if (isRescaled && factor === undefined) throw refuse("rescale_factor", "is null, and do_rescale is true");
  const isNormalised = family.isLevelsOnly !== true && on(found.do_normalize, true);
  const [mean, std] = [triple(found.image_mean, family.mean), triple(found.image_std, family.std)];
  const isDividedTwice = family.name === "EfficientNet" && on(found.include_top, true);
  if ((isNormalised && mean === undefined) || ((isNormalised || isDividedTwice) && std === undefined))
    throw refuse(mean === undefined ? "image_mean" : "image_std", "is null, and do_normalize is true");
  if (isDividedTwice && !isRescaled && !isNormalised)
    throw refuse("include_top", "divides what is neither rescaled nor normalised, at which transformers stops too");
  const isOffset = family.name === "EfficientNet" && isRescaled && found.rescale_offset === true;
  const isFlipped = family.name === "MobileViT" && on(found.do_flip_channel_order, true);
  return {
    rescale_factor: isRescaled && factor !== undefined ? factor : 1,
    ...(isOffset ? { rescale_offset: true } : {}),
    ...normalisation(isNormalised ? mean : undefined, isNormalised ? std : undefined, isDividedTwice ? std : undefined),
    ...(isFlipped ? { channel_order: "bgr" } : {}),
  };
}

type ResizedOnly = Pick<
  ImagePreprocessing,
  "arithmetic" | "convert_rgb" | "resize" | "filter" | "crop" | "crop_rounding" | "pad"
>;

/** EfficientNet's head (`include_top`) divides by the deviation once more. */
function normalisation(mean: Triple | undefined, std: Triple | undefined, again: Triple | undefined) {
  if (again === undefined) return mean === undefined || std === undefined ? {} : { mean, std };
  const once = std ?? [1, 1, 1];
  return { mean: mean ?? ([0, 0, 0] as Triple), std: once.map((value, i) => value * (again[i] as number)) as Triple };
}

function triple(value: number | readonly number[] | null | undefined, otherwise: Triple): Triple | undefined {
  if (value === undefined) return otherwise;
  if (value === null) return undefined;
  const [red = 0, green = red, blue = red] = typeof value === "number" ? [value] : value;
  return [red, green, blue];
}

/** A flag that is left out is its class's; `null` is no. */
function on(flag: boolean | null | undefined, otherwise: boolean): boolean {
  return flag === undefined ? otherwise : flag === true;
}

function orDefault<T>(value: T | null | undefined, otherwise: T | undefined): T | undefined {
  return value === undefined ? otherwise : (value ?? undefined);
}

function resultOf(resize: ImagePreprocessing["resize"]): Size | undefined {
  if (resize === undefined) return undefined;
  if ("shortest_edge" in resize)
    return resize.crop_pct === undefined ? undefined : { width: resize.shortest_edge, height: resize.shortest_edge };
  if (!("width" in resize) || resize.keep_aspect_ratio === true || resize.ensure_multiple_of !== undefined)
    return undefined;
  return { width: resize.width, height: resize.height };
}

function describe(resize: ImagePreprocessing["resize"]): string {
  if (resize === undefined || "letterbox" in resize) return "not resized";
  if ("shortest_edge" in resize && resize.longest_edge !== undefined)
    return `${resize.shortest_edge} px short edge, ${resize.longest_edge} px long edge at most`;
  if ("shortest_edge" in resize)
    return `${resize.shortest_edge} px short edge${resize.crop_pct === undefined ? "" : ` of ${resize.crop_pct} kept`}`;
  const keeps = resize.keep_aspect_ratio === true ? " with the aspect kept" : "";
  const multiple = resize.ensure_multiple_of === undefined ? "" : `, multiples of ${resize.ensure_multiple_of}`;
  return `${resize.width} x ${resize.height} px${keeps}${multiple}`;
}

/** transformers, too, keeps such keys without looking at them. */
function unknownKeys({ keys }: ProcessorFile, family: ProcessorClass): string {
  const unknown = keys.filter((key) => !knownProcessorKeys.has(key) && family.keys?.includes(key) !== true);
  if (unknown.length === 0) return "";
  return `; ${unknown.join(", ")} ${unknown.length === 1 ? "is a key" : "are keys"} that ${family.name}ImageProcessor does not look at`;
}
