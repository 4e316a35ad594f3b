import { allocated, checkResult, checkSamples } from "../signal/recording.ts";
import { createFft } from "./fft.ts";
import { type FrameOptions, frameCount, frameWindow, paddingLength, writeFrame } from "./frame-layout.ts";

/** The upper half of each frame's spectrum: `fftSize / 2 + 1` bins, rounded down. */
export interface Spectrogram {
  /** float64 `[frames, bins]` */
  readonly re: Float64Array;
  /** float64 `[frames, bins]` */
  readonly im: Float64Array;
  readonly frames: number;
  readonly bins: number;
}

/**
 * The short-time Fourier transform of a real signal, in float64, unscaled; `torch.stft(..., return_complex=True)`
 * transposed. A signal shorter than its reflection is reflected again, as numpy pads, where torch refuses it.
 *
 * @throws ModelError `input_invalid` for an empty signal, one with NaN, or a result of more than 2^29 values,
 *   `model_spec_invalid` for impossible lengths, `insufficient_memory` if the process may not have it.
 */
export function stft(samples: Float32Array | Float64Array, options: FrameOptions): Spectrogram {
  checkSamples(samples);
  const window = frameWindow(options);
  const { fftSize, hopLength, padding } = options;
  const fft = createFft(fftSize);
  const frames = frameCount(samples.length, options);
  const bins = Math.floor(fftSize / 2) + 1;
  checkResult(frames * bins, `The spectrogram of ${samples.length} samples`);
  const re = allocated(frames * bins, (size) => new Float64Array(size));
  const im = allocated(frames * bins, (size) => new Float64Array(size));
  const before = paddingLength(options);
  for (let t = 0; t < frames; t += 2) {
    // Two real frames make one complex signal; its spectrum's symmetric and antisymmetric parts are theirs.
    const hasSecond = t + 1 < frames;
    writeFrame(samples, t * hopLength - before, window, padding, fft.inputRe);
    if (hasSecond) writeFrame(samples, (t + 1) * hopLength - before, window, padding, fft.inputIm);
    else fft.inputIm.fill(0);
    fft.run();
    const { outputRe, outputIm } = fft;
    for (let k = 0; k < bins; k++) {
      const mirror = k === 0 ? 0 : fftSize - k;
      const [ar, ai] = [outputRe[k] as number, outputIm[k] as number];
      const [br, bi] = [outputRe[mirror] as number, outputIm[mirror] as number];
      const at = t * bins + k;
      re[at] = (ar + br) / 2;
      im[at] = (ai - bi) / 2;
      if (!hasSecond) continue;
      re[at + bins] = (ai + bi) / 2;
      im[at + bins] = (br - ar) / 2;
    }
  }
  return { re, im, frames, bins };
}
