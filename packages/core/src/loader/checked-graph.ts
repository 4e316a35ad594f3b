import { ModelError } from "../contract/model-error.ts";
import type { Tensor, TensorDeclaration } from "../contract/tensor.ts";
import { type NoNumbers, noNumbersOf } from "./every-number.ts";
import type { Graph, NamedTensors } from "./graph.ts";

/**
 * A graph whose answers are looked at before anything is made of them, whichever engine runs it: NaN compares as false with
 * everything, so that an answer of it looks like an empty one.
 *
 * Not looked at are the keys and values that a decoder computes for its next step (`present.*`): they grow to the size of the
 * weights, are given back at every step, and one that is no number makes all logits of the next step NaN.
 */
export class CheckedGraph implements Graph {
  readonly name: string;
  readonly inputs: Readonly<Record<string, TensorDeclaration>>;
  readonly outputs: Readonly<Record<string, TensorDeclaration>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly #model: string;
  readonly #graph: Graph;

  constructor(model: string, graph: Graph) {
    this.#model = model;
    this.#graph = graph;
    this.name = graph.name;
    this.inputs = graph.inputs;
    this.outputs = graph.outputs;
    this.metadata = graph.metadata;
  }

  /** @throws ModelError `model_output_invalid` naming the tensor, and how many of its values are no numbers */
  async run(feeds: NamedTensors, outputs?: readonly string[]): Promise<NamedTensors> {
    const answer = await this.#graph.run(feeds, outputs);
    for (const [name, tensor] of Object.entries(answer)) {
      if (name.startsWith("present.")) continue;
      // Exporters write -Infinity into logits for what can never be said.
      const found = noNumbersOf(tensor, { allowsImpossible: name === "logits" });
      if (found !== undefined) throw this.#invalid(name, tensor, found);
    }
    return answer;
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#graph[Symbol.asyncDispose]();
  }

  #invalid(name: string, { type, shape, data }: Tensor, { nan, infinite }: NoNumbers): ModelError {
    const kinds = [nan > 0 && `${nan} NaN`, infinite > 0 && `${infinite} infinite`].filter((kind) => kind !== false);
    return new ModelError(
      "model_output_invalid",
      `${this.#model}: the graph "${this.name}" gave ${nan + infinite} of ${data.length} values of "${name}" that are no ` +
        `numbers (${kinds.join(", ")}), so there is no answer. This is the model's fault, not the input's: weights of half ` +
        "precision overflow so. Adopt the checkpoint with its fp32 weights, or export it again and check the export.",
      {
        model: this.#model,
        details: {
          graph: this.name,
          tensor: name,
          dtype: type,
          shape: [...shape],
          values: data.length,
          nan,
          infinite,
        },
      },
    );
  }
}
