import {
  type Graph,
  inBatches,
  type LoadContext,
  ModelError,
  type ModelSpec,
  type PictureTextEncoder,
  RememberedVectors,
  type Tensor,
  unitRows,
} from "@menagerie/core";
import { Tokenizer } from "@menagerie/text";
import { ImagePipeline } from "@menagerie/vision";
import { clipPreprocessing } from "./clip-parameters.ts";

/** The two towers of a CLIP: pictures and texts to vectors of one space. The split graphs do not normalise; this does. */
export class ClipTowers implements PictureTextEncoder {
  readonly #spec: ModelSpec;
  readonly #vision: Graph;
  readonly #text: Graph;
  readonly #tokenizer: Tokenizer;
  readonly #images: ImagePipeline;
  readonly #known = new RememberedVectors();

  private constructor(spec: ModelSpec, vision: Graph, text: Graph, tokenizer: Tokenizer) {
    this.#spec = spec;
    this.#vision = vision;
    this.#text = text;
    this.#tokenizer = tokenizer;
    this.#images = new ImagePipeline(clipPreprocessing(spec).image);
  }

  static async open(context: LoadContext): Promise<ClipTowers> {
    const { text } = clipPreprocessing(context.spec);
    const tokenizer = await Tokenizer.read(await context.artifact(text.tokenizer));
    return new ClipTowers(
      context.spec,
      await context.open("vision_model"),
      await context.open("text_model"),
      tokenizer,
    );
  }

  /** Unit vectors of pictures, in order. @param images the bytes of one file each */
  embedImages(images: readonly Uint8Array[], signal: AbortSignal): Promise<Float64Array[]> {
    return inBatches(images, this.#batch, signal, async (batch) => {
      using pixels = await this.#images.toTensor(batch);
      return await this.#embed(this.#vision, "image_embeds", { pixel_values: pixels });
    });
  }

  /** Unit vectors of texts, in order; those met before are not computed again. */
  embedTexts(texts: readonly string[], signal: AbortSignal): Promise<Float64Array[]> {
    return this.#known.of(texts, (unknown) =>
      inBatches(unknown, this.#batch, signal, (batch) => this.#embedTokens(batch)),
    );
  }

  get #batch(): number {
    return this.#spec.resource_requirements.max_batch;
  }

  async #embedTokens(texts: readonly string[]): Promise<Float64Array[]> {
    const { max_length, padding, pad_token_id } = clipPreprocessing(this.#spec).text;
    const { inputIds, attentionMask, shape } = this.#tokenizer.tokenize(texts, {
      maxLength: max_length,
      padding,
      padTokenId: pad_token_id,
    });
    const feeds: Record<string, Tensor> = { input_ids: { type: "int64", shape, data: inputIds } };
    if (this.#text.inputs.attention_mask !== undefined)
      feeds.attention_mask = { type: "int64", shape, data: attentionMask };
    return this.#embed(this.#text, "text_embeds", feeds);
  }

  async #embed(graph: Graph, output: string, feeds: Record<string, Tensor>): Promise<Float64Array[]> {
    const tensor = (await graph.run(feeds, [output]))[output];
    if (tensor?.data instanceof Float32Array) return unitRows(tensor.data, tensor.shape[1] ?? 1);
    throw new ModelError(
      "graph_mismatch",
      `${this.#spec.model_name}: the graph "${graph.name}" gave ${tensor?.type ?? "nothing"} as "${output}", float32 was expected.`,
      {
        model: this.#spec.model_name,
      },
    );
  }
}
