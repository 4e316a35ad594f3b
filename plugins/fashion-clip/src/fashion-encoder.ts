import {
  EmbeddingGraph,
  inBatches,
  type LoadContext,
  type ModelSpec,
  type NamedTensors,
  type PictureTextEncoder,
  type PictureTextScores,
  RememberedVectors,
} from "@menagerie/core";
import { cleanAsOpenClip, Tokenizer, tokenTensors } from "@menagerie/text";
import { ImagePipeline, type ImageTensor } from "@menagerie/vision";
import { type FashionDescription, fashionDescription } from "./fashion-parameters.ts";
import { ownScale } from "./own-scale.ts";

/** Pictures of clothes and words for them as vectors of one space. */
export class FashionEncoder implements PictureTextEncoder {
  readonly #description: FashionDescription;
  readonly #batch: number;
  readonly #vision: EmbeddingGraph;
  readonly #text: EmbeddingGraph;
  readonly #tokenizer: Tokenizer;
  readonly #pipeline: ImagePipeline;
  readonly #known = new RememberedVectors();
  #ownScale: number | undefined;

  private constructor(spec: ModelSpec, vision: EmbeddingGraph, text: EmbeddingGraph, tokenizer: Tokenizer) {
    this.#description = fashionDescription(spec);
    this.#batch = spec.resource_requirements.max_batch;
    this.#vision = vision;
    this.#text = text;
    this.#tokenizer = tokenizer;
    const half = vision.takesHalf ? { dtype: "float16" as const } : {};
    this.#pipeline = new ImagePipeline({ ...this.#description.image, ...half });
  }

  /** @throws ModelError `graph_mismatch` naming the tensor that a graph does not have */
  static async open(context: LoadContext): Promise<FashionEncoder> {
    const { spec } = context;
    const { text } = fashionDescription(spec);
    const tokenizer = await Tokenizer.read(await context.artifact(text.tokenizer));
    if (spec.graphs.model === undefined) {
      const vision = await context.open("vision_model");
      const texts = await context.open("text_model");
      return new FashionEncoder(
        spec,
        new EmbeddingGraph(spec.model_name, vision, ["pixel_values"], ["image_embeds", "pooler_output"]),
        new EmbeddingGraph(spec.model_name, texts, ["input_ids"], ["text_embeds", "pooler_output"]),
        tokenizer,
      );
    }
    const pairs = await context.open("model");
    const both = ["pixel_values", "input_ids"];
    const encoder = new FashionEncoder(
      spec,
      new EmbeddingGraph(spec.model_name, pairs, both, ["image_embeds"]),
      new EmbeddingGraph(spec.model_name, pairs, both, ["text_embeds"]),
      tokenizer,
    );
    if (encoder.#description.logit_scale === undefined) await encoder.#measureScale();
    return encoder;
  }

  /** How cosines become scores. */
  get scores(): PictureTextScores {
    const { template, logit_scale } = this.#description;
    return { template, logit_scale: logit_scale ?? this.#ownScale ?? 100 };
  }

  embedImages(images: readonly Uint8Array[], signal: AbortSignal): Promise<Float64Array[]> {
    return inBatches(images, this.#batch, signal, async (batch) => {
      using pixels = await this.#pipeline.toTensor(batch);
      return await this.#vision.run({ ...this.#emptyText(), pixel_values: pixels });
    });
  }

  /** Those met before are not computed again. */
  embedTexts(texts: readonly string[], signal: AbortSignal): Promise<Float64Array[]> {
    const { text_cleaning: cleaning } = this.#description;
    const cleaned = cleaning === undefined ? texts : texts.map((text) => cleanAsOpenClip(text, cleaning));
    return this.#known.of(cleaned, (unknown) =>
      inBatches(unknown, this.#batch, signal, async (batch) => {
        using pixels = await this.#blackPicture();
        const picture: NamedTensors = pixels === undefined ? {} : { pixel_values: pixels };
        return await this.#text.run({ ...picture, ...this.#tokens(batch) });
      }),
    );
  }

  #tokens(texts: readonly string[]): NamedTensors {
    const { max_length, padding, pad_token_id } = this.#description.text;
    const options = { maxLength: max_length, padding, padTokenId: pad_token_id };
    return tokenTensors(this.#text.graph, this.#tokenizer.tokenize(texts, options));
  }

  async #measureScale(): Promise<void> {
    using pixels = await this.#blackPicture();
    if (pixels === undefined) return;
    const runs = ["", "a", "0"].map((text) => ({ ...this.#tokens([text]), pixel_values: pixels }));
    this.#ownScale = await ownScale(this.#vision.graph, runs);
  }

  /** One graph for both sides computes both: where nobody asked for a text it gets an empty one. */
  #emptyText(): NamedTensors {
    return this.#vision.graph.inputs.input_ids === undefined ? {} : this.#tokens([""]);
  }

  /** And where nobody asked for a picture, a black one. */
  async #blackPicture(): Promise<ImageTensor | undefined> {
    if (this.#text.graph.inputs.pixel_values === undefined) return undefined;
    return this.#pipeline.toTensor([{ data: new Uint8Array(3), width: 1, height: 1 }]);
  }
}
