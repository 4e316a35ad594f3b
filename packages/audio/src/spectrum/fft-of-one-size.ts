/**
 * A discrete Fourier transform of one size, in float64, with buffers of its own: write `inputRe` and `inputIm`, call
 * `run`, read `outputRe` and `outputIm`. `run` may overwrite the input and allocates nothing.
 *
 * Output k is `sum over n of input[n] * exp(-2 pi i k n / size)`. The inverse comes of swapping real and imaginary
 * parts on both sides and dividing by the size.
 */
export interface Fft {
  readonly size: number;
  readonly inputRe: Float64Array;
  readonly inputIm: Float64Array;
  readonly outputRe: Float64Array;
  readonly outputIm: Float64Array;
  run(): void;
}
