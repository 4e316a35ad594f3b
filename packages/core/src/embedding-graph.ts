import { fromFloat16 } from "./float16.ts";
import type { Graph, NamedTensors } from "./graph.ts";
import { ModelError } from "./model-error.ts";
import { unitRows } from "./vectors.ts";

/** A graph that ends in embeddings, whatever its export called them. */
export class EmbeddingGraph {
  readonly graph: Graph;
  readonly #model: string;
  readonly #output: string;

  /**
   * @param inputs tensors that must be there
   * @param outputs names of the embeddings, the first that is there counts
   * @throws ModelError `graph_mismatch` naming the tensor that is not
   */
  constructor(model: string, graph: Graph, inputs: readonly string[], outputs: readonly string[]) {
    this.#model = model;
    this.graph = graph;
    for (const name of inputs) if (graph.inputs[name] === undefined) throw this.#missing("inputs", name);
    const output = outputs.find((name) => graph.outputs[name] !== undefined);
    if (output === undefined) throw this.#missing("outputs", outputs.join('" or "'));
    this.#output = output;
  }

  /** Pictures go into it in half precision. */
  get takesHalf(): boolean {
    return this.graph.inputs.pixel_values?.dtype === "float16";
  }

  /**
   * @returns unit vectors, in order. Those that the graph has normalised already are so to more digits
   * @throws ModelError `graph_mismatch` for another tensor than embeddings, `model_output_invalid` for a vector of zeros
   */
  async run(feeds: NamedTensors): Promise<Float64Array[]> {
    const tensor = (await this.graph.run(feeds, [this.#output]))[this.#output];
    const data = tensor?.data instanceof Uint16Array ? fromFloat16(tensor.data) : tensor?.data;
    const size = tensor?.shape[1];
    if (data instanceof Float32Array && tensor?.shape.length === 2 && size !== undefined)
      return this.#whole(unitRows(data, size));
    throw this.#mismatch(
      `gave ${tensor === undefined ? "no" : `${tensor.type} [${tensor.shape.join(", ")}] as`} "${this.#output}", float32 [batch, dimensions] was expected`,
      this.#output,
    );
  }

  /** Zeros have no direction: divided by their length they are no numbers, in the official implementations too. */
  #whole(rows: Float64Array[]): Float64Array[] {
    const none = rows.filter(([first]) => Number.isNaN(first)).length;
    if (none === 0) return rows;
    throw new ModelError(
      "model_output_invalid",
      `${this.#model}: the graph "${this.graph.name}" gave ${none} of ${rows.length} vectors of "${this.#output}" that are all zeros, so they have no direction. The weights or the export are damaged: fetch or export them again.`,
      { model: this.#model, details: { graph: this.graph.name, tensor: this.#output, vectors: rows.length, none } },
    );
  }

  #missing(side: "inputs" | "outputs", name: string): ModelError {
    return this.#mismatch(`has no "${name}" among its ${side} (${Object.keys(this.graph[side]).join(", ")})`, name);
  }

  #mismatch(problem: string, tensor: string): ModelError {
    return new ModelError("graph_mismatch", `${this.#model}: the graph "${this.graph.name}" ${problem}.`, {
      model: this.#model,
      details: { tensor },
    });
  }
}
