import type { CheckpointFolder } from "@menagerie/core/adopt";
import { type AdoptedGraph, embeddingRows } from "@menagerie/onnx";
import type { OpenClipCleaning } from "@menagerie/text";
import { z } from "zod";
import type { FashionSiglipConfig } from "./fashion-config.ts";

/** What a FashionSigLIP's spec follows from, whichever file says it. */
export interface SiglipSizes {
  /** Side of a picture in pixels; undefined where only its processor says it. */
  readonly imageSize: number | undefined;
  /** Undefined where no file says it. */
  readonly dimensions: number | undefined;
  readonly positions: number;
  readonly vocabularySize: number;
  /** The file, and the key in it, that says the vocabulary's size. */
  readonly source: string;
  readonly padId: number;
  readonly cleaning: OpenClipCleaning;
}

/**
 * Sizes as transformers' config.json says them; where it has no sections, as open_clip's configuration does; and where there
 * is none, as the graphs have them fixed, or the tokenizer's own file.
 */
export async function readSiglipSizes(
  folder: CheckpointFolder,
  { text_config: texts, vision_config: pictures }: FashionSiglipConfig,
  vision: AdoptedGraph | undefined,
  text: AdoptedGraph | undefined,
): Promise<SiglipSizes> {
  const openClip = (await folder.has(file)) ? (await folder.json(file, openClipSchema)).model_cfg : undefined;
  const fixed = (size: number | string | undefined): number | undefined =>
    typeof size === "number" ? size : undefined;
  const embeddings = vision?.header.outputs.image_embeds ?? vision?.header.outputs.pooler_output;
  return {
    imageSize:
      pictures?.image_size ?? openClip?.vision_cfg.image_size ?? fixed(vision?.header.inputs.pixel_values?.shape[2]),
    dimensions: pictures?.hidden_size ?? openClip?.embed_dim ?? fixed(embeddings?.shape[1]),
    positions:
      texts?.max_position_embeddings ??
      openClip?.text_cfg.context_length ??
      fixed(text?.header.inputs.input_ids?.shape[1]) ??
      (text && embeddingRows(text, "text_model.embeddings.position_embedding.weight")) ??
      (await tokenizerLength(folder)) ??
      64,
    vocabularySize:
      texts?.vocab_size ??
      openClip?.text_cfg.vocab_size ??
      (text && embeddingRows(text, "text_model.embeddings.token_embedding.weight")) ??
      32_000,
    source: texts === undefined && openClip !== undefined ? file : "config.json",
    padId: texts?.pad_token_id ?? 1,
    // open_clip's own default joins white space and no more; where nothing speaks of open_clip, Marqo's cleaning is meant.
    cleaning: openClip === undefined ? "canonicalize" : (openClip.text_cfg.tokenizer_kwargs?.clean ?? "whitespace"),
  };
}

async function tokenizerLength(folder: CheckpointFolder): Promise<number | undefined> {
  if (!(await folder.has("tokenizer_config.json"))) return undefined;
  const { model_max_length } = await folder.json("tokenizer_config.json", tokenizerSchema);
  // transformers writes 1e30 for none.
  return model_max_length != null && model_max_length < 1e9 ? model_max_length : undefined;
}

const tokenizerSchema = z.object({ model_max_length: z.number().positive().nullish() });

const file = "open_clip_config.json";

const size = z.int().positive();
const openClipSchema = z.object({
  model_cfg: z.object({
    embed_dim: size,
    vision_cfg: z.object({ image_size: size.default(224) }),
    text_cfg: z.object({
      context_length: size.default(77),
      vocab_size: size.default(49_408),
      tokenizer_kwargs: z.object({ clean: z.enum(["whitespace", "lower", "canonicalize"]).optional() }).nullish(),
    }),
  }),
});
