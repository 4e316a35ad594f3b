const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The bits of the float16 nearest to a float32, ties to even; beyond 65519 infinity, below 2^-25 zero. NaN is 0x7e00. */
export function float16Bits(value: number): number {
  float[0] = value;
  const pattern = bits[0] as number;
  const sign = (pattern >>> 16) & 0x8000;
  const magnitude = pattern & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return 0x7e00;
  if (magnitude >= 0x477f_f000) return sign | 0x7c00;
  if (magnitude >= 0x3880_0000) return sign | roundedShift(magnitude - 0x3800_0000, 13);
  if (magnitude <= 0x3300_0000) return sign;
  const mantissa = (magnitude & 0x7f_ffff) | 0x80_0000;
  return sign | roundedShift(mantissa, 126 - (magnitude >>> 23));
}

/** The number that the bits of a float16 stand for. */
export function float16Value(pattern: number): number {
  const sign = pattern & 0x8000 ? -1 : 1;
  const exponent = (pattern >>> 10) & 31;
  const mantissa = pattern & 0x3ff;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1 + mantissa / 1024) * 2 ** (exponent - 15));
}

/** Bits of float16 values as float32. */
export function fromFloat16(patterns: Uint16Array): Float32Array {
  return Float32Array.from(patterns, float16Value);
}

/** float32 values as bits of float16. */
export function toFloat16(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, float16Bits);
}

function roundedShift(value: number, count: number): number {
  const kept = value >>> count;
  const rest = value & ((1 << count) - 1);
  const half = 1 << (count - 1);
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}
