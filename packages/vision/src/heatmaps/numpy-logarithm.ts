/**
 * The natural logarithm of a float32 as numpy's vectorised kernel computes it, to the bit: up to three units in the last place
 * beside the nearest float32, which the curvature of a flat peak makes pixels of.
 *
 * Source: numpy's `simd_log_FLOAT`, for processors with AVX2 or AVX-512: `x = m * 2^e` with m near 1, then a rational minimax
 * function of `m - 1`, every step a fused multiplication and addition.
 * @param value a normal float32 above 0
 */
export function numpyLogarithm(value: number): number {
  const f = Math.fround;
  bits.setFloat32(0, value);
  const word = bits.getUint32(0);
  let exponent = (word >>> 23) - 126;
  bits.setUint32(0, (word & 0x00_7f_ff_ff) | 0x3f_00_00_00);
  let mantissa = bits.getFloat32(0);
  if (mantissa <= f(Math.SQRT1_2)) {
    mantissa *= 2;
    exponent -= 1;
  }
  const x = f(mantissa - 1);
  return fused(exponent, f(Math.LN2), f(polynomial(x, above) / polynomial(x, below)));
}

const bits = new DataView(new ArrayBuffer(4));

/** Coefficients from the highest power down. */
const above: readonly number[] = [
  2.589_979_117_907_922_6e-2, 3.808_837_741_388_408e-1, 1.480_000_633_576_506_6, 2.112_677_543_073_053, 1, 0,
].map(Math.fround);
const below: readonly number[] = [
  5.875_095_403_124_574e-3, 1.546_476_374_983_906_7e-1, 9.864_942_958_519_419e-1, 2.453_006_071_784_736_6,
  2.612_677_543_073_109_3, 1,
].map(Math.fround);

function polynomial(x: number, coefficients: readonly number[]): number {
  return coefficients.reduce((sum, coefficient) => fused(sum, x, coefficient));
}

/** A product of float32s is exact in float64, so that it is rounded with the sum. */
function fused(a: number, b: number, c: number): number {
  return Math.fround(a * b + c);
}
