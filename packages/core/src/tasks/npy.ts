import type { AnswerTensor } from "./answer-tensor.ts";
import type { AnswerDataType } from "./tensor-keyword.ts";

/** How numpy calls the types, little-endian. */
const descriptions: Readonly<Record<AnswerDataType, string>> = {
  float16: "<f2",
  float32: "<f4",
  float64: "<f8",
  int8: "|i1",
  int16: "<i2",
  int32: "<i4",
  int64: "<i8",
  uint8: "|u1",
  uint16: "<u2",
  uint32: "<u4",
  uint64: "<u8",
  bool: "|b1",
};

/** A tensor as a file of numpy's format, version 1.0: `numpy.load` reads it. */
export function npyBytes({ dtype, shape, data }: AnswerTensor): Uint8Array {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const told = `{'descr': '${descriptions[dtype]}', 'fortran_order': False, 'shape': (${sides}), }`;
  // Ten bytes come before it; the numbers begin at a multiple of 64.
  const head = `${told.padEnd(Math.ceil((10 + told.length + 1) / 64) * 64 - 11)}\n`;
  const bytes = new Uint8Array(10 + head.length + data.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, head.length & 0xff, head.length >> 8]);
  bytes.set(new TextEncoder().encode(head), 10);
  bytes.set(data, 10 + head.length);
  return bytes;
}
