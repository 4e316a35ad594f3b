import { type Tensor, toFloat16 } from "@menagerie/core";
import { inBatches, type LoadContext } from "@menagerie/core/loader";
import { EmbeddingGraph, RememberedVectors } from "@menagerie/embedding";
import { type TextPreprocessing, Tokenizer, textPreprocessing, tokenTensors } from "@menagerie/text";
import { unusable } from "./yolo-world-parameters.ts";

/** Labels as unit vectors of CLIP's text tower. A label goes in as it is, without a sentence around it; each is computed once. */
export class LabelVectors {
  readonly #tower: EmbeddingGraph;
  readonly #tokenizer: Tokenizer;
  readonly #text: TextPreprocessing;
  readonly #batch: number;
  readonly #known = new RememberedVectors();

  private constructor(tower: EmbeddingGraph, tokenizer: Tokenizer, text: TextPreprocessing, batch: number) {
    this.#tower = tower;
    this.#tokenizer = tokenizer;
    this.#text = text;
    this.#batch = batch;
  }

  static async open(context: LoadContext): Promise<LabelVectors> {
    const { spec } = context;
    if (spec.preprocessing.text === undefined)
      throw unusable(spec, '"preprocessing" must have "text", for its graph takes a vocabulary');
    const text = textPreprocessing(spec);
    const tokenizer = await Tokenizer.open(context, text.tokenizer);
    const graph = await context.open("text_model");
    const tower = new EmbeddingGraph(spec.model_name, graph, ["input_ids"], ["text_embeds"]);
    return new LabelVectors(tower, tokenizer, text, spec.resource_requirements.max_batch);
  }

  /** The vectors of labels as one tensor, `[1, labels, dimensions]`. @param dtype that the detector takes */
  async tensor(
    labels: readonly string[],
    dtype: "float32" | "float16",
    signal: AbortSignal,
  ): Promise<Tensor<"float32"> | Tensor<"float16">> {
    const vectors = await this.#known.of(labels, (unknown) =>
      inBatches(unknown, this.#batch, signal, (batch) => this.#embed(batch)),
    );
    const dimensions = vectors[0]?.length ?? 0;
    const data = new Float32Array(labels.length * dimensions);
    for (const [i, vector] of vectors.entries()) data.set(vector, i * dimensions);
    const shape = [1, labels.length, dimensions];
    return dtype === "float32" ? { type: dtype, shape, data } : { type: dtype, shape, data: toFloat16(data) };
  }

  #embed(labels: readonly string[]): Promise<Float64Array[]> {
    const { max_length, padding, pad_token_id } = this.#text;
    const tokens = this.#tokenizer.tokenize(labels, { maxLength: max_length, padding, padTokenId: pad_token_id });
    return this.#tower.run(tokenTensors(this.#tower.graph, tokens));
  }
}
