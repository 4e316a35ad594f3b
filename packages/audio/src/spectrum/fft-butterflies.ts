import type { FftStage } from "./fft-stage.ts";

// Decimation in frequency, Stockham's order: point `p + span * k` of each transform is read for all k, and result j of
// the small transform, turned by its twiddle, is written to `radix * p + j`.

const sin60 = Math.sqrt(3) / 2;
const cos72 = Math.cos((2 * Math.PI) / 5);
const cos144 = Math.cos((4 * Math.PI) / 5);
const sin72 = Math.sin((2 * Math.PI) / 5);
const sin144 = Math.sin((4 * Math.PI) / 5);

export function radix2(
  fromRe: Float64Array,
  fromIm: Float64Array,
  toRe: Float64Array,
  toIm: Float64Array,
  { span, stride, twiddleRe, twiddleIm }: FftStage,
): void {
  const next = stride * span;
  for (let p = 0; p < span; p++) {
    const w1r = twiddleRe[p] as number;
    const w1i = twiddleIm[p] as number;
    let to = stride * 2 * p;
    for (let a = stride * p, end = a + stride; a < end; a++, to++) {
      const ar = fromRe[a] as number;
      const ai = fromIm[a] as number;
      const br = fromRe[a + next] as number;
      const bi = fromIm[a + next] as number;
      const dr = ar - br;
      const di = ai - bi;
      toRe[to] = ar + br;
      toIm[to] = ai + bi;
      toRe[to + stride] = dr * w1r - di * w1i;
      toIm[to + stride] = dr * w1i + di * w1r;
    }
  }
}

export function radix3(
  fromRe: Float64Array,
  fromIm: Float64Array,
  toRe: Float64Array,
  toIm: Float64Array,
  { span, stride, twiddleRe, twiddleIm }: FftStage,
): void {
  const next = stride * span;
  for (let p = 0; p < span; p++) {
    const w1r = twiddleRe[2 * p] as number;
    const w1i = twiddleIm[2 * p] as number;
    const w2r = twiddleRe[2 * p + 1] as number;
    const w2i = twiddleIm[2 * p + 1] as number;
    let to = stride * 3 * p;
    for (let a = stride * p, end = a + stride; a < end; a++, to++) {
      const ar = fromRe[a] as number;
      const ai = fromIm[a] as number;
      const br = fromRe[a + next] as number;
      const bi = fromIm[a + next] as number;
      const cr = fromRe[a + 2 * next] as number;
      const ci = fromIm[a + 2 * next] as number;
      const sumR = br + cr;
      const sumI = bi + ci;
      const midR = ar - 0.5 * sumR;
      const midI = ai - 0.5 * sumI;
      const turnR = sin60 * (bi - ci);
      const turnI = sin60 * (cr - br);
      const y1r = midR + turnR;
      const y1i = midI + turnI;
      const y2r = midR - turnR;
      const y2i = midI - turnI;
      toRe[to] = ar + sumR;
      toIm[to] = ai + sumI;
      toRe[to + stride] = y1r * w1r - y1i * w1i;
      toIm[to + stride] = y1r * w1i + y1i * w1r;
      toRe[to + 2 * stride] = y2r * w2r - y2i * w2i;
      toIm[to + 2 * stride] = y2r * w2i + y2i * w2r;
    }
  }
}

