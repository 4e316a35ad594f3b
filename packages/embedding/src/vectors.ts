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
