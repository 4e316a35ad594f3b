import { open } from "node:fs/promises";
import { type Field, ProtobufReader } from "./protobuf-reader.ts";

/** One node of a graph, as far as it says where values come from. */
interface GraphNode {
  readonly operator: string;
  readonly inputs: readonly string[];
}

/**
 * Which operator makes the values of each output of a graph, by the output's name: the last one that does not merely pass
 * them on (`Identity`, `Cast`, `Reshape` …). `Softmax`, `Sigmoid` and `LogSoftmax` are told whichever way they are written:
 * quantised, as a function of PyTorch's exporter, out of `Exp` and `Div`, or averaged.
 * @param outputs names of tensors
 * @throws MalformedFile for a file that is no whole ONNX model
 */
export async function readOutputOperators(
  path: string,
  outputs: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  await using file = await open(path);
  const { size } = await file.stat();
  const nodes = new Map<string, GraphNode>();
  await readNodes(new ProtobufReader(file, size), size, (name, node) => nodes.set(name, node));
  const origins = new Origins(nodes);
  return Object.fromEntries(
    outputs.flatMap((name) => {
      const operator = origins.of(name);
      return operator === undefined ? [] : [[name, operator]];
    }),
  );
}

/** Operators whose first input comes out with the same values, or a part of them. */
const passing = new Set([
  ...["Identity", "Cast", "CastLike", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Transpose", "Dropout", "Clip"],
  ...["Slice", "Gather", "Expand", "QuantizeLinear", "DequantizeLinear", "Contiguous"],
]);

/** Operators that make scores of scores. */
const combining = new Set([
  ...["Add", "Sub", "Mul", "Div", "Sum", "Mean", "Concat", "ReduceMean", "GlobalAveragePool", "AveragePool"],
]);

/** Farther back no activation is an output's. */
const deepest = 12;

class Origins {
  readonly #nodes: ReadonlyMap<string, GraphNode>;

  constructor(nodes: ReadonlyMap<string, GraphNode>) {
    this.#nodes = nodes;
  }

  /** undefined for what no node computes: weights, inputs, constants. */
  of(tensor: string | undefined, depth = 0): string | undefined {
    const node = this.#nodes.get(tensor ?? "");
    if (node === undefined || node.operator === "Constant") return undefined;
    const { operator, inputs } = node;
    if (depth > deepest) return operator;
    const origin = (i: number): string | undefined => this.of(inputs[i], depth + 1);
    if (passing.has(operator)) return origin(0) ?? operator;
    const named = activationNamed(operator);
    if (named !== undefined) return named;
    if (operator === "Log") return origin(0) === "Softmax" ? "LogSoftmax" : operator;
    if (operator === "Reciprocal") return this.#addsExp(inputs[0]) ? "Sigmoid" : operator;
    if (!combining.has(operator)) return operator;
    if (operator === "Div" && origin(0) === "Exp") return "Softmax";
    if (operator === "Div" && this.#addsExp(inputs[1])) return "Sigmoid";
    if (operator === "Sub" && /^(Log|ReduceLogSumExp)$/.test(origin(1) ?? "")) return "LogSoftmax";
    const parts = inputs.map((_, i) => origin(i)).filter((part) => part !== undefined);
    const [first] = parts;
    const isOfScores = first !== undefined && parts.every((part) => part === "Softmax" || part === "Sigmoid");
    return isOfScores ? first : operator;
  }

  /** Whether a tensor is one more than an exponential: the lower half of a sigmoid. */
  #addsExp(tensor: string | undefined): boolean {
    const node = this.#nodes.get(tensor ?? "");
    return node?.operator === "Add" && node.inputs.some((input) => this.#nodes.get(input)?.operator === "Exp");
  }
}

/** `QLinearSigmoid`, `aten_softmax_no_dtype`, `torch_nn_modules_activation_Softmax_3`. */
function activationNamed(operator: string): string | undefined {
  if (/log_?softmax/i.test(operator)) return "LogSoftmax";
  if (/softmax/i.test(operator)) return "Softmax";
  return /sigmoid/i.test(operator) && !/hard|log/i.test(operator) ? "Sigmoid" : undefined;
}

/** Walks the nodes of a model file and steps over its weights. @param found takes each tensor that a node computes */
async function readNodes(
  reader: ProtobufReader,
  size: number,
  found: (output: string, node: GraphNode) => void,
): Promise<void> {
  const node = async (field: Field): Promise<void> => {
    const inputs: string[] = [];
    const outputs: string[] = [];
    let operator = "";
    const text = async (inner: Field, take: (text: string) => unknown): Promise<void> => {
      take(await reader.text(inner));
    };
    await reader.within(field, (inner) => {
      if (inner.number === 1) return text(inner, (name) => inputs.push(name));
      if (inner.number === 2) return text(inner, (name) => outputs.push(name));
      return inner.number === 4 ? text(inner, (name) => (operator = name)) : undefined;
    });
    for (const output of outputs) found(output, { operator, inputs });
  };
  await reader.each(size, (field) =>
    field.number === 7 ? reader.within(field, (inner) => (inner.number === 1 ? node(inner) : undefined)) : undefined,
  );
}
