import type { DescriptionPrompt, ModelSpec } from "@menagerie/core";
import { type PictureTextDescription, pictureTextDescription } from "@menagerie/embedding";
import { z } from "zod";
import type { FlorenceTokens } from "./florence-config.ts";
import { type FlorenceGeneration, florenceGenerationSchema } from "./florence-generation.ts";
import { publishedSentences } from "./florence-prompt.ts";

/** What only Florence-2s say in `parameters`. */
export interface FlorenceParameters {
  generation: FlorenceGeneration;
  tokens: FlorenceTokens;
  /** Positions of the decoder: no answer has more tokens. The encoder has as many, for the picture and the question. */
  max_positions: number;
  /** Phrases that grounding leaves out. */
  banned_phrases: readonly string[];
  /** What the model is asked where that is not what the published ones are; `{}` stands for the text or the box. */
  sentences: Partial<Record<DescriptionPrompt, string>>;
}

/** Of the published models: BART's ids, and the configuration that they were evaluated with. */
export const publishedTokens: FlorenceTokens = {
  ...{ bos: 0, pad: 1, eos: 2, decoder_start: 2 },
  ...{ forced_bos: 0, forced_eos: 2 },
};
export const publishedGeneration: FlorenceGeneration = { num_beams: 3, no_repeat_ngram_size: 3, early_stopping: true };

/** Pronouns and the like, which ground in nothing: what the published processors leave out. */
export const publishedBans: readonly string[] = [
  ...["it", "I", "me", "mine", "you", "your", "yours", "he", "him", "his", "she", "her", "hers", "they", "them"],
  ...["their", "theirs", "one", "oneself", "we", "us", "our", "ours", "its", "myself", "yourself", "himself"],
  ...["herself", "itself", "ourselves", "yourselves", "themselves", "this", "that", "these", "those", "who", "whom"],
  ...["whose", "which", "what", "all", "another", "any", "anybody", "anyone", "anything", "each", "everybody"],
  ...["everyone", "everything", "few", "many", "nobody", "none", "several", "some", "somebody", "someone"],
  ...["something", "each other", "one another", "the image", "image", "images", "the", "a", "an", "a group"],
  ...["other objects", "lots", "a set"],
];

const id = z.int().nonnegative();
const prompt = z.enum(Object.keys(publishedSentences) as DescriptionPrompt[]);
const parametersSchema: z.ZodType<FlorenceParameters> = z.strictObject({
  generation: florenceGenerationSchema.default(publishedGeneration),
  tokens: z
    .strictObject({
      ...{ bos: id, pad: id, eos: id, decoder_start: id },
      ...{ forced_bos: id.optional(), forced_eos: id.optional() },
    })
    .default(publishedTokens),
  max_positions: z.int().positive().default(1024),
  banned_phrases: z.array(z.string()).default([...publishedBans]),
  sentences: z.partialRecord(prompt, z.string().min(1)).default({}),
});

/** All of a spec that a Florence-2 needs. @throws `model_spec_invalid` for what is missing or does not fit */
export type FlorenceDescription = FlorenceParameters & PictureTextDescription;

export function florenceDescription(spec: ModelSpec): FlorenceDescription {
  return pictureTextDescription(spec, parametersSchema, "Florence-2");
}
