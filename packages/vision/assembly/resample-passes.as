// AssemblyScript: the two resampling passes on 128-bit vectors. `build.ts` compiles this file into
// src/resample-passes-wasm.ts. Integer sums are the same in any order, so the result equals the scalar passes.
//
// A dot product of vectors takes 16-bit weights. Those of Pillow have 22 fractional bits: they come as two numbers,
// `weight = high * 2048 + low`, whose products are summed apart ("split").

/** Bytes of the pixels 0 and 1 of a load as 16-bit pairs, one pair per channel: (r0 r1) (g0 g1) (b0 b1) (0 0). */
const firstPair = i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1);
/** The same of the pixels 2 and 3. */
const secondPair = i8x16(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);

export function horizontal(
  source: usize, sourceStride: usize, rows: i32, bounds: usize, width: i32, weights: usize, high: usize, taps: i32, result: usize, precision: i32,
): void {
  filterRows(source, sourceStride, rows, bounds, width, weights, high, taps, result, precision, false);
}

export function horizontalSplit(
  source: usize, sourceStride: usize, rows: i32, bounds: usize, width: i32, weights: usize, high: usize, taps: i32, result: usize, precision: i32,
): void {
  filterRows(source, sourceStride, rows, bounds, width, weights, high, taps, result, precision, true);
}

export function vertical(
  source: usize, stride: usize, rowBytes: i32, bounds: usize, height: i32, weights: usize, high: usize, taps: i32, result: usize, precision: i32,
): void {
  filterColumns(source, stride, rowBytes, bounds, height, weights, high, taps, result, precision, false);
}

export function verticalSplit(
  source: usize, stride: usize, rowBytes: i32, bounds: usize, height: i32, weights: usize, high: usize, taps: i32, result: usize, precision: i32,
): void {
  filterColumns(source, stride, rowBytes, bounds, height, weights, high, taps, result, precision, true);
}

/**
 * bounds: per result pixel, the source byte where its taps begin and the number of taps rounded up to 4 (i32 each).
 * weights, high: `taps` (a multiple of 4) i16 per result pixel, 0 where unused. result: 3 * width bytes per row.
 */
@inline
function filterRows(
  source: usize, sourceStride: usize, rows: i32, bounds: usize, width: i32, weights: usize, high: usize, taps: i32, result: usize, precision: i32, split: bool,
): void {
  const half = i32x4.splat(1 << (precision - 1));
  for (let y = 0; y < rows; y++) {
    let weight = weights;
    let weightHigh = high;
    for (let x = 0; x < width; x++) {
      let read = source + <usize>load<i32>(bounds + 8 * <usize>x);
      const bytes = <usize>load<i32>(bounds + 8 * <usize>x, 4) << 1;
      let sum = half;
      let sumHigh = i32x4.splat(0);
      for (let tap: usize = 0; tap < bytes; tap += 8) {
        const pixels = v128.load(read);
        const first = i8x16.swizzle(pixels, firstPair);
        const second = i8x16.swizzle(pixels, secondPair);
        sum = i32x4.add(sum, i32x4.dot_i16x8_s(first, v128.load32_splat(weight + tap)));
        sum = i32x4.add(sum, i32x4.dot_i16x8_s(second, v128.load32_splat(weight + tap, 4)));
        if (split) {
          sumHigh = i32x4.add(sumHigh, i32x4.dot_i16x8_s(first, v128.load32_splat(weightHigh + tap)));
          sumHigh = i32x4.add(sumHigh, i32x4.dot_i16x8_s(second, v128.load32_splat(weightHigh + tap, 4)));
        }
        read += 12;
      }
      if (split) sum = i32x4.add(sum, i32x4.shl(sumHigh, 11));
      const words = i16x8.narrow_i32x4_s(i32x4.shr_s(sum, precision), sum);
      // The fourth byte is overwritten by the next pixel.
      v128.store32_lane(result, i8x16.narrow_i16x8_u(words, words), 0);
      result += 3;
      weight += 2 * <usize>taps;
      weightHigh += 2 * <usize>taps;
    }
    source += sourceStride;
  }
}

/**
 * bounds: per result row, the source row where its taps begin and the number of taps rounded up to 2 (i32 each).
 * weights, high: `taps` (a multiple of 2) i16 per result row, 0 where unused. result: rowBytes per row.
 */
@inline
function filterColumns(
  source: usize, stride: usize, rowBytes: i32, bounds: usize, height: i32, weights: usize, high: usize, taps: i32, result: usize, precision: i32, split: bool,
): void {
  const half = i32x4.splat(1 << (precision - 1));
  for (let y = 0; y < height; y++) {
    const top = source + <usize>load<i32>(bounds + 8 * <usize>y) * stride;
    const bytes = <usize>load<i32>(bounds + 8 * <usize>y, 4) << 1;
    for (let x = 0; x < rowBytes; x += 16) {
      let read = top + <usize>x;
      let a = half, b = half, c = half, d = half;
      let aHigh = i32x4.splat(0), bHigh = aHigh, cHigh = aHigh, dHigh = aHigh;
      for (let tap: usize = 0; tap < bytes; tap += 4) {
        const upper = v128.load(read);
        const lower = v128.load(read + stride);
        const left = i8x16.shuffle(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const right = i8x16.shuffle(upper, lower, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        const p = i16x8.extend_low_i8x16_u(left), q = i16x8.extend_high_i8x16_u(left);
        const r = i16x8.extend_low_i8x16_u(right), s = i16x8.extend_high_i8x16_u(right);
        const pair = v128.load32_splat(weights + tap);
        a = i32x4.add(a, i32x4.dot_i16x8_s(p, pair));
        b = i32x4.add(b, i32x4.dot_i16x8_s(q, pair));
        c = i32x4.add(c, i32x4.dot_i16x8_s(r, pair));
        d = i32x4.add(d, i32x4.dot_i16x8_s(s, pair));
        if (split) {
          const pairHigh = v128.load32_splat(high + tap);
          aHigh = i32x4.add(aHigh, i32x4.dot_i16x8_s(p, pairHigh));
          bHigh = i32x4.add(bHigh, i32x4.dot_i16x8_s(q, pairHigh));
          cHigh = i32x4.add(cHigh, i32x4.dot_i16x8_s(r, pairHigh));
          dHigh = i32x4.add(dHigh, i32x4.dot_i16x8_s(s, pairHigh));
        }
        read += 2 * stride;
      }
      if (split) {
        a = i32x4.add(a, i32x4.shl(aHigh, 11));
        b = i32x4.add(b, i32x4.shl(bHigh, 11));
        c = i32x4.add(c, i32x4.shl(cHigh, 11));
        d = i32x4.add(d, i32x4.shl(dHigh, 11));
      }
      const low = i16x8.narrow_i32x4_s(i32x4.shr_s(a, precision), i32x4.shr_s(b, precision));
      const rest = i16x8.narrow_i32x4_s(i32x4.shr_s(c, precision), i32x4.shr_s(d, precision));
      // What goes beyond the row is overwritten by the next one.
      v128.store(result + <usize>x, i8x16.narrow_i16x8_u(low, rest));
    }
    result += <usize>rowBytes;
    weights += 2 * <usize>taps;
    high += 2 * <usize>taps;
  }
}
