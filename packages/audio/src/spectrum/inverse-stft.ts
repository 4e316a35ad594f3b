import { ModelError } from "@menagerie/core";
import { allocated, checkResult } from "../signal/recording.ts";
import { createFft } from "./fft.ts";
import { type FrameOptions, frameWindow, paddingLength } from "./frame-layout.ts";
import type { Spectrogram } from "./stft.ts";

/**
 * The signal of a spectrogram: frames weighted by the window again, added where they overlap, and divided by the sum
 * of the squared windows (Griffin and Lim 1984); `torch.istft` in float64.
 *
 * @param length samples of the result, float64 `[length]`: zeros follow where the frames end earlier. Unless given it
 *   is `(frames - 1) * hopLength`, with what an odd size or a missing padding adds.
 * @throws ModelError `model_spec_invalid` if the windows leave samples of the result uncovered, `input_invalid` if the
 *   spectrogram has no frames or other bins than the options say.
 */
export function inverseStft(spectrogram: Spectrogram, options: FrameOptions, length?: number): Float64Array {
  const { frames, bins } = spectrogram;
  const window = frameWindow(options);
  const { fftSize, hopLength } = options;
  checkSpectrogram(spectrogram, fftSize);
  if (length !== undefined && (!Number.isInteger(length) || length < 0))
    throw new ModelError("input_invalid", `A signal of ${length} samples was asked for; lengths are whole numbers.`);
  const covered = fftSize + (frames - 1) * hopLength;
  checkResult(Math.max(covered, length ?? 0), `The signal of ${frames} frames`);
  const sum = allocated(covered, (size) => new Float64Array(size));
  const weight = allocated(covered, (size) => new Float64Array(size));
  const fft = createFft(fftSize);
  for (let t = 0; t < frames; t += 2) {
    const hasSecond = t + 1 < frames;
    // The swap of real and imaginary parts turns the transform round; here it also joins two frames in one.
    writePair(spectrogram, t * bins, hasSecond, fftSize, fft.inputIm, fft.inputRe);
    fft.run();
    addFrame(fft.outputIm, window, t * hopLength, sum, weight);
    if (hasSecond) addFrame(fft.outputRe, window, (t + 1) * hopLength, sum, weight);
  }
  const start = paddingLength(options);
  const end = length === undefined ? covered - start : start + length;
  const result = allocated(Math.max(0, end - start), (size) => new Float64Array(size));
  for (let i = start; i < Math.min(end, covered); i++) {
    const squares = weight[i] as number;
    if (squares < 1e-11) throw uncovered(i - start, options);
    result[i - start] = (sum[i] as number) / squares;
  }
  return result;
}

function checkSpectrogram({ re, im, frames, bins }: Spectrogram, fftSize: number): void {
  const expected = Math.floor(fftSize / 2) + 1;
  if (bins === expected && frames > 0 && re.length === frames * bins && im.length === frames * bins) return;
  throw new ModelError(
    "input_invalid",
    `The spectrogram has ${frames} frames of ${bins} bins in ${re.length} and ${im.length} values; for a transform of ${fftSize} points ` +
      `there have to be ${expected} bins, and at least one frame.`,
    { details: { frames, bins, expected } },
  );
}

/** The spectrum of `first + i second`, both real: the lower half is the conjugate of the upper one. */
function writePair(
  { re, im, bins }: Spectrogram,
  at: number,
  hasSecond: boolean,
  fftSize: number,
  toRe: Float64Array,
  toIm: Float64Array,
): void {
  for (let k = 0; k < bins; k++) {
    const isReal = k === 0 || 2 * k === fftSize;
    const ar = re[at + k] as number;
    const ai = isReal ? 0 : (im[at + k] as number);
    const br = hasSecond ? (re[at + bins + k] as number) : 0;
    const bi = hasSecond && !isReal ? (im[at + bins + k] as number) : 0;
    toRe[k] = ar - bi;
    toIm[k] = ai + br;
    if (k === 0) continue;
    toRe[fftSize - k] = ar + bi;
    toIm[fftSize - k] = br - ai;
  }
}

function addFrame(
  frame: Float64Array,
  window: Float64Array,
  at: number,
  sum: Float64Array,
  weight: Float64Array,
): void {
  const size = window.length;
  for (let i = 0; i < size; i++) {
    const w = window[i] as number;
    sum[at + i] = (sum[at + i] as number) + ((frame[i] as number) * w) / size;
    weight[at + i] = (weight[at + i] as number) + w * w;
  }
}

function uncovered(sample: number, { hopLength, padding, windowLength, fftSize }: FrameOptions): ModelError {
  return new ModelError(
    "model_spec_invalid",
    `Sample ${sample} lies under no window, so its value is not known: windows of ${windowLength ?? fftSize} points every ` +
      `${hopLength} samples with padding "${padding}". Take a shorter hop, or a padding.`,
    { details: { sample, hopLength } },
  );
}
