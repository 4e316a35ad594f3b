import { ModelError, type ModelSpec } from "@menagerie/core";
import { inBatches, type LoadContext, type NamedTensors } from "@menagerie/core/loader";
import {
  EmbeddingGraph,
  ownScale,
  type PictureTextEncoder,
  type PictureTextScores,
  RememberedVectors,
} from "@menagerie/embedding";
import { cleanAsOpenClip, Tokenizer, tokenTensors } from "@menagerie/text";
import { ImagePipeline, type ImageTensor } from "@menagerie/vision";
import { type FashionDescription, fashionDescription } from "./fashion-parameters.ts";

/** Pictures of clothes and words for them as vectors of one space. */
export class FashionEncoder implements PictureTextEncoder {
  readonly #description: FashionDescription;
  readonly #batch: number;
  readonly #vision: EmbeddingGraph | undefined;
  readonly #text: EmbeddingGraph | undefined;
  readonly #tokenizer: Tokenizer | undefined;
  readonly #pipeline: ImagePipeline | undefined;
  readonly #known = new RememberedVectors();
  #ownScale: number | undefined;

  private constructor(
    spec: ModelSpec,
    vision: EmbeddingGraph | undefined,
    text: EmbeddingGraph | undefined,
    tokenizer: Tokenizer | undefined,
  ) {
    this.#description = fashionDescription(spec);
    this.#batch = spec.resource_requirements.max_batch;
    this.#vision = vision;
    this.#text = text;
    this.#tokenizer = tokenizer;
    const { image } = this.#description;
    if (vision === undefined || image === undefined) return;
    this.#pipeline = new ImagePipeline({ ...image, ...(vision.takesHalf ? { dtype: "float16" } : {}) });
  }

  /** @throws ModelError `graph_mismatch` naming the tensor that a graph does not have */
  static async open(context: LoadContext): Promise<FashionEncoder> {
    const { spec } = context;
    const { model_name: name, graphs } = spec;
    const { text: texts } = fashionDescription(spec);
    const tokenizer = texts === undefined ? undefined : await Tokenizer.open(context, texts.tokenizer);
    if (graphs.model === undefined) {
      const tower = async (side: string, input: string, outputs: string[]): Promise<EmbeddingGraph | undefined> =>
        graphs[side] === undefined ? undefined : new EmbeddingGraph(name, await context.open(side), [input], outputs);
      const vision = await tower("vision_model", "pixel_values", ["image_embeds", "pooler_output"]);
      const text = await tower("text_model", "input_ids", ["text_embeds", "pooler_output"]);
      return new FashionEncoder(spec, vision, text, tokenizer);
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

  /** @throws ModelError `task_unsupported` for a model of texts alone */
  embedImages(images: readonly Uint8Array[], signal: AbortSignal): Promise<Float64Array[]> {
    const [vision, pipeline] = [this.#vision, this.#pipeline];
    if (vision === undefined || pipeline === undefined) throw without("pictures");
    return inBatches(images, this.#batch, signal, async (batch) => {
      using pixels = await pipeline.toTensor(batch);
      return await vision.run({ ...this.#emptyText(), pixel_values: pixels });
    });
  }

  /** Those met before are not computed again. @throws ModelError `task_unsupported` for a model of pictures alone */
  embedTexts(texts: readonly string[], signal: AbortSignal): Promise<Float64Array[]> {
    const text = this.#text;
    if (text === undefined) throw without("texts");
    const { text_cleaning: cleaning } = this.#description;
    const cleaned = cleaning === undefined ? texts : texts.map((each) => cleanAsOpenClip(each, cleaning));
    return this.#known.of(cleaned, (unknown) =>
      inBatches(unknown, this.#batch, signal, async (batch) => {
        using pixels = await this.#blackPicture();
        const picture: NamedTensors = pixels === undefined ? {} : { pixel_values: pixels };
        return await text.run({ ...picture, ...this.#tokens(text, batch) });
      }),
    );
  }

  #tokens(text: EmbeddingGraph, texts: readonly string[]): NamedTensors {
    const { text: prepared } = this.#description;
    if (prepared === undefined || this.#tokenizer === undefined) return {};
    const { max_length, padding, pad_token_id } = prepared;
    const options = { maxLength: max_length, padding, padTokenId: pad_token_id };
    return tokenTensors({ inputs: text.inputsAs("input_ids") }, this.#tokenizer.tokenize(texts, options));
  }

  async #measureScale(): Promise<void> {
    const [graph, text] = [this.#vision?.graph, this.#text];
    using pixels = await this.#blackPicture();
    if (pixels === undefined || graph === undefined || text === undefined) return;
    const runs = ["", "a", "0"].map((words) => ({ ...this.#tokens(text, [words]), pixel_values: pixels }));
    this.#ownScale = await ownScale(graph, runs);
  }

  /** One graph for both sides computes both: where nobody asked for a text it gets an empty one. */
  #emptyText(): NamedTensors {
    const text = this.#text;
    return text === undefined || this.#vision?.graph !== text.graph ? {} : this.#tokens(text, [""]);
  }

  /** And where nobody asked for a picture, a black one. */
  async #blackPicture(): Promise<ImageTensor | undefined> {
    if (this.#vision?.graph !== this.#text?.graph) return undefined;
    return this.#pipeline?.toTensor([{ data: new Uint8Array(3), width: 1, height: 1 }]);
  }
}

function without(what: string): ModelError {
  return new ModelError("task_unsupported", `This model knows no ${what}: its spec has no graph of them.`);
}
