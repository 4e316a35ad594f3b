import type { Embedding, ModelSpec } from "@menagerie/core";
import type { TaskMethods } from "@menagerie/core/loader";
import { labelSentences, matchBothWays } from "./label-matches.ts";
import { dot } from "./vectors.ts";

/** A model whose pictures and texts are vectors of one space, all of unit length. */
export interface PictureTextEncoder {
  /** @param images the bytes of one file each. @returns their vectors, in order */
  embedImages(images: readonly Uint8Array[], signal: AbortSignal): Promise<Float64Array[]>;
  /** @returns the vectors of texts, in order */
  embedTexts(texts: readonly string[], signal: AbortSignal): Promise<Float64Array[]>;
}

/** How a model of pictures and texts makes scores of cosines. */
export interface PictureTextScores {
  /** Factor of the cosine before the softmax: e to the power of the trained `logit_scale`. */
  readonly logit_scale: number;
  /** Sentence around a label, `{}` standing for it. */
  readonly template: string;
}

/** The vectors of one item, or of each of a list. */
async function embedded<Item>(
  asked: Item | readonly Item[],
  embed: (items: readonly Item[]) => Promise<Float64Array[]>,
): Promise<Embedding> {
  const isList = Array.isArray(asked);
  const vectors = (await embed(isList ? asked : [asked as Item])).map((vector) => Array.from(vector));
  const [first = []] = vectors;
  return isList ? { embedding: first, embeddings: vectors } : { embedding: first };
}

/** The three tasks that such a model answers. @param scores asked at each question, so that loading is what refuses a spec */
export function pictureTextTasks<Encoder extends PictureTextEncoder>(
  spec: ModelSpec,
  scores: (encoder: Encoder) => PictureTextScores,
): TaskMethods<Encoder> {
  return {
    "embed-image": (encoder, { image }, { signal }) => embedded(image, (images) => encoder.embedImages(images, signal)),
    "embed-text": (encoder, { text }, { signal }) => embedded(text, (texts) => encoder.embedTexts(texts, signal)),
    "match-image": async (encoder, input, { signal }) => {
      const { logit_scale, template } = scores(encoder);
      const { labels, sentences } = labelSentences(spec, input, template);
      const texts = await encoder.embedTexts(sentences, signal);
      const images = await encoder.embedImages(input.images, signal);
      const similarity = images.map((image) => texts.map((text) => dot(image, text)));
      return matchBothWays(similarity, labels, logit_scale, input);
    },
  };
}
