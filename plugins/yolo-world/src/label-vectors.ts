import {
  type Graph,
  inBatches,
  type LoadContext,
  ModelError,
  RememberedVectors,
  type Tensor,
  type TextPreprocessing,
  unitRows,
} from "@menagerie/core";
import { Tokenizer } from "@menagerie/text";
import { unusable } from "./yolo-world-parameters.ts";

/** Labels as unit vectors of CLIP's text tower. A label goes in as it is, without a sentence around it; each is computed once. */
export class LabelVectors {
  readonly #graph: Graph;
  readonly #tokenizer: Tokenizer;
  readonly #text: TextPreprocessing;
  readonly #batch: number;
  readonly #known = new RememberedVectors();

  private constructor(graph: Graph, tokenizer: Tokenizer, text: TextPreprocessing, batch: number) {
    this.#graph = graph;
    this.#tokenizer = tokenizer;
    this.#text = text;
    this.#batch = batch;
  }

  static async open(context: LoadContext): Promise<LabelVectors> {
    const { spec } = context;
    const { text } = spec.preprocessing;
    if (text === undefined) throw unusable(spec, '"preprocessing" must have "text", for its graph takes a vocabulary');
    const tokenizer = await Tokenizer.read(await context.artifact(text.tokenizer));
    const graph = await context.open("text_model");
    return new LabelVectors(graph, tokenizer, text, spec.resource_requirements.max_batch);
  }

  /** The vectors of labels as one tensor, `[1, labels, dimensions]`. */
  async tensor(labels: readonly string[], signal: AbortSignal): Promise<Tensor> {
    const vectors = await this.#known.of(labels, (unknown) =>
      inBatches(unknown, this.#batch, signal, (batch) => this.#embed(batch)),
    );
    const dimensions = vectors[0]?.length ?? 0;
    const data = new Float32Array(labels.length * dimensions);
    for (const [i, vector] of vectors.entries()) data.set(vector, i * dimensions);
    return { type: "float32", shape: [1, labels.length, dimensions], data };
  }

  async #embed(labels: readonly string[]): Promise<Float64Array[]> {
    const { max_length, padding, pad_token_id } = this.#text;
    const options = { maxLength: max_length, padding, padTokenId: pad_token_id };
    const { inputIds, attentionMask, shape } = this.#tokenizer.tokenize(labels, options);
    const feeds: Record<string, Tensor> = { input_ids: { type: "int64", shape, data: inputIds } };
    if (this.#graph.inputs.attention_mask !== undefined)
      feeds.attention_mask = { type: "int64", shape, data: attentionMask };
    const { text_embeds } = await this.#graph.run(feeds, ["text_embeds"]);
    if (text_embeds?.data instanceof Float32Array) return unitRows(text_embeds.data, text_embeds.shape[1] ?? 1);
    throw new ModelError(
      "graph_mismatch",
      `The graph "${this.#graph.name}" gave ${text_embeds?.type ?? "nothing"} as "text_embeds", float32 was expected.`,
      { details: { graph: this.#graph.name, tensor: "text_embeds" } },
    );
  }
}
