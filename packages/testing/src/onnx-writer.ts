import { open } from "node:fs/promises";
import { basename } from "node:path";
import type { DataType } from "@menagerie/core";
import { Message, type Part } from "./protobuf-writer.ts";

/** An ONNX model as its file has it. Field numbers below are those of onnx.proto, IR version 8. */
export interface OnnxModel {
  readonly opset?: number;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers?: readonly OnnxInitializer[];
  readonly nodes: readonly OnnxNode[];
  /** Functions of the model, which its nodes call by name; they are of the standard domain, as a node without one is. */
  readonly functions?: Readonly<Record<string, OnnxBody>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface OnnxValue {
  readonly name: string;
  readonly type: DataType;
  /** A name is a dynamic axis. */
  readonly shape: readonly (number | string)[];
}

export interface OnnxInitializer {
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly number[];
  /** Little-endian bytes, row-major. */
  readonly data: Part;
}

/** Nodes by themselves, with names of what goes in and comes out. */
export interface OnnxBody {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly OnnxNode[];
}

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | string | readonly number[] | OnnxBody>>;
}

const dataTypes: Readonly<Record<DataType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
};

/**
 * Writes a model file, one part after the other: memory stays flat however large the weights are.
 * @param options.externalData name of a file beside it that takes the weights.
 */
export async function writeOnnx(
  path: string,
  model: OnnxModel,
  options: { externalData?: string } = {},
): Promise<void> {
  const { externalData } = options;
  await writeParts(path, modelMessage(model, externalData).parts);
  if (externalData === undefined) return;
  await writeParts(
    path.slice(0, path.length - basename(path).length) + externalData,
    (model.initializers ?? []).map((tensor) => tensor.data),
  );
}

async function writeParts(path: string, parts: readonly Part[]): Promise<void> {
  await using file = await open(path, "w");
  // Small parts are gathered: a model has thousands of them.
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (gathered.length > 0) await file.writev(gathered);
    gathered = [];
    bytes = 0;
  };
  for (const part of parts) {
    const data = part instanceof Uint8Array ? part : part.make();
    if (data.length === 0) continue;
    gathered.push(data);
    bytes += data.length;
    if (bytes > 1 << 20 || gathered.length >= 1000) await flush();
  }
  await flush();
}

function modelMessage(model: OnnxModel, externalData: string | undefined): Message {
  const message = new Message()
    .varint(1, 8)
    .text(2, "menagerie")
    .message(7, graphMessage(model, externalData))
    .message(8, new Message().varint(2, model.opset ?? 17));
  for (const [name, value] of Object.entries(model.metadata ?? {}))
    message.message(14, new Message().text(1, name).text(2, value));
  for (const [name, body] of Object.entries(model.functions ?? {})) message.message(25, functionMessage(name, body));
  return message;
}

function functionMessage(name: string, { inputs, outputs, nodes }: OnnxBody): Message {
  const message = new Message().text(1, name);
  for (const input of inputs) message.text(4, input);
  for (const output of outputs) message.text(5, output);
  for (const node of nodes) message.message(7, nodeMessage(node));
  return message.message(9, new Message().varint(2, 17));
}

function branchMessage({ outputs, nodes }: OnnxBody): Message {
  const message = new Message();
  for (const node of nodes) message.message(1, nodeMessage(node));
  message.text(2, "branch");
  for (const output of outputs) message.message(12, new Message().text(1, output));
  return message;
}

function graphMessage(model: OnnxModel, externalData: string | undefined): Message {
  const graph = new Message();
  for (const node of model.nodes) graph.message(1, nodeMessage(node));
  graph.text(2, "graph");
  let offset = 0;
  for (const tensor of model.initializers ?? []) {
    graph.message(5, tensorMessage(tensor, externalData, offset));
    offset += tensor.data.length;
  }
  for (const value of model.inputs) graph.message(11, valueMessage(value));
  for (const value of model.outputs) graph.message(12, valueMessage(value));
  return graph;
}

function nodeMessage(node: OnnxNode): Message {
  const message = new Message();
  for (const name of node.inputs) message.text(1, name);
  for (const name of node.outputs) message.text(2, name);
  message.text(4, node.op);
  for (const [name, value] of Object.entries(node.attributes ?? {})) message.message(5, attributeMessage(name, value));
  return message;
}

function attributeMessage(name: string, value: number | string | readonly number[] | OnnxBody): Message {
  const message = new Message().text(1, name);
  if (typeof value === "string") return message.text(4, value).varint(20, 3);
  if (typeof value === "number")
    return Number.isInteger(value) ? message.varint(3, value).varint(20, 2) : message.float(2, value).varint(20, 1);
  if ("nodes" in value) return message.message(6, branchMessage(value)).varint(20, 5);
  for (const item of value) message.varint(8, item);
  return message.varint(20, 7);
}

function tensorMessage(tensor: OnnxInitializer, externalData: string | undefined, offset: number): Message {
  const message = new Message();
  for (const size of tensor.shape) message.varint(1, size);
  message.varint(2, dataTypes[tensor.type]).text(8, tensor.name);
  if (externalData === undefined) return message.bytes(9, tensor.data);
  const place = { location: externalData, offset: String(offset), length: String(tensor.data.length) };
  for (const [name, value] of Object.entries(place)) message.message(13, new Message().text(1, name).text(2, value));
  return message.varint(14, 1);
}

function valueMessage(value: OnnxValue): Message {
  const shape = new Message();
  for (const size of value.shape)
    shape.message(1, typeof size === "number" ? new Message().varint(1, size) : new Message().text(2, size));
  const tensorType = new Message().varint(1, dataTypes[value.type]).message(2, shape);
  return new Message().text(1, value.name).message(2, new Message().message(1, tensorType));
}
