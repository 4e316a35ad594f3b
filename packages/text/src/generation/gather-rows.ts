import type { Tensor } from "@menagerie/core";

/** Rows of the first axis in the order named; a row may come several times, or not at all. */
export function gatherRows<T extends Tensor>(tensor: T, rows: readonly number[]): T {
  if (rows.length === tensor.shape[0] && rows.every((row, i) => row === i)) return tensor;
  const size = tensor.shape.slice(1).reduce((product, axis) => product * axis, 1);
  const from = tensor.data as Float32Array;
  const data = new (from.constructor as Float32ArrayConstructor)(rows.length * size);
  for (const [i, row] of rows.entries()) data.set(from.subarray(row * size, (row + 1) * size), i * size);
  return { ...tensor, shape: [rows.length, ...tensor.shape.slice(1)], data };
}
