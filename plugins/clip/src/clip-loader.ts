import {
  type LoadContext,
  type MatchImageInput,
  type MatchImageOutput,
  ModelError,
  ModelLoaderBase,
  type TaskCall,
  type TaskMethods,
} from "@menagerie/core";
import { clipParameters } from "./clip-parameters.ts";
import { ClipTowers } from "./clip-towers.ts";
import { dot, softmax } from "./vectors.ts";

/** CLIP in the layout of its public conversions: two graphs, `vision_model` and `text_model`. */
export class ClipLoader extends ModelLoaderBase<ClipTowers> {
  protected override readonly tasks: TaskMethods<ClipTowers> = {
    "embed-image": async (clip, { image }, { signal }) => ({
      embedding: Array.from((await clip.embedImages([image], signal))[0] ?? []),
    }),
    "embed-text": async (clip, { text }, { signal }) => ({
      embedding: Array.from((await clip.embedTexts([text], signal))[0] ?? []),
    }),
    "match-image": (clip, input, call) => this.#match(clip, input, call),
  };

  protected override open(context: LoadContext): Promise<ClipTowers> {
    clipParameters(context.spec);
    return ClipTowers.open(context);
  }

  async #match(clip: ClipTowers, input: MatchImageInput, { signal }: TaskCall): Promise<MatchImageOutput> {
    const { logit_scale, template } = clipParameters(this.spec);
    const labels = this.#labels(input);
    const sentences = labels.map((label) => (input.template ?? template).replaceAll("{}", () => label));
    const texts = await clip.embedTexts(sentences, signal);
    const images = await clip.embedImages(input.images, signal);
    const similarity = images.map((image) => texts.map((text) => dot(image, text)));
    const ranked = <Match extends { score: number }>(
      values: readonly number[],
      match: (i: number, score: number, cosine: number) => Match,
    ): Match[] => {
      const scores = softmax(values.map((cosine) => cosine * logit_scale));
      const matches = values.map((cosine, i) => match(i, scores[i] ?? 0, cosine));
      return matches.sort((a, b) => b.score - a.score).slice(0, input.top_k);
    };
    return {
      per_image: similarity.map((row, image) => ({
        image,
        matches: ranked(row, (i, score, cosine) => ({ label: labels[i] ?? "", score, similarity: cosine })),
      })),
      // Nobody asks which of the pictures fits best to each of the model's own thousand labels.
      per_label: (input.labels ?? []).map((label, i) => ({
        label,
        matches: ranked(
          similarity.map((row) => row[i] ?? 0),
          (image, score, cosine) => ({ image, score, similarity: cosine }),
        ),
      })),
    };
  }

  #labels(input: MatchImageInput): readonly string[] {
    const labels = input.labels ?? this.spec.labels ?? [];
    if (labels.length > 0) return labels;
    throw new ModelError(
      "input_invalid",
      `${this.modelName} has no labels of its own: say which to match, as "labels".`,
      { model: this.modelName },
    );
  }
}
