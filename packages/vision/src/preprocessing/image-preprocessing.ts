import { type ModelSpec, partOf } from "@menagerie/core";
import { z } from "zod";

/**
 * The arithmetic that "equal to the reference" refers to. Pillow up to 12 filters horizontally first with 22-bit
 * weights; Pillow 13 goes vertically first on tall pictures; torchvision's uint8 path uses 16-bit weights. OpenCV's
 * `resize` (version 5, without IPP) weighs two or four neighbours and does not antialias.
 */
export const resampleArithmeticSchema: z.ZodType<ResampleArithmetic> = z.enum([
  "pillow-12",
  "pillow-13",
  "torchvision",
  "opencv",
]);
export type ResampleArithmetic = "pillow-12" | "pillow-13" | "torchvision" | "opencv";

/** OpenCV has `nearest`, `bilinear`, `bicubic` and, alone, `area`; torchvision lacks `box` and `hamming`. */
export const resampleFilterSchema: z.ZodType<ResampleFilter> = z.enum([
  "nearest",
  "box",
  "bilinear",
  "hamming",
  "bicubic",
  "lanczos",
  "area",
]);
export type ResampleFilter = "nearest" | "box" | "bilinear" | "hamming" | "bicubic" | "lanczos" | "area";

const perChannel = z.tuple([z.number(), z.number(), z.number()]);
const pixels = z.int().positive().max(16_384);
const level = z.int().min(0).max(255);

/** Levels 0..255 of red, green and blue, or one for all three. */
export type PaddingValue = number | [number, number, number];
const paddingValueSchema: z.ZodType<PaddingValue> = z.union([level, z.tuple([level, level, level])]);

/** The short edge in pixels; the long one keeps the aspect. */
export interface ShortestEdgeResize {
  shortest_edge: number;
  /** The long edge at most, in pixels: where it would be longer, it becomes this and the short one what the aspect leaves. */
  longest_edge?: number | undefined;
  /**
   * ConvNeXT's rule: below 384 the short edge becomes `shortest_edge / crop_pct` and the centre is cropped to
   * `shortest_edge`; from 384 on the picture is squeezed into that square.
   */
  crop_pct?: number | undefined;
}

/** Sides in pixels. */
export interface ExactResize {
  width: number;
  height: number;
  /** One scale for both sides, chosen by `resize_method`. */
  keep_aspect_ratio?: boolean | undefined;
  /** Each side is then rounded to a multiple of this, ties to even. */
  ensure_multiple_of?: number | undefined;
  /**
   * With `keep_aspect_ratio`: the scale nearest 1 (`minimal`: DPT and Depth-Anything in transformers, and what is meant
   * where it is left out), or no side shorter (`lower_bound`: the original Depth-Anything) or longer (`upper_bound`).
   */
  resize_method?: "minimal" | "lower_bound" | "upper_bound" | undefined;
}

/** Fitted whole into a rectangle, which is filled up. Defaults are those of YOLO (ultralytics). */
export interface LetterboxResize {
  letterbox: {
    width: number;
    height: number;
    /** The picture goes into the middle (default) or to the top left. */
    center?: boolean | undefined;
    /** Sides of the scaled picture: nearest integer, ties to even (default), or cut, as SCRFD does. */
    rounding?: "half_even" | "floor" | undefined;
    /** Small pictures are enlarged; default: true. */
    scaleup?: boolean | undefined;
    /** Only as much is filled up as makes each side a multiple of `stride`; default: false. */
    auto?: boolean | undefined;
    /** Default: 32; matters with `auto` alone. */
    stride?: number | undefined;
    /** Default: 114. */
    padding_value?: PaddingValue | undefined;
  };
}

/** Filled up after resizing and cropping: to a size at the right and bottom, or to multiples of `size_divisor` all around. */
export type Pad = ({ width: number; height: number } | { size_divisor: number }) & {
  /** Levels, normalised like the picture's own; where left out, 0 after normalising, as transformers' processors fill up. */
  padding_value?: PaddingValue | undefined;
};

