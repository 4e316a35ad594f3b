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
import { clipImage, clipParameters, clipText } from "./clip-parameters.ts";

/**
 * The two towers of a CLIP, in a graph each or both in one, or one of them alone: pictures and texts to vectors of one space.
 * Graphs of one tower do not normalise; this does.
 */
export class ClipTowers implements PictureTextEncoder {
  readonly #spec: ModelSpec;
  readonly #vision: EmbeddingGraph | undefined;
  readonly #text: EmbeddingGraph | undefined;
  readonly #tokenizer: Tokenizer | undefined;
  readonly #images: ImagePipeline | undefined;
  readonly #known = new RememberedVectors();
  #ownScale: number | undefined;

  private constructor(
    spec: ModelSpec,
    vision: EmbeddingGraph | undefined,
    text: EmbeddingGraph | undefined,
    tokenizer: Tokenizer | undefined,
  ) {
    this.#spec = spec;
    this.#vision = vision;
    this.#text = text;
    this.#tokenizer = tokenizer;
    const half = vision?.takesHalf ? ({ dtype: "float16" } as const) : {};
    this.#images = vision === undefined ? undefined : new ImagePipeline({ ...clipImage(spec), ...half });
  }

  /** @throws ModelError `graph_mismatch` naming the tensor that a graph does not have */
  static async open(context: LoadContext): Promise<ClipTowers> {
    const { spec } = context;
    const { model_name: name, graphs } = spec;
    const isWhole = graphs.model !== undefined;
    const hasTexts = isWhole || graphs.text_model !== undefined;
    const tokenizer = hasTexts ? await Tokenizer.open(context, clipText(spec).tokenizer) : undefined;
    if (isWhole) {
      const graph = await context.open("model");
      const both = ["pixel_values", "input_ids"];
      const vision = new EmbeddingGraph(name, graph, both, ["image_embeds"]);
      const towers = new ClipTowers(spec, vision, new EmbeddingGraph(name, graph, both, ["text_embeds"]), tokenizer);
      if (clipParameters(spec).logit_scale === undefined) await towers.#measureScale();
      return towers;
    }
    const tower = async (side: string, input: string, output: string): Promise<EmbeddingGraph | undefined> =>
      graphs[side] === undefined ? undefined : new EmbeddingGraph(name, await context.open(side), [input], [output]);
    const vision = await tower("vision_model", "pixel_values", "image_embeds");
    const text = await tower("text_model", "input_ids", "text_embeds");
    return new ClipTowers(spec, vision, text, tokenizer);
  }

  /** How cosines become scores. */
  get scores(): PictureTextScores {
    const { template, logit_scale } = clipParameters(this.#spec);
    return { template, logit_scale: logit_scale ?? this.#ownScale ?? 100 };
  }

  /** Unit vectors of pictures, in order. @param images the bytes of one file each. @throws `task_unsupported` without that tower */
  embedImages(images: readonly Uint8Array[], signal: AbortSignal): Promise<Float64Array[]> {
    const [vision, pipeline] = [this.#vision, this.#images];
    if (vision === undefined || pipeline === undefined) throw this.#without("pictures", "vision_model");
    return inBatches(images, this.#batch, signal, async (batch) => {
      using pixels = await pipeline.toTensor(batch);
      return await vision.run({ ...this.#emptyText(), pixel_values: pixels });
    });
  }

  /** Unit vectors of texts, in order; those met before are not computed again. @throws `task_unsupported` without that tower */
  embedTexts(texts: readonly string[], signal: AbortSignal): Promise<Float64Array[]> {
    const text = this.#text;
    if (text === undefined) throw this.#without("texts", "text_model");
    const { text_cleaning: cleaning } = clipParameters(this.#spec);
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
    const { max_length, padding, pad_token_id } = clipText(this.#spec);
    const options = { maxLength: max_length, padding, padTokenId: pad_token_id };
    const batch = this.#tokenizer?.tokenize(texts, options);
    return batch === undefined ? {} : tokenTensors({ inputs: text.inputsAs("input_ids") }, batch);
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
    return this.#images?.toTensor([{ data: new Uint8Array(3), width: 1, height: 1 }]);
  }

  #without(what: string, tower: string): ModelError {
    return new ModelError(
      "task_unsupported",
      `${this.#spec.model_name} knows no ${what}: it has no graph "${tower}".`,
      {
        model: this.#spec.model_name,
        details: { graph: tower },
      },
    );
  }

  get #batch(): number {
    return this.#spec.resource_requirements.max_batch;
  }
}
