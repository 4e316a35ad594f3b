import { fromFloat16, ModelError } from "@menagerie/core";
import type { Graph, NamedTensors } from "@menagerie/core/loader";
import { soleLike } from "@menagerie/onnx";
import { unitRows } from "./vectors.ts";

/** A graph that ends in embeddings, whatever its export called them. */
export class EmbeddingGraph {
  readonly graph: Graph;
  readonly #model: string;
  readonly #output: string;
  /** What the graph calls its only input, where that is not what the family does. */
  readonly #soleInput: string | undefined;

  /**
   * @param inputs tensors that must be there; a graph that takes one alone may call it as it likes
   * @param outputs names of the embeddings, the first that is there counts, or else the graph's only one
   * @throws ModelError `graph_mismatch` naming the tensor that is not
   */
  constructor(model: string, graph: Graph, inputs: readonly string[], outputs: readonly string[]) {
    this.#model = model;
    this.graph = graph;
    const [first = "", ...others] = inputs;
    this.#soleInput = others.length === 0 ? soleLike(first, graph.inputs) : undefined;
    for (const name of inputs)
      if (graph.inputs[name] === undefined && this.#soleInput === undefined) throw this.#missing("inputs", name);
    const output = outputs.find((name) => graph.outputs[name] !== undefined) ?? soleLike("", graph.outputs);
    if (output === undefined) throw this.#missing("outputs", outputs.join('" or "'));
    this.#output = output;
  }

  /** The graph's inputs, its only one under the name that the family has for it. @param name of that */
  inputsAs(name: string): Graph["inputs"] {
    const sole = this.#soleInput === undefined ? undefined : this.graph.inputs[this.#soleInput];
    return sole === undefined ? this.graph.inputs : { [name]: sole };
  }

  /** Pictures go into it in half precision. */
  get takesHalf(): boolean {
    return this.inputsAs("pixel_values").pixel_values?.dtype === "float16";
  }

  /**
   * @returns unit vectors, in order. Those that the graph has normalised already are so to more digits
   * @throws ModelError `graph_mismatch` for another tensor than embeddings, `model_output_invalid` for a vector of zeros
   */
  async run(feeds: NamedTensors): Promise<Float64Array[]> {
    const [fed, ...others] = Object.values(feeds);
    const isRenamed = this.#soleInput !== undefined && fed !== undefined && others.length === 0;
    const named = isRenamed ? { [this.#soleInput as string]: fed } : feeds;
    const tensor = (await this.graph.run(named, [this.#output]))[this.#output];
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
