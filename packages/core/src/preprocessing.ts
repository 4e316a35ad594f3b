import { z } from "zod";

/**
 * The arithmetic that "equal to the reference" refers to. Pillow up to 12 filters horizontally first with 22-bit
 * weights; Pillow 13 goes vertically first on tall pictures; torchvision's uint8 path uses 16-bit weights.
 */
export const resampleArithmeticSchema: z.ZodType<ResampleArithmetic> = z.enum([
  "pillow-12",
  "pillow-13",
  "torchvision",
]);
export type ResampleArithmetic = "pillow-12" | "pillow-13" | "torchvision";

export const resampleFilterSchema: z.ZodType<ResampleFilter> = z.enum([
  "nearest",
  "box",
  "bilinear",
  "hamming",
  "bicubic",
  "lanczos",
]);
export type ResampleFilter = "nearest" | "box" | "bilinear" | "hamming" | "bicubic" | "lanczos";

const perChannel = z.tuple([z.number(), z.number(), z.number()]);
const pixels = z.int().positive().max(16_384);

/** How a picture becomes a `[3, height, width]` float32 tensor, in the order of the keys. */
export interface ImagePreprocessing {
  arithmetic: ResampleArithmetic;
  /** What the processor's own `do_convert_rgb` says: it paints the transparent part of a palette picture white. */
  convert_rgb: boolean;
  /** Sides in pixels. */
  resize?: { shortest_edge: number } | { width: number; height: number } | undefined;
  filter: ResampleFilter;
  /** Centre crop in pixels; a smaller picture is padded with zeros. */
  crop?: { width: number; height: number } | undefined;
  /** Hugging Face floors the crop's offset, torchvision's own transform rounds it. */
  crop_rounding: "floor" | "round";
  rescale_factor: number;
  mean?: [number, number, number] | undefined;
  std?: [number, number, number] | undefined;
}

export const imagePreprocessingSchema: z.ZodType<ImagePreprocessing> = z.strictObject({
  arithmetic: resampleArithmeticSchema,
  convert_rgb: z.boolean().default(true),
  resize: z
    .union([z.strictObject({ shortest_edge: pixels }), z.strictObject({ width: pixels, height: pixels })])
    .optional(),
  filter: resampleFilterSchema.default("bicubic"),
  crop: z.strictObject({ width: pixels, height: pixels }).optional(),
  crop_rounding: z.enum(["floor", "round"]).default("floor"),
  rescale_factor: z
    .number()
    .positive()
    .default(1 / 255),
  mean: perChannel.optional(),
  std: perChannel.optional(),
});

/** How a text becomes token ids. */
export interface TextPreprocessing {
  /** Name of the artifact that holds `tokenizer.json`. */
  tokenizer: string;
  /** Longest sequence in tokens, special ones included; the last special token survives truncation. */
  max_length: number;
  /** Pad every text to `max_length` (`max_length`) or to the longest of its batch (`longest`). */
  padding: "max_length" | "longest";
  pad_token_id: number;
}

export const textPreprocessingSchema: z.ZodType<TextPreprocessing> = z.strictObject({
  tokenizer: z.string(),
  max_length: z.int().positive(),
  padding: z.enum(["max_length", "longest"]).default("longest"),
  pad_token_id: z.int().nonnegative(),
});
export interface Preprocessing {
  image?: ImagePreprocessing | undefined;
  text?: TextPreprocessing | undefined;
}

export const preprocessingSchema: z.ZodType<Preprocessing> = z.strictObject({
  image: imagePreprocessingSchema.optional(),
  text: textPreprocessingSchema.optional(),
});
