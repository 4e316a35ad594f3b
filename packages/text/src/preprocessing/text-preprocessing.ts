import { type ModelSpec, partOf } from "@menagerie/core";
import { z } from "zod";

/** How a text becomes token ids. A type, so that a spec's open record takes it. */
export type TextPreprocessing = {
  /** Name of the artifact that holds `tokenizer.json`. */
  tokenizer: string;
  /** Longest sequence in tokens, special ones included; the last special token survives truncation. */
  max_length: number;
  /** Pad every text to `max_length` (`max_length`) or to the longest of its batch (`longest`). */
  padding: "max_length" | "longest";
  pad_token_id: number;
};

export const textPreprocessingSchema: z.ZodType<TextPreprocessing> = z.strictObject({
  tokenizer: z.string().meta({ "x-artifact": true }),
  max_length: z.int().positive(),
  padding: z.enum(["max_length", "longest"]).default("longest"),
  pad_token_id: z.int().nonnegative(),
});

/**
 * What a spec says of its texts.
 * @throws ModelError `model_spec_invalid` where it says nothing, or what no text is prepared by
 */
export function textPreprocessing(spec: Pick<ModelSpec, "model_name" | "preprocessing">): TextPreprocessing {
  return partOf(spec, "text", textPreprocessingSchema);
}
