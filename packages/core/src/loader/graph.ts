import type { Tensor, TensorDeclaration } from "../contract/tensor.ts";

/** Named tensors in, named tensors out. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/** One opened computation graph, wherever it runs. Closed by the loader base when the model is unloaded. */
export interface Graph extends AsyncDisposable {
  readonly name: string;
  readonly inputs: Readonly<Record<string, TensorDeclaration>>;
  readonly outputs: Readonly<Record<string, TensorDeclaration>>;
  /** Free-form pairs that the exporter wrote into the file. */
  readonly metadata: Readonly<Record<string, string>>;

  /**
   * Runs the graph once.
   * @param feeds every input by name; a missing, surplus or wrongly typed or shaped one is `graph_mismatch`.
   * @param outputs names to compute; default: all of them.
   */
  run(feeds: NamedTensors, outputs?: readonly string[]): Promise<NamedTensors>;
}
