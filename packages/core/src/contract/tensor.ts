import { z } from "zod";

/** Element types as ONNX names them; `float16` travels as raw bits in a Uint16Array. */
export const dataTypeSchema: z.ZodType<DataType> = z.enum([
  "float32",
  "float16",
  "float64",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "bool",
]);

export interface TensorData {
  readonly float32: Float32Array;
  readonly float16: Uint16Array;
  readonly float64: Float64Array;
  readonly int8: Int8Array;
  readonly int16: Int16Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly uint8: Uint8Array;
  readonly uint16: Uint16Array;
  readonly uint32: Uint32Array;
  readonly uint64: BigUint64Array;
  readonly bool: Uint8Array;
}

export type DataType = keyof TensorData;

/** A dense row-major array. `data.length` is the product of `shape`. */
export interface Tensor<T extends DataType = DataType> {
  readonly type: T;
  readonly shape: readonly number[];
  readonly data: TensorData[T];
}

/** What a graph or a spec says of one input or output: a number is fixed, a name is an axis free to vary. */
export interface TensorDeclaration {
  readonly dtype: DataType;
  readonly shape: readonly (number | string)[];
}

export const tensorDeclarationSchema: z.ZodType<TensorDeclaration> = z.strictObject({
  dtype: dataTypeSchema,
  shape: z.array(z.union([z.int().positive(), z.string().regex(/^[a-z][a-z0-9_]*$/)])),
});
