import {
  dot,
  type LoadContext,
  labelSentences,
  type MatchImageInput,
  type MatchImageOutput,
  ModelLoaderBase,
  matchBothWays,
  type TaskCall,
  type TaskMethods,
} from "@menagerie/core";
import { clipParameters } from "./clip-parameters.ts";
import { ClipTowers } from "./clip-towers.ts";

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
    const { labels, sentences } = labelSentences(this.spec, input, template);
    const texts = await clip.embedTexts(sentences, signal);
    const images = await clip.embedImages(input.images, signal);
    const similarity = images.map((image) => texts.map((text) => dot(image, text)));
    return matchBothWays(similarity, labels, logit_scale, input);
  }
}
