/** Numbers rounded to IEEE 754 half precision, ties to even, as the bits of a `float16` tensor. */
export function halfPrecision(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(values, (value, i) => {
    const sign = ((bits[i] as number) >>> 16) & 0x8000;
    const size = Math.abs(value);
    if (Number.isNaN(size)) return sign | 0x7e00;
    // Half-way between the largest half and the one that would come next.
    if (size >= 65_520) return sign | 0x7c00;
    const exponent = Math.max((((bits[i] as number) >>> 23) & 255) - 127, -14);
    const fraction = roundHalfEven(size * 2 ** (10 - exponent));
    // A fraction that was rounded up to the next power of two carries into the exponent by itself.
    return sign | (((exponent + 14) << 10) + fraction);
  });
}

function roundHalfEven(value: number): number {
  const nearest = Math.round(value);
  return nearest - value === 0.5 && nearest % 2 === 1 ? nearest - 1 : nearest;
}
