import { open, stat } from "node:fs/promises";
import { type DataType, float16Value, ModelError, type TensorDeclaration } from "@menagerie/core";
import { type FileKind, fileKind, fileKindWords, standInFor } from "@menagerie/core/loader";
import { type Field, MalformedFile, ProtobufReader, type VisitField } from "./protobuf-reader.ts";

/** What an ONNX file says of itself, besides its nodes and weights. */
export interface OnnxHeader {
  readonly inputs: Readonly<Record<string, TensorDeclaration>>;
  readonly outputs: Readonly<Record<string, TensorDeclaration>>;
  /** Version of the standard operators. */
  readonly opset: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** Those weights that are one number each, by name. */
  readonly scalars: Readonly<Record<string, number>>;
  /** Sizes of tables that tokens, places and patches are looked up in (`….position_embedding.weight`), by name. */
  readonly embeddings: Readonly<Record<string, readonly number[]>>;
  /** How many numbers its weights have of each type. */
  readonly weights: Readonly<Partial<Record<DataType, number>>>;
  /** Files beside it that hold weights. */
  readonly externalData: readonly string[];
  /** How many bytes each of them must have at least, by its name. */
  readonly externalBytes: Readonly<Record<string, number>>;
}

/** Element types of TensorProto by number. */
const dataTypes: Readonly<Record<number, DataType>> = {
  1: "float32",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  9: "bool",
  10: "float16",
  11: "float64",
  12: "uint32",
  13: "uint64",
};

/**
 * Reads the header of a model file; weights are stepped over, so it costs the same for 1 MB and 1 GB.
 * @param location what errors call the file, where its path says nothing to a person
 * @throws `checkpoint_invalid` for a file that is no ONNX model, or not a whole one
 */
export async function readOnnxHeader(path: string, location: string = path): Promise<OnnxHeader> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    return await new HeaderReader(new ProtobufReader(file, size)).model(size);
  } catch (error) {
    const standIn = await standInFor(path).catch(() => undefined);
    if (standIn !== undefined)
      throw new ModelError("checkpoint_invalid", `${location} ${standIn.problem}. ${standIn.remedy}`, {
        details: { file: location, found: standIn.kind },
        cause: error,
      });
    const kind = await kindOf(path);
    const reason =
      error instanceof MalformedFile
        ? kind === "onnx" || kind === "other"
          ? error.message
          : `it is ${fileKindWords[kind]}`
        : `it cannot be read (${error instanceof Error ? error.message : String(error)})`;
    throw new ModelError("checkpoint_invalid", `${location} is not a whole ONNX model: ${reason}.`, {
      details: { file: location, reason },
      cause: error,
    });
  }
}

async function kindOf(path: string): Promise<FileKind> {
  return stat(path).then(
    ({ size }) => fileKind(path, size),
    () => "other",
  );
}

/** What a graph's fields tell, gathered as they come. */
interface GraphFields {
  readonly inputs: Map<string, TensorDeclaration>;
  readonly outputs: Map<string, TensorDeclaration>;
  readonly initializers: Set<string>;
  readonly scalars: Map<string, number>;
  readonly embeddings: Map<string, readonly number[]>;
  readonly weights: Map<DataType, number>;
  /** Bytes that are needed of each. */
  readonly files: Map<string, number>;
}

class HeaderReader {
  readonly #reader: ProtobufReader;

  constructor(reader: ProtobufReader) {
    this.#reader = reader;
  }

