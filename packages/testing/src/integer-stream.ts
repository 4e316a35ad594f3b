/**
 * A hash of a uint32: the multiply-and-shift finaliser known as lowbias32. `tools/export` makes the same integers, so that
 * a fixture holds results alone and a test makes the inputs again.
 */
export function mixedInteger(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}
