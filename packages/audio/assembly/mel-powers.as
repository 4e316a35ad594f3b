// Mel powers of four real frames at a time, in float64: two complex transforms side by side in the lanes of 128-bit vectors.
// Lane 0 holds frames 0 (real part) and 1 (imaginary part), lane 1 frames 2 and 3. A point is 32 bytes: real parts of both
// lanes, then imaginary parts. The transform is the one of src/spectrum/fft-butterflies.ts.

const sin60: f64 = 0.8660254037844386;
const cos72: f64 = 0.30901699437494745;
const cos144: f64 = -0.8090169943749475;
const sin72: f64 = 0.9510565162951535;
const sin144: f64 = 0.5877852522924731;

// @ts-ignore: decorator
@inline function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
// @ts-ignore: decorator
@inline function sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }
// @ts-ignore: decorator
@inline function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
// @ts-ignore: decorator
@inline function times(a: f64, b: v128): v128 { return f64x2.mul(f64x2.splat(a), b); }
// @ts-ignore: decorator
@inline function re(at: usize): v128 { return v128.load(at); }
// @ts-ignore: decorator
@inline function im(at: usize): v128 { return v128.load(at, 16); }
// @ts-ignore: decorator
@inline function put(at: usize, r: v128, i: v128): void {
  v128.store(at, r);
  v128.store(at, i, 16);
}
// The product with the twiddle at `w`: its real part, then its imaginary part.
// @ts-ignore: decorator
@inline function turn(at: usize, r: v128, i: v128, wr: v128, wi: v128): void {
  put(at, sub(mul(r, wr), mul(i, wi)), add(mul(r, wi), mul(i, wr)));
}

function radix2(from: usize, to: usize, span: i32, stride: usize, w: usize): void {
  const next = stride * span;
  for (let p: i32 = 0; p < span; p++, w += 16) {
    const w1r = v128.load64_splat(w);
    const w1i = v128.load64_splat(w, 8);
    let t = to + 2 * p * stride;
    for (let a = from + p * stride, end = a + stride; a < end; a += 32, t += 32) {
      const ar = re(a), ai = im(a), br = re(a + next), bi = im(a + next);
      put(t, add(ar, br), add(ai, bi));
      turn(t + stride, sub(ar, br), sub(ai, bi), w1r, w1i);
    }
  }
}

function radix3(from: usize, to: usize, span: i32, stride: usize, w: usize): void {
  const next = stride * span;
  for (let p: i32 = 0; p < span; p++, w += 32) {
    const w1r = v128.load64_splat(w), w1i = v128.load64_splat(w, 8);
    const w2r = v128.load64_splat(w, 16), w2i = v128.load64_splat(w, 24);
    let t = to + 3 * p * stride;
    for (let a = from + p * stride, end = a + stride; a < end; a += 32, t += 32) {
      const b = a + next, c = b + next;
      const sumR = add(re(b), re(c)), sumI = add(im(b), im(c));
      const midR = sub(re(a), times(0.5, sumR)), midI = sub(im(a), times(0.5, sumI));
      const turnR = times(sin60, sub(im(b), im(c))), turnI = times(sin60, sub(re(c), re(b)));
      put(t, add(re(a), sumR), add(im(a), sumI));
      turn(t + stride, add(midR, turnR), add(midI, turnI), w1r, w1i);
      turn(t + 2 * stride, sub(midR, turnR), sub(midI, turnI), w2r, w2i);
    }
  }
}

function radix4(from: usize, to: usize, span: i32, stride: usize, w: usize): void {
  const next = stride * span;
  for (let p: i32 = 0; p < span; p++, w += 48) {
    const w1r = v128.load64_splat(w), w1i = v128.load64_splat(w, 8);
    const w2r = v128.load64_splat(w, 16), w2i = v128.load64_splat(w, 24);
    const w3r = v128.load64_splat(w, 32), w3i = v128.load64_splat(w, 40);
    let t = to + 4 * p * stride;
    for (let a = from + p * stride, end = a + stride; a < end; a += 32, t += 32) {
      const b = a + next, c = b + next, d = c + next;
      const acR = add(re(a), re(c)), acI = add(im(a), im(c));
      const acDr = sub(re(a), re(c)), acDi = sub(im(a), im(c));
      const bdR = add(re(b), re(d)), bdI = add(im(b), im(d));
      const bdDr = sub(re(b), re(d)), bdDi = sub(im(b), im(d));
      put(t, add(acR, bdR), add(acI, bdI));
      turn(t + stride, add(acDr, bdDi), sub(acDi, bdDr), w1r, w1i);
      turn(t + 2 * stride, sub(acR, bdR), sub(acI, bdI), w2r, w2i);
      turn(t + 3 * stride, sub(acDr, bdDi), add(acDi, bdDr), w3r, w3i);
    }
  }
}

