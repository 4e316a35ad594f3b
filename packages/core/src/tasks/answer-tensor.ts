import { z } from "zod";
import { isBytesSchema, type JsonSchema } from "../contract/json-schema.ts";
import {
  type AnswerDataType,
  answerDataTypes,
  elementBytes,
  isTensorKeyword,
  type TensorKeyword,
} from "./tensor-keyword.ts";

/** Numbers of an answer: rows from the outermost axis, little-endian. Bytes are base64 in JSON. */
export interface AnswerTensor {
  dtype: AnswerDataType;
  shape: number[];
  data: Uint8Array;
}

/** A tensor as a field of an answer. */
export function answerTensor(): z.ZodType<AnswerTensor, AnswerTensor> {
  const data = z
    .custom<Uint8Array>((value) => value instanceof Uint8Array, "must be bytes")
    .meta({ type: "string", contentEncoding: "base64", contentMediaType: "application/octet-stream", minLength: 0 });
  return z
    .strictObject({ dtype: z.enum(answerDataTypes), shape: z.array(z.int().nonnegative()), data })
    .refine(({ dtype, shape, data: bytes }) => bytes.byteLength === bytesOf(dtype, shape), {
      path: ["data"],
      message: "must have as many bytes as dtype and shape say",
    })
    .meta({ tensor: true }) as unknown as z.ZodType<AnswerTensor, AnswerTensor>;
}

/**
 * The tensor that a value is, if its schema says that it is one.
 * @param holder the object that it stands in
 * @returns undefined for what is no tensor; a sentence on what is wrong with one
 */
export function tensorOf(schema: JsonSchema, value: unknown, holder: unknown): AnswerTensor | string | undefined {
  const { tensor } = schema;
  if (!isTensorKeyword(tensor)) return undefined;
  const found = tensor === true ? (value as AnswerTensor) : isBytesSchema(schema) && placed(tensor, value, holder);
  if (!found || !(found.data instanceof Uint8Array) || !Array.isArray(found.shape)) return "is no tensor";
  if (!Object.hasOwn(elementBytes, found.dtype)) return "is a tensor of no known dtype";
  if (!found.shape.every((side) => Number.isSafeInteger(side) && side >= 0))
    return `has the shape [${found.shape.join(", ")}]; its sides must be whole numbers, 0 or more`;
  const expected = bytesOf(found.dtype, found.shape);
  if (found.data.byteLength === expected) return found;
  return `has ${found.data.byteLength} bytes; ${found.dtype} of shape [${found.shape.join(", ")}] has ${expected}`;
}

function placed({ dtype, shape }: Exclude<TensorKeyword, true>, value: unknown, holder: unknown): AnswerTensor {
  const beside = (holder ?? {}) as Readonly<Record<string, unknown>>;
  const sides = shape.map((side) => (typeof side === "number" ? side : Number(beside[side])));
  return { dtype, shape: sides, data: value as Uint8Array };
}

function bytesOf(dtype: AnswerDataType, shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, elementBytes[dtype]);
}
