/**
 * Adds to each residual what the samples before it foretell; the coefficients learn from each error's sign. In 32 bits that
 * wrap, as in the encoder.
 *
 * @param width bits of a sample
 * @param coefficients that of the oldest sample first; absent for plain differences
 */
export function predictAlac(
  samples: Int32Array,
  width: number,
  coefficients: Int32Array | undefined,
  shift: number,
): void {
  const order = coefficients?.length ?? 0;
  if (coefficients !== undefined && order === 0) return;
  const spare = 32 - width;
  const plain = coefficients === undefined || order === 31 ? samples.length : Math.min(order + 1, samples.length);
  for (let i = 1; i < plain; i++) {
    samples[i] = (((samples[i - 1] as number) + (samples[i] as number)) << spare) >> spare;
  }
  if (coefficients === undefined) return;
  const half = 1 << (shift - 1);
  for (let i = plain; i < samples.length; i++) {
    const start = i - order;
    const base = samples[start - 1] as number;
    let error = samples[i] as number;
    let sum = 0;
    for (let k = 0; k < order; k++) {
      sum = (sum + Math.imul((samples[start + k] as number) - base, coefficients[k] as number)) | 0;
    }
    samples[i] = ((((sum + half) >> shift) + base + error) << spare) >> spare;
    const sign = Math.sign(error);
    for (let k = 0; k < order && error * sign > 0; k++) {
      const away = base - (samples[start + k] as number);
      const turn = Math.sign(away) * sign;
      coefficients[k] = (coefficients[k] as number) - turn;
      error -= ((away * turn) >> shift) * (k + 1);
    }
  }
}