/** How a picture becomes a `[3, height, width]` tensor, in the order of the keys. A type, so that a spec's open record takes it. */
export type ImagePreprocessing = {
  arithmetic: ResampleArithmetic;
  /** Whose reading of a file is meant, where the reference does not resize with the library that it reads with. */
  reader?: "pillow" | "opencv" | undefined;
  /** What the processor's own `do_convert_rgb` says: it paints the transparent part of a palette picture white. */
  convert_rgb: boolean;
  resize?: ShortestEdgeResize | ExactResize | LetterboxResize | undefined;
  filter: ResampleFilter;
  /** Centre crop in pixels; a smaller picture is padded with zeros. */
  crop?: { width: number; height: number } | undefined;
  /** Hugging Face floors the crop's offset, torchvision's own transform rounds it. */
  crop_rounding: "floor" | "round";
  pad?: Pad | undefined;
  rescale_factor: number;
  /** One is taken away after rescaling, as EfficientNet's and ALIGN's processors do. */
  rescale_offset?: boolean | undefined;
  /** In the order of the tensor's channels. */
  mean?: [number, number, number] | undefined;
  std?: [number, number, number] | undefined;
  /** Default: `rgb`. */
  channel_order?: "rgb" | "bgr" | undefined;
  /** `[3, height, width]` (default) or `[height, width, 3]`. */
  data_format?: "channels_first" | "channels_last" | undefined;
  /** Default: `float32`; `float16` is rounded from it; `uint8` are the levels, neither rescaled nor normalised. */
  dtype?: "float32" | "float16" | "uint8" | undefined;
  /**
   * Pixels of one tensor at most: pictures times height times width. A model whose sizes follow from the picture takes memory
   * without bound where it is left out.
   */
  max_pixels?: number | undefined;
};

const resizeSchema: z.ZodType<NonNullable<ImagePreprocessing["resize"]>> = z.union([
  z.strictObject({ shortest_edge: pixels, crop_pct: z.number().positive().max(1).optional() }),
  z.strictObject({ shortest_edge: pixels, longest_edge: pixels }),
  z.strictObject({
    width: pixels,
    height: pixels,
    keep_aspect_ratio: z.boolean().optional(),
    ensure_multiple_of: pixels.optional(),
    resize_method: z.enum(["minimal", "lower_bound", "upper_bound"]).optional(),
  }),
  z.strictObject({
    letterbox: z.strictObject({
      width: pixels,
      height: pixels,
      center: z.boolean().optional(),
      rounding: z.enum(["half_even", "floor"]).optional(),
      scaleup: z.boolean().optional(),
      auto: z.boolean().optional(),
      stride: pixels.optional(),
      padding_value: paddingValueSchema.optional(),
    }),
  }),
]);

const padSchema: z.ZodType<Pad> = z.union([
  z.strictObject({ width: pixels, height: pixels, padding_value: paddingValueSchema.optional() }),
  z.strictObject({ size_divisor: pixels, padding_value: paddingValueSchema.optional() }),
]);

// What came later has no default here: a default would enter the preprocessing, and so the signature, of every spec.
export const imagePreprocessingSchema: z.ZodType<ImagePreprocessing> = z.strictObject({
  arithmetic: resampleArithmeticSchema,
  convert_rgb: z.boolean().default(true),
  resize: resizeSchema.optional(),
  filter: resampleFilterSchema.default("bicubic"),
  crop: z.strictObject({ width: pixels, height: pixels }).optional(),
  crop_rounding: z.enum(["floor", "round"]).default("floor"),
  pad: padSchema.optional(),
  rescale_factor: z
    .number()
    .positive()
    .default(1 / 255),
  rescale_offset: z.boolean().optional(),
  mean: perChannel.optional(),
  std: perChannel.optional(),
  channel_order: z.enum(["rgb", "bgr"]).optional(),
  data_format: z.enum(["channels_first", "channels_last"]).optional(),
  dtype: z.enum(["float32", "float16", "uint8"]).optional(),
  reader: z.enum(["pillow", "opencv"]).optional(),
  max_pixels: z.int().positive().optional(),
});

/**
 * What a spec says of its pictures.
 * @throws ModelError `model_spec_invalid` where it says nothing, or what no picture is prepared by
 */
export function imagePreprocessing(spec: Pick<ModelSpec, "model_name" | "preprocessing">): ImagePreprocessing {
  return partOf(spec, "image", imagePreprocessingSchema);
}

/** The same of a spec that may say nothing of pictures. */
export function usualImagePreprocessing(
  spec: Pick<ModelSpec, "model_name" | "preprocessing">,
): ImagePreprocessing | undefined {
  return spec.preprocessing?.image === undefined ? undefined : imagePreprocessing(spec);
}
