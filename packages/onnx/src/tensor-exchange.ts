import { type DataType, ModelError, type Tensor, type TensorData } from "@menagerie/core";
import type { NamedTensors } from "@menagerie/core/loader";
import type { Tensor as EngineTensor } from "onnxruntime-node";
import type { Engine } from "./engine.ts";

/** Our tensor as the engine's, without a copy. */
export function toEngine(engine: Engine, tensor: Tensor): EngineTensor {
  const shape = [...tensor.shape];
  if (tensor.type !== "float16") return new engine.Tensor(tensor.type, tensor.data as never, shape);
  // Given float16 bits on a Node that has Float16Array, version 1.30 allocates too little. As uint16 they pass, and the
  // type is then set right.
  const bits = new engine.Tensor("uint16", tensor.data as Uint16Array, shape);
  (bits as { type: string }).type = "float16";
  return bits;
}

export function fromEngine(outputs: Readonly<Record<string, EngineTensor>>): NamedTensors {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, output]) => [
      name,
      { type: output.type as DataType, shape: output.dims, data: dataOf(name, output) },
    ]),
  );
}

function dataOf(name: string, output: EngineTensor): TensorData[DataType] {
  if (output.type === "string")
    throw new ModelError("graph_mismatch", `The output "${name}" holds strings, which no task takes.`);
  const data = output.data as unknown as ArrayBufferView;
  // Float16Array where Node has it, Uint16Array elsewhere: raw bits either way.
  if (output.type === "float16") return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  return data as TensorData[DataType];
}
