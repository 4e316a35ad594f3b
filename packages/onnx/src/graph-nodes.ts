import type { Field, ProtobufReader } from "./protobuf-reader.ts";

/** One node of a graph, as far as it says where values come from and what is done to them. */
export interface GraphNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  /** The attribute `axis`; undefined where the node leaves it to the operator's default. */
  readonly axis: number | undefined;
  /** What onnxruntime has fused into the node: `Relu`, `Sigmoid` … */
  readonly activation: string | undefined;
  /** Graphs inside it: both branches of `If`, the bodies of loops. */
  readonly branches: readonly GraphBody[];
}

/** Which node makes a tensor, and as which of its outputs. */
export interface TensorSource {
  readonly node: GraphNode;
  readonly output: number;
}

/** A graph, a function of the model, or a branch of one. */
export interface GraphBody {
  /** What nodes make, by the tensor's name. */
  readonly sources: ReadonlyMap<string, TensorSource>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly weights: ReadonlySet<string>;
}

export interface ModelNodes {
  readonly graph: GraphBody;
  /** Functions that the model brings with it, by name. */
  readonly functions: ReadonlyMap<string, GraphBody>;
}

/** Reads the nodes of a model file and steps over its weights. @throws MalformedFile for a file that is no whole ONNX model */
export async function readModelNodes(reader: ProtobufReader, size: number): Promise<ModelNodes> {
  let graph: GraphBody = { sources: new Map(), inputs: [], outputs: [], weights: new Set() };
  const functions = new Map<string, GraphBody>();
  await reader.each(size, (field) => {
    if (field.number === 7) return body(reader, field, graphFields, (_, read) => (graph = read));
    if (field.number !== 25) return undefined;
    return body(reader, field, functionFields, (name, read) => functions.set(name, read));
  });
  return { graph, functions };
}

/** Numbers of the fields of a GraphProto, and of a FunctionProto, which has the names of its tensors alone. */
const graphFields = { name: 2, node: 1, weight: 5, input: 11, output: 12, isNamed: true } as const;
const functionFields = { name: 1, node: 7, weight: 0, input: 4, output: 5, isNamed: false } as const;

async function body(
  reader: ProtobufReader,
  field: Field,
  fields: typeof graphFields | typeof functionFields,
  take: (name: string, read: GraphBody) => unknown,
): Promise<void> {
  const sources = new Map<string, TensorSource>();
  const [inputs, outputs, weights]: [string[], string[], Set<string>] = [[], [], new Set()];
  let name = "";
  const tensor = async (inner: Field, key: number, take: (name: string) => unknown): Promise<void> => {
    if (key === 0) await text(reader, inner, take);
    else
      await reader.within(inner, (part) =>
        part.number === key ? text(reader, part, (text) => take(text)) : undefined,
      );
  };
  await reader.within(field, (inner) => {
    switch (inner.number) {
      case fields.name:
        return text(reader, inner, (text) => (name = text));
      case fields.node:
        return node(reader, inner, sources);
      case fields.weight:
        return tensor(inner, 8, (weight) => weights.add(weight));
      case fields.input:
        return tensor(inner, fields.isNamed ? 1 : 0, (input) => inputs.push(input));
      case fields.output:
        return tensor(inner, fields.isNamed ? 1 : 0, (output) => outputs.push(output));
      default:
        return undefined;
    }
  });
  take(name, { sources, inputs, outputs, weights });
}

async function node(reader: ProtobufReader, field: Field, sources: Map<string, TensorSource>): Promise<void> {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const branches: GraphBody[] = [];
  let operator = "";
  let axis: number | undefined;
  let activation: string | undefined;
  const attribute = async (inner: Field): Promise<void> => {
    let name = "";
    let whole: number | undefined;
    let word: string | undefined;
    await reader.within(inner, (part) => {
      if (part.number === 1) return text(reader, part, (value) => (name = value));
      if (part.number === 3 && part.wireType === 0) whole = Number(BigInt.asIntN(64, part.value));
      if (part.number === 4 && part.length < 64) return text(reader, part, (value) => (word = value));
      if (part.number !== 6) return undefined;
      return body(reader, part, graphFields, (_, read) => branches.push(read));
    });
    if (name === "axis") axis = whole;
    if (name === "activation") activation = word;
  };
  await reader.within(field, (inner) => {
    if (inner.number === 1) return text(reader, inner, (name) => inputs.push(name));
    if (inner.number === 2) return text(reader, inner, (name) => outputs.push(name));
    if (inner.number === 5) return attribute(inner);
    return inner.number === 4 ? text(reader, inner, (name) => (operator = name)) : undefined;
  });
  const made: GraphNode = { operator, inputs, axis, activation, branches };
  for (const [output, name] of outputs.entries()) if (name !== "") sources.set(name, { node: made, output });
}

async function text(reader: ProtobufReader, field: Field, take: (text: string) => unknown): Promise<void> {
  take(await reader.text(field));
}