  async model(size: number): Promise<OnnxHeader> {
    const metadata: Record<string, string> = {};
    const graph: GraphFields = {
      inputs: new Map(),
      outputs: new Map(),
      initializers: new Set(),
      scalars: new Map(),
      embeddings: new Map(),
      weights: new Map(),
      files: new Map(),
    };
    let opset = 0;
    let hasGraph = false;
    await this.#reader.each(size, (field) => {
      if (field.number === 7) {
        hasGraph = true;
        return this.#graph(field, graph);
      }
      if (field.number === 8)
        return this.#pair(
          field,
          (domain, version) => (opset = domain === "" || domain === "ai.onnx" ? version : opset),
        );
      if (field.number === 14) return this.#entry(field, (key, value) => (metadata[key] = value));
      return undefined;
    });
    if (!hasGraph) throw new MalformedFile("it has no graph");
    // Older files list their weights among the inputs as well.
    for (const name of graph.initializers) graph.inputs.delete(name);
    return {
      inputs: Object.fromEntries(graph.inputs),
      outputs: Object.fromEntries(graph.outputs),
      opset,
      metadata,
      scalars: Object.fromEntries(graph.scalars),
      embeddings: Object.fromEntries(graph.embeddings),
      weights: Object.fromEntries(graph.weights),
      externalData: [...graph.files.keys()],
      externalBytes: Object.fromEntries(graph.files),
    };
  }

  #graph(field: Field, graph: GraphFields): Promise<void> {
    return this.#within(field, (inner) => {
      if (inner.number === 5) return this.#initializer(inner, graph);
      if (inner.number === 11) return this.#value(inner, graph.inputs);
      if (inner.number === 12) return this.#value(inner, graph.outputs);
      return undefined;
    });
  }

  async #initializer(field: Field, { initializers, scalars, embeddings, weights, files }: GraphFields): Promise<void> {
    let name = "";
    let type = 0;
    let isScalar = true;
    const sizes: number[] = [];
    let data: Uint8Array | undefined;
    const external: Record<string, string> = {};
    await this.#within(field, (inner) => {
      if (inner.number === 1) isScalar = false;
      if (inner.number === 1 && inner.wireType === 0) sizes.push(Number(inner.value));
      if (inner.number === 2) type = Number(inner.value);
      if (inner.number === 8) return this.#text(inner, (text) => (name = text));
      if (inner.number === 13) return this.#entry(inner, (key, value) => (external[key] = value));
      // Its bytes, or as the field of float32 values.
      const isValue = inner.number === 9 || inner.number === 4;
      return isValue && inner.length <= 8 ? this.#bytes(inner, (bytes) => (data = bytes)) : undefined;
    });
    initializers.add(name);
    const dtype = dataTypes[type];
    if (dtype !== undefined) weights.set(dtype, (weights.get(dtype) ?? 0) + sizes.reduce((all, size) => all * size, 1));
    if (external.location !== undefined) {
      const end = Number(external.offset ?? 0) + Number(external.length ?? 0);
      files.set(external.location, Math.max(files.get(external.location) ?? 0, Number.isFinite(end) ? end : 0));
    }
    const value = isScalar && data !== undefined ? floatOf(dtype, data) : undefined;
    if (value !== undefined) scalars.set(name, value);
    if (name.endsWith("_embedding.weight")) embeddings.set(name, sizes);
  }

  async #value(field: Field, into: Map<string, TensorDeclaration>): Promise<void> {
    let name = "";
    let dtype: DataType | undefined;
    const shape: (number | string)[] = [];
    const dimension = (inner: Field): Promise<void> | undefined => {
      if (inner.number !== 1) return undefined;
      const axis = shape.push(`axis_${shape.length}`) - 1;
      return this.#within(inner, (size) => {
        if (size.number === 1 && size.wireType === 0) shape[axis] = Number(size.value);
        if (size.number === 2) return this.#text(size, (parameter) => (shape[axis] = parameter));
        return undefined;
      });
    };
    const tensor = (inner: Field): Promise<void> | undefined => {
      if (inner.number === 1 && inner.wireType === 0) dtype = dataTypes[Number(inner.value)];
      return inner.number === 2 ? this.#within(inner, dimension) : undefined;
    };
    await this.#within(field, (inner) => {
      if (inner.number === 1) return this.#text(inner, (text) => (name = text));
      return inner.number === 2
        ? this.#within(inner, (type) => (type.number === 1 ? this.#within(type, tensor) : undefined))
        : undefined;
    });
    if (dtype !== undefined) into.set(name, { dtype, shape });
  }

  async #pair(field: Field, take: (text: string, number: number) => void): Promise<void> {
    let text = "";
    let number = 0;
    await this.#within(field, (inner) => {
      if (inner.number === 2 && inner.wireType === 0) number = Number(inner.value);
      return inner.number === 1 ? this.#text(inner, (value) => (text = value)) : undefined;
    });
    take(text, number);
  }

  async #entry(field: Field, take: (key: string, value: string) => void): Promise<void> {
    let key = "";
    let value = "";
    await this.#within(field, (inner) => {
      if (inner.number === 1) return this.#text(inner, (text) => (key = text));
      return inner.number === 2 ? this.#text(inner, (text) => (value = text)) : undefined;
    });
    take(key, value);
  }

  async #bytes(field: Field, take: (bytes: Uint8Array) => void): Promise<void> {
    take(await this.#reader.bytes(field));
  }

  async #text(field: Field, take: (text: string) => void): Promise<void> {
    take(await this.#reader.text(field));
  }

  #within(field: Field, visit: VisitField): Promise<void> {
    return this.#reader.within(field, visit);
  }
}

/** A little-endian floating-point number; undefined for another type, or another length than it has. */
function floatOf(type: DataType | undefined, bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === "float32" && bytes.length === 4) return view.getFloat32(0, true);
  if (type === "float64" && bytes.length === 8) return view.getFloat64(0, true);
  return type === "float16" && bytes.length === 2 ? float16Value(view.getUint16(0, true)) : undefined;
}
