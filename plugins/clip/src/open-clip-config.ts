import type { CheckpointFolder } from "@menagerie/core/adopt";
import type { ImagePreprocessing, ImageProcessor } from "@menagerie/vision";
import { z } from "zod";
import { type ClipConfig, clipConfigSchema } from "./clip-config.ts";

/** What open_clip's one file says of a CLIP: its sizes, and how pictures are prepared. */
export interface OpenClipCheckpoint {
  readonly config: ClipConfig;
  readonly image: ImageProcessor;
}

export const openClipFile = "open_clip_config.json";

const side = z.int().positive();
const sides = z
  .union([side, z.tuple([side, side])])
  .transform((size) => (typeof size === "number" ? [size, size] : size));
const perChannel = z
  .union([z.number(), z.tuple([z.number(), z.number(), z.number()])])
  .transform((value): [number, number, number] => (typeof value === "number" ? [value, value, value] : value))
  .nullish();

/** Keys of `text_cfg` that a CLIP of OpenAI's kind leaves out, or has so. */
const usualTexts = {
  hf_model_name: [undefined, null],
  tokenizer_mode: [undefined, null, "clean"],
  no_causal_mask: [undefined, null, false],
  pool_type: [undefined, null, "argmax"],
  embed_cls: [undefined, null, false],
} as const;

const schema = z.object({
  model_cfg: z.looseObject({
    embed_dim: side,
    vision_cfg: z.looseObject({ image_size: sides.prefault(224) }).prefault({}),
    text_cfg: z.looseObject({ context_length: side.default(77), vocab_size: side.default(49_408) }).prefault({}),
  }),
  preprocess_cfg: z
    .looseObject({
      size: sides.nullish(),
      mode: z.literal("RGB").nullish(),
      mean: perChannel,
      std: perChannel,
      interpolation: z.enum(["bicubic", "bilinear", "random"]).nullish(),
      resize_mode: z.enum(["shortest", "longest", "squash"]).nullish(),
    })
    .nullish(),
});

/**
 * Reads `open_clip_config.json`, which open_clip's own checkpoints have in place of transformers' files.
 * @param hasTexts whether the folder has a graph of texts
 * @throws ModelError `checkpoint_invalid` naming the key of a model that is no CLIP of OpenAI's kind
 */
export async function readOpenClip(folder: CheckpointFolder, hasTexts: boolean): Promise<OpenClipCheckpoint> {
  const { model_cfg: model, preprocess_cfg: prepared } = await folder.json(openClipFile, schema);
  const { vision_cfg: vision, text_cfg: text, embed_dim } = model;
  if (hasTexts) checkTexts(folder, model, text);
  const [height = 224, width = 224] = prepared?.size ?? vision.image_size;
  if (height !== width)
    throw folder.refusal(
      openClipFile,
      "model_cfg.vision_cfg.image_size",
      `is ${width} x ${height}; a square was expected`,
    );
  const end = text.vocab_size - 1;
  return {
    config: clipConfigSchema.parse({
      model_type: "clip",
      projection_dim: embed_dim,
      vision_config: { image_size: height },
      text_config: {
        ...{ vocab_size: text.vocab_size, max_position_embeddings: text.context_length, eos_token_id: end },
      },
    }),
    image: processorOf(folder, prepared ?? {}, height),
  };
}

function checkTexts(
  folder: CheckpointFolder,
  model: Readonly<Record<string, unknown>>,
  text: Readonly<Record<string, unknown>>,
): void {
  const transformers =
    "Of its texts only the way of OpenAI's CLIP is known here: adopt the conversion to transformers, whose config.json says what the model is";
  if (model.init_logit_bias !== undefined && model.init_logit_bias !== null)
    throw folder.refusal(
      openClipFile,
      "model_cfg.init_logit_bias",
      `is there, so that this is a SigLIP, whose scores are no softmax. ${transformers}`,
    );
  for (const [key, usual] of Object.entries(usualTexts))
    if (!(usual as readonly unknown[]).includes(text[key]))
      throw folder.refusal(
        openClipFile,
        `model_cfg.text_cfg.${key}`,
        `is ${JSON.stringify(text[key])}. ${transformers}`,
      );
  const cleaning = (text.tokenizer_kwargs as { clean?: unknown } | null | undefined)?.clean;
  if (cleaning !== undefined && cleaning !== "lower")
    throw folder.refusal(
      openClipFile,
      "model_cfg.text_cfg.tokenizer_kwargs",
      `cleans texts by ${JSON.stringify(cleaning)}. ${transformers}`,
    );
}

/** What `image_transform` of open_clip does, on Pillow; torchvision cuts the middle out. */
function processorOf(
  folder: CheckpointFolder,
  prepared: NonNullable<z.infer<typeof schema>["preprocess_cfg"]>,
  size: number,
): ImageProcessor {
  const { resize_mode: mode, interpolation, mean, std } = prepared;
  if (mode === "longest")
    throw folder.refusal(
      openClipFile,
      "preprocess_cfg.resize_mode",
      'is "longest", which fills the rest with a colour and is not known here. Known are "shortest" and "squash"',
    );
  const result = { width: size, height: size };
  const isSquashed = mode === "squash";
  const filter = interpolation === "bilinear" ? "bilinear" : "bicubic";
  const preprocessing: ImagePreprocessing = {
    arithmetic: "pillow-13",
    convert_rgb: true,
    resize: isSquashed ? result : { shortest_edge: size },
    filter,
    ...(isSquashed ? {} : { crop: result }),
    crop_rounding: "round",
    rescale_factor: 1 / 255,
    mean: mean ?? [0.48145466, 0.4578275, 0.40821073],
    std: std ?? [0.26862954, 0.26130258, 0.27577711],
  };
  const how = isSquashed
    ? `${size} x ${size} px, ${filter}`
    : `${size} px short edge, ${filter}, centre ${size} x ${size}`;
  return { preprocessing, result, finding: `pictures: ${how}, on Pillow (${openClipFile})` };
}
