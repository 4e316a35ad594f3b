import { ModelError } from "@menagerie/core";
import { largestFft } from "./fft.ts";
import { type WindowShape, windowWeights } from "./window-function.ts";

/** How a signal is cut into overlapping frames; the words are those of `torch.stft`. */
export interface FrameOptions {
  /** Points of each transform. */
  readonly fftSize: number;
  /** Samples from one frame to the next. */
  readonly hopLength: number;
  readonly window: WindowShape;
  /** Points of the window, which is centred in the frame with zeros around it; `fftSize` unless given. */
  readonly windowLength?: number;
  /**
   * What stands before and after the signal, `fftSize / 2` samples of it, so that frame t is centred on sample
   * `t * hopLength`; `none` begins frame t there instead and has whole frames only.
   */
  readonly padding: "reflect" | "constant" | "replicate" | "none";
}

/** The window of each frame, float64 `[fftSize]`. @throws ModelError `model_spec_invalid` for lengths that cannot be. */
export function frameWindow({ fftSize, hopLength, window, windowLength = fftSize }: FrameOptions): Float64Array {
  for (const [what, value] of Object.entries({ fftSize, hopLength, windowLength })) {
    if (!Number.isInteger(value) || value < 1)
      throw unusable(`${what} is ${value}, but has to be a whole number from 1`);
  }
  if (fftSize > largestFft) throw unusable(`fftSize is ${fftSize}, but at most ${largestFft}`);
  if (windowLength > fftSize) throw unusable(`the window has ${windowLength} points, its frame only ${fftSize}`);
  const weights = new Float64Array(fftSize);
  weights.set(windowWeights(window, windowLength), Math.floor((fftSize - windowLength) / 2));
  return weights;
}

/** Samples that padding puts before the signal, and as many after it. */
export function paddingLength({ fftSize, padding }: Pick<FrameOptions, "fftSize" | "padding">): number {
  return padding === "none" ? 0 : Math.floor(fftSize / 2);
}

/** Number of frames in a signal of `length` samples. */
export function frameCount(length: number, options: Pick<FrameOptions, "fftSize" | "hopLength" | "padding">): number {
  const whole = length + 2 * paddingLength(options) - options.fftSize;
  return whole < 0 ? 0 : 1 + Math.floor(whole / options.hopLength);
}

/** Writes the frame that begins at sample `start`, which may lie outside the signal, times the window. */
export function writeFrame(
  samples: Float32Array | Float64Array,
  start: number,
  window: Float64Array,
  padding: FrameOptions["padding"],
  to: Float64Array,
): void {
  const size = window.length;
  if (start >= 0 && start + size <= samples.length) {
    for (let i = 0; i < size; i++) to[i] = (samples[start + i] as number) * (window[i] as number);
    return;
  }
  for (let i = 0; i < size; i++) to[i] = paddedSample(samples, start + i, padding) * (window[i] as number);
}

/** Fills `to` with what the padded signal has from sample `start` on, which may lie outside the signal. */
export function copyPadded(
  samples: Float32Array,
  start: number,
  padding: FrameOptions["padding"],
  to: Float32Array,
): void {
  const from = Math.min(Math.max(0, start), samples.length);
  const inside = samples.subarray(from, Math.max(from, Math.min(samples.length, start + to.length)));
  const before = Math.min(to.length, Math.max(0, from - start));
  to.set(inside, before);
  for (let i = 0; i < before; i++) to[i] = paddedSample(samples, start + i, padding);
  for (let i = before + inside.length; i < to.length; i++) to[i] = paddedSample(samples, start + i, padding);
}

function paddedSample(samples: Float32Array | Float64Array, at: number, padding: FrameOptions["padding"]): number {
  if (at >= 0 && at < samples.length) return samples[at] as number;
  if (padding === "constant" || padding === "none") return 0;
  return samples[padding === "replicate" ? clamp(at, samples.length) : reflect(at, samples.length)] as number;
}

function clamp(at: number, length: number): number {
  return Math.min(Math.max(at, 0), length - 1);
}

/** Mirrored at the first and the last sample, which are not repeated, as often as it takes; as `numpy.pad`. */
function reflect(at: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const phase = ((at % period) + period) % period;
  return phase < length ? phase : period - phase;
}

function unusable(what: string): ModelError {
  return new ModelError("model_spec_invalid", `The frames of a spectrum cannot be cut: ${what}.`);
}