export function radix4(
  fromRe: Float64Array,
  fromIm: Float64Array,
  toRe: Float64Array,
  toIm: Float64Array,
  { span, stride, twiddleRe, twiddleIm }: FftStage,
): void {
  const next = stride * span;
  for (let p = 0; p < span; p++) {
    const w1r = twiddleRe[3 * p] as number;
    const w1i = twiddleIm[3 * p] as number;
    const w2r = twiddleRe[3 * p + 1] as number;
    const w2i = twiddleIm[3 * p + 1] as number;
    const w3r = twiddleRe[3 * p + 2] as number;
    const w3i = twiddleIm[3 * p + 2] as number;
    let to = stride * 4 * p;
    for (let a = stride * p, end = a + stride; a < end; a++, to++) {
      const ar = fromRe[a] as number;
      const ai = fromIm[a] as number;
      const br = fromRe[a + next] as number;
      const bi = fromIm[a + next] as number;
      const cr = fromRe[a + 2 * next] as number;
      const ci = fromIm[a + 2 * next] as number;
      const dr = fromRe[a + 3 * next] as number;
      const di = fromIm[a + 3 * next] as number;
      const acR = ar + cr;
      const acI = ai + ci;
      const acDr = ar - cr;
      const acDi = ai - ci;
      const bdR = br + dr;
      const bdI = bi + di;
      const bdDr = br - dr;
      const bdDi = bi - di;
      const y1r = acDr + bdDi;
      const y1i = acDi - bdDr;
      const y2r = acR - bdR;
      const y2i = acI - bdI;
      const y3r = acDr - bdDi;
      const y3i = acDi + bdDr;
      toRe[to] = acR + bdR;
      toIm[to] = acI + bdI;
      toRe[to + stride] = y1r * w1r - y1i * w1i;
      toIm[to + stride] = y1r * w1i + y1i * w1r;
      toRe[to + 2 * stride] = y2r * w2r - y2i * w2i;
      toIm[to + 2 * stride] = y2r * w2i + y2i * w2r;
      toRe[to + 3 * stride] = y3r * w3r - y3i * w3i;
      toIm[to + 3 * stride] = y3r * w3i + y3i * w3r;
    }
  }
}

export function radix5(
  fromRe: Float64Array,
  fromIm: Float64Array,
  toRe: Float64Array,
  toIm: Float64Array,
  { span, stride, twiddleRe, twiddleIm }: FftStage,
): void {
  const next = stride * span;
  for (let p = 0; p < span; p++) {
    const w1r = twiddleRe[4 * p] as number;
    const w1i = twiddleIm[4 * p] as number;
    const w2r = twiddleRe[4 * p + 1] as number;
    const w2i = twiddleIm[4 * p + 1] as number;
    const w3r = twiddleRe[4 * p + 2] as number;
    const w3i = twiddleIm[4 * p + 2] as number;
    const w4r = twiddleRe[4 * p + 3] as number;
    const w4i = twiddleIm[4 * p + 3] as number;
    let to = stride * 5 * p;
    for (let a = stride * p, end = a + stride; a < end; a++, to++) {
      const ar = fromRe[a] as number;
      const ai = fromIm[a] as number;
      const br = fromRe[a + next] as number;
      const bi = fromIm[a + next] as number;
      const cr = fromRe[a + 2 * next] as number;
      const ci = fromIm[a + 2 * next] as number;
      const dr = fromRe[a + 3 * next] as number;
      const di = fromIm[a + 3 * next] as number;
      const er = fromRe[a + 4 * next] as number;
      const ei = fromIm[a + 4 * next] as number;
      const beR = br + er;
      const beI = bi + ei;
      const cdR = cr + dr;
      const cdI = ci + di;
      const beDr = br - er;
      const beDi = bi - ei;
      const cdDr = cr - dr;
      const cdDi = ci - di;
      const m1r = ar + cos72 * beR + cos144 * cdR;
      const m1i = ai + cos72 * beI + cos144 * cdI;
      const m2r = ar + cos144 * beR + cos72 * cdR;
      const m2i = ai + cos144 * beI + cos72 * cdI;
      const t1r = sin72 * beDi + sin144 * cdDi;
      const t1i = -sin72 * beDr - sin144 * cdDr;
      const t2r = sin144 * beDi - sin72 * cdDi;
      const t2i = -sin144 * beDr + sin72 * cdDr;
      const y1r = m1r + t1r;
      const y1i = m1i + t1i;
      const y2r = m2r + t2r;
      const y2i = m2i + t2i;
      const y3r = m2r - t2r;
      const y3i = m2i - t2i;
      const y4r = m1r - t1r;
      const y4i = m1i - t1i;
      toRe[to] = ar + beR + cdR;
      toIm[to] = ai + beI + cdI;
      toRe[to + stride] = y1r * w1r - y1i * w1i;
      toIm[to + stride] = y1r * w1i + y1i * w1r;
      toRe[to + 2 * stride] = y2r * w2r - y2i * w2i;
      toIm[to + 2 * stride] = y2r * w2i + y2i * w2r;
      toRe[to + 3 * stride] = y3r * w3r - y3i * w3i;
      toIm[to + 3 * stride] = y3r * w3i + y3i * w3r;
      toRe[to + 4 * stride] = y4r * w4r - y4i * w4i;
      toIm[to + 4 * stride] = y4r * w4i + y4i * w4r;
    }
  }
}