function radix5(from: usize, to: usize, span: i32, stride: usize, w: usize): void {
  const next = stride * span;
  for (let p: i32 = 0; p < span; p++, w += 64) {
    const w1r = v128.load64_splat(w), w1i = v128.load64_splat(w, 8);
    const w2r = v128.load64_splat(w, 16), w2i = v128.load64_splat(w, 24);
    const w3r = v128.load64_splat(w, 32), w3i = v128.load64_splat(w, 40);
    const w4r = v128.load64_splat(w, 48), w4i = v128.load64_splat(w, 56);
    let t = to + 5 * p * stride;
    for (let a = from + p * stride, end = a + stride; a < end; a += 32, t += 32) {
      const b = a + next, c = b + next, d = c + next, e = d + next;
      const ar = re(a), ai = im(a);
      const beR = add(re(b), re(e)), beI = add(im(b), im(e));
      const cdR = add(re(c), re(d)), cdI = add(im(c), im(d));
      const beDr = sub(re(b), re(e)), beDi = sub(im(b), im(e));
      const cdDr = sub(re(c), re(d)), cdDi = sub(im(c), im(d));
      const m1r = add(add(ar, times(cos72, beR)), times(cos144, cdR));
      const m1i = add(add(ai, times(cos72, beI)), times(cos144, cdI));
      const m2r = add(add(ar, times(cos144, beR)), times(cos72, cdR));
      const m2i = add(add(ai, times(cos144, beI)), times(cos72, cdI));
      // The differences turned by a quarter: real parts of the imaginary ones, and the other way round.
      const t1r = add(times(sin72, beDi), times(sin144, cdDi));
      const t1i = add(times(sin72, beDr), times(sin144, cdDr));
      const t2r = sub(times(sin144, beDi), times(sin72, cdDi));
      const t2i = sub(times(sin144, beDr), times(sin72, cdDr));
      put(t, add(add(ar, beR), cdR), add(add(ai, beI), cdI));
      turn(t + stride, add(m1r, t1r), sub(m1i, t1i), w1r, w1i);
      turn(t + 2 * stride, add(m2r, t2r), sub(m2i, t2i), w2r, w2i);
      turn(t + 3 * stride, sub(m2r, t2r), add(m2i, t2i), w3r, w3i);
      turn(t + 4 * stride, sub(m1r, t1r), add(m1i, t1i), w4r, w4i);
    }
  }
}

// `stages`: for each its radix, span and stride as int32, and where its twiddles are.
function transform(stages: usize, count: i32, from: usize, to: usize): usize {
  for (let i: i32 = 0; i < count; i++, stages += 16) {
    const radix = load<i32>(stages), span = load<i32>(stages, 4);
    const stride = <usize>load<i32>(stages, 8) * 32, w = <usize>load<i32>(stages, 12);
    if (radix == 4) radix4(from, to, span, stride, w);
    else if (radix == 5) radix5(from, to, span, stride, w);
    else if (radix == 3) radix3(from, to, span, stride, w);
    else radix2(from, to, span, stride, w);
    const other = from;
    from = to;
    to = other;
  }
  return from;
}

// @ts-ignore: decorator
@inline function pair(samples: usize, apart: usize): v128 {
  return f64x2.replace_lane(f64x2.splat(<f64>load<f32>(samples)), 1, <f64>load<f32>(samples + apart));
}

/**
 * `frames` (a multiple of four) frames of float32 samples, `hop` apart, to float64 `[frames, mels]` at `result`.
 * `filters`: for each mel its first bin and the end of its weights, int32; `spectrum`: room for `bins` points.
 */
export function melPowers(
  samples: usize,
  frames: i32,
  hop: i32,
  size: i32,
  window: usize,
  stages: usize,
  stageCount: i32,
  bufferA: usize,
  bufferB: usize,
  bins: i32,
  spectrum: usize,
  mels: i32,
  filters: usize,
  weights: usize,
  result: usize,
): void {
  const step = <usize>hop * 4;
  const row = <usize>mels * 8;
  for (let t: i32 = 0; t < frames; t += 4) {
    let s = samples + <usize>t * step;
    for (let i: i32 = 0, at = bufferA, w = window; i < size; i++, at += 32, w += 8, s += 4) {
      const weight = v128.load64_splat(w);
      put(at, mul(pair(s, 2 * step), weight), mul(pair(s + step, 2 * step), weight));
    }
    const done = transform(stages, stageCount, bufferA, bufferB);
    v128.store(spectrum, mul(re(done), re(done)));
    v128.store(spectrum, mul(im(done), im(done)), 16);
    let mirror = done + <usize>(size - 1) * 32;
    const quarter = f64x2.splat(0.25);
    for (let k: i32 = 1, a = done + 32, to = spectrum + 32; k < bins; k++, a += 32, mirror -= 32, to += 32) {
      const sumR = add(re(a), re(mirror)), differenceI = sub(im(a), im(mirror));
      const sumI = add(im(a), im(mirror)), differenceR = sub(re(mirror), re(a));
      put(
        to,
        mul(quarter, add(mul(sumR, sumR), mul(differenceI, differenceI))),
        mul(quarter, add(mul(sumI, sumI), mul(differenceR, differenceR))),
      );
    }
    let at = weights;
    for (let mel: i32 = 0, filter = filters, to = result + <usize>t * row; mel < mels; mel++, filter += 8, to += 8) {
      let bin = spectrum + <usize>load<i32>(filter) * 32;
      const end = weights + <usize>load<i32>(filter, 4) * 8;
      let even = f64x2.splat(0), odd = f64x2.splat(0);
      for (; at < end; at += 8, bin += 32) {
        const weight = v128.load64_splat(at);
        even = add(even, mul(weight, re(bin)));
        odd = add(odd, mul(weight, im(bin)));
      }
      store<f64>(to, f64x2.extract_lane(even, 0));
      store<f64>(to + row, f64x2.extract_lane(odd, 0));
      store<f64>(to + 2 * row, f64x2.extract_lane(even, 1));
      store<f64>(to + 3 * row, f64x2.extract_lane(odd, 1));
    }
  }
}
