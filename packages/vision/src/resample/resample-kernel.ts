import type { ResampleFilter } from "../preprocessing/image-preprocessing.ts";

/** A filter as a function of the distance in source pixels, 0 beyond `support`. */
export interface ResampleKernel {
  readonly support: number;
  weight(distance: number): number;
}

/** The filters that weigh a neighbourhood, with Pillow's definitions; `nearest` picks and has none, `area` is OpenCV's alone. */
export const resampleKernels: Readonly<Record<Exclude<ResampleFilter, "nearest" | "area">, ResampleKernel>> = {
  box: { support: 0.5, weight: box },
  bilinear: { support: 1, weight: triangle },
  hamming: { support: 1, weight: hamming },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: lanczos },
};

function box(x: number): number {
  return x > -0.5 && x <= 0.5 ? 1 : 0;
}

function triangle(x: number): number {
  const distance = Math.abs(x);
  return distance < 1 ? 1 - distance : 0;
}

function hamming(x: number): number {
  const distance = Math.abs(x);
  if (distance === 0) return 1;
  if (distance >= 1) return 0;
  const angle = distance * Math.PI;
  // Pillow writes both constants as float32.
  return (Math.sin(angle) / angle) * (Math.fround(0.54) + Math.fround(0.46) * Math.cos(angle));
}

/** Keys' cubic convolution with a = -0.5. */
function cubic(x: number): number {
  const a = -0.5;
  const distance = Math.abs(x);
  if (distance < 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  if (distance < 2) return (((distance - 5) * distance + 8) * distance - 4) * a;
  return 0;
}

function lanczos(x: number): number {
  return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
}

function sinc(x: number): number {
  if (x === 0) return 1;
  const angle = x * Math.PI;
  return Math.sin(angle) / angle;
}
