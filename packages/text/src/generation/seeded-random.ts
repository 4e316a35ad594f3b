/**
 * Uniform numbers in [0, 1) with 53 bits, the same for the same seed and stream everywhere: Chris Doty-Humphrey's sfc32,
 * whose four words of state pass PractRand.
 * @param seed 0..2^32-1
 * @param stream keeps texts of one batch apart
 */
export function seededRandom(seed: number, stream: number): () => number {
  let [a, b, c, counter] = [seed | 0, stream | 0, 0x9e3779b9 | 0, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 15; i++) next();
  return () => ((next() >>> 5) * 67_108_864 + (next() >>> 6)) / 9_007_199_254_740_992;
}
