/**
 * Rows of a `[rows, size]` array, each divided by its Euclidean length. Sums are in float64: the reference's own float32
 * sums differ from them by less than one part in a million.
 */
export function unitRows(data: Float32Array, size: number): Float64Array[] {
  return Array.from({ length: data.length / size }, (_, row) => {
    const vector = Float64Array.from(data.subarray(row * size, (row + 1) * size));
    const length = Math.sqrt(dot(vector, vector));
    return vector.map((value) => value / length);
  });
}

/** Of vectors of one size; of unit vectors it is the cosine of the angle between them. */
export function dot(a: Float64Array | Float32Array, b: Float64Array | Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Softmax of `values`, computed from their distance to the largest so that nothing overflows. */
export function softmax(values: readonly number[]): number[] {
  const largest = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
