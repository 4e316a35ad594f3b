import {
  EmbeddingGraph,
  inBatches,
  type LoadContext,
  type ModelSpec,
  type PictureTextEncoder,
  RememberedVectors,
} from "@menagerie/core";
import { Tokenizer, tokenTensors } from "@menagerie/text";
import { ImagePipeline } from "@menagerie/vision";
import { clipPreprocessing } from "./clip-parameters.ts";

/** The two towers of a CLIP: pictures and texts to vectors of one space. The split graphs do not normalise; this does. */
export class ClipTowers implements PictureTextEncoder {
  readonly #spec: ModelSpec;
  readonly #vision: EmbeddingGraph;
  readonly #text: EmbeddingGraph;
  readonly #tokenizer: Tokenizer;
  readonly #images: ImagePipeline;
  readonly #known = new RememberedVectors();

  private constructor(spec: ModelSpec, vision: EmbeddingGraph, text: EmbeddingGraph, tokenizer: Tokenizer) {
    this.#spec = spec;
    this.#vision = vision;
    this.#text = text;
    this.#tokenizer = tokenizer;
    const { image } = clipPreprocessing(spec);
    this.#images = new ImagePipeline({ ...image, ...(vision.takesHalf ? { dtype: "float16" } : {}) });
  }

  /** @throws ModelError `graph_mismatch` naming the tensor that a graph does not have */
  static async open(context: LoadContext): Promise<ClipTowers> {
    const { spec } = context;
    const tokenizer = await Tokenizer.read(await context.artifact(clipPreprocessing(spec).text.tokenizer));
    const vision = await context.open("vision_model");
    const text = await context.open("text_model");
    return new ClipTowers(
      spec,
      new EmbeddingGraph(spec.model_name, vision, ["pixel_values"], ["image_embeds"]),
      new EmbeddingGraph(spec.model_name, text, ["input_ids"], ["text_embeds"]),
      tokenizer,
    );
  }

  /** Unit vectors of pictures, in order. @param images the bytes of one file each */
  embedImages(images: readonly Uint8Array[], signal: AbortSignal): Promise<Float64Array[]> {
    return inBatches(images, this.#batch, signal, async (batch) => {
      using pixels = await this.#images.toTensor(batch);
      return await this.#vision.run({ pixel_values: pixels });
    });
  }

  /** Unit vectors of texts, in order; those met before are not computed again. */
  embedTexts(texts: readonly string[], signal: AbortSignal): Promise<Float64Array[]> {
    const { max_length, padding, pad_token_id } = clipPreprocessing(this.#spec).text;
    const options = { maxLength: max_length, padding, padTokenId: pad_token_id };
    return this.#known.of(texts, (unknown) =>
      inBatches(unknown, this.#batch, signal, (batch) =>
        this.#text.run(tokenTensors(this.#text.graph, this.#tokenizer.tokenize(batch, options))),
      ),
    );
  }

  get #batch(): number {
    return this.#spec.resource_requirements.max_batch;
  }
}
