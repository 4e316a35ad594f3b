import { z } from "zod";

export type AnswerDataType =
  | "float16"
  | "float32"
  | "float64"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "bool";

/** Bytes of one element. */
export const elementBytes: Readonly<Record<AnswerDataType, number>> = {
  float16: 2,
  float32: 4,
  float64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
};

/**
 * The keyword `tensor` of a schema: `true` on an object `{ dtype, shape, data }`; on plain bytes it says what they are, a name in
 * `shape` being that of a number beside them.
 */
export type TensorKeyword = true | { readonly dtype: AnswerDataType; readonly shape: readonly (number | string)[] };

export const answerDataTypes: readonly [AnswerDataType, ...AnswerDataType[]] = Object.keys(elementBytes) as [
  AnswerDataType,
];
const side = z.union([z.string(), z.int().nonnegative()]);
const described = z.strictObject({ dtype: z.enum(answerDataTypes), shape: z.array(side) });

/** True for what `tensor` may hold. */
export function isTensorKeyword(value: unknown): value is TensorKeyword {
  return value === true || described.safeParse(value).success;
}
