// AssemblyScript: bytes of RGB pixels to three planes of float32, each value
// `(round(level * scale) - offset - mean) / std` with every operation rounded to float32. `build.ts` compiles this file into
// src/tensor/normalise-wasm.ts.

/**
 * pixels: 3 * count bytes, of which up to 47 more are read; count: a multiple of 16. planes: 3 * count f32.
 * constants: f32 offset, then mean and std of each channel. isDouble: the product with scale is rounded from float64.
 */
export function normalise(pixels: usize, count: i32, planes: usize, scale: f64, isDouble: bool, constants: usize): void {
  if (isDouble) all(pixels, count, planes, scale, true, constants);
  else all(pixels, count, planes, scale, false, constants);
}

@inline
function all(pixels: usize, count: i32, planes: usize, scale: f64, isDouble: bool, constants: usize): void {
  const scales = f32x4.splat(<f32>scale), doubles = f64x2.splat(scale), offsets = v128.load32_splat(constants);
  const redMean = v128.load32_splat(constants, 4), redStd = v128.load32_splat(constants, 8);
  const greenMean = v128.load32_splat(constants, 12), greenStd = v128.load32_splat(constants, 16);
  const blueMean = v128.load32_splat(constants, 20), blueStd = v128.load32_splat(constants, 24);
  const greens = planes + (<usize>count << 2), blues = greens + (<usize>count << 2);
  for (let i: usize = 0; i < <usize>count; i += 16) {
    const a = v128.load(pixels), b = v128.load(pixels, 16), c = v128.load(pixels, 32);
    pixels += 48;
    const redPart = i8x16.shuffle(a, b, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
    const red = i8x16.shuffle(redPart, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29);
    const greenPart = i8x16.shuffle(a, b, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0);
    const green = i8x16.shuffle(greenPart, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30);
    const bluePart = i8x16.shuffle(a, b, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0);
    const blue = i8x16.shuffle(bluePart, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31);
    sixteen(red, planes + (i << 2), scales, doubles, isDouble, offsets, redMean, redStd);
    sixteen(green, greens + (i << 2), scales, doubles, isDouble, offsets, greenMean, greenStd);
    sixteen(blue, blues + (i << 2), scales, doubles, isDouble, offsets, blueMean, blueStd);
  }
}

@inline
function sixteen(levels: v128, target: usize, scales: v128, doubles: v128, isDouble: bool, offsets: v128, mean: v128, std: v128): void {
  const low = i16x8.extend_low_i8x16_u(levels), high = i16x8.extend_high_i8x16_u(levels);
  v128.store(target, four(i32x4.extend_low_i16x8_u(low), scales, doubles, isDouble, offsets, mean, std));
  v128.store(target, four(i32x4.extend_high_i16x8_u(low), scales, doubles, isDouble, offsets, mean, std), 16);
  v128.store(target, four(i32x4.extend_low_i16x8_u(high), scales, doubles, isDouble, offsets, mean, std), 32);
  v128.store(target, four(i32x4.extend_high_i16x8_u(high), scales, doubles, isDouble, offsets, mean, std), 48);
}

@inline
function four(levels: v128, scales: v128, doubles: v128, isDouble: bool, offsets: v128, mean: v128, std: v128): v128 {
  let scaled: v128;
  if (isDouble) {
    const low = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.convert_low_i32x4_u(levels), doubles));
    const upper = i8x16.shuffle(levels, levels, 8, 9, 10, 11, 12, 13, 14, 15, 0, 0, 0, 0, 0, 0, 0, 0);
    const high = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.convert_low_i32x4_u(upper), doubles));
    scaled = i8x16.shuffle(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
  } else scaled = f32x4.mul(f32x4.convert_i32x4_s(levels), scales);
  return f32x4.div(f32x4.sub(f32x4.sub(scaled, offsets), mean), std);
}

/** Where memory is free. */
export function base(): usize {
  return (__heap_base + 15) & ~15;
}
