import { ModelError } from "@menagerie/core";
import { checkSampleRate } from "./recording.ts";
import { roundHalfEven } from "./round-half-even.ts";

/** A part of a recording, in samples of it. */
export interface RecordingWindow {
  readonly start: number;
  /** One past the last sample; the last window may be shorter than the others. */
  readonly end: number;
  /** Samples at the start that the window before has too and is trusted for. */
  readonly strideLeft: number;
  /** Samples at the end that the window after has too and is trusted for. */
  readonly strideRight: number;
  readonly isLast: boolean;
}

export interface WindowOptions {
  /** In Hz. */
  readonly sampleRate: number;
  /** Length of a window in seconds. */
  readonly seconds: number;
  /** Overlap in seconds at the left and right of a window; a sixth of the window each unless given. */
  readonly strideSeconds?: readonly [number, number];
  /** Lengths are rounded to a multiple of so many samples (the hop of a model's output frames); 1 unless given. */
  readonly alignTo?: number;
}

/**
 * The overlapping windows in which transformers' speech recognition pipeline hears a long recording (`chunk_length_s`,
 * `stride_length_s`): each begins `window - left - right` after the one before, and only what lies between its strides
 * counts. The first window has no left stride, the last no right one.
 *
 * @throws ModelError `input_invalid` for a length that is no whole number of at least 1, `model_spec_invalid` for windows
 *   that do not advance.
 */
export function overlappingWindows(sampleCount: number, options: WindowOptions): RecordingWindow[] {
  checkCount(sampleCount);
  const { seconds, strideSeconds = [seconds / 6, seconds / 6] } = options;
  const length = alignedSamples(seconds, options);
  const left = alignedSamples(strideSeconds[0], options);
  const right = alignedSamples(strideSeconds[1], options);
  const step = length - left - right;
  if (!(step > 0 && left >= 0 && right >= 0)) {
    throw new ModelError(
      "model_spec_invalid",
      `Windows of ${length} samples with strides of ${left} and ${right} do not advance: the strides have to be shorter together.`,
      { details: { length, left, right } },
    );
  }
  checkWindowCount(sampleCount, step);
  const windows: RecordingWindow[] = [];
  for (let start = 0; start < sampleCount; start += step) {
    const isLast = start + length >= sampleCount;
    const strideLeft = start === 0 ? 0 : left;
    const end = Math.min(start + length, sampleCount);
    // A window that has nothing beyond what the one before is trusted for is left out.
    if (end - start > strideLeft) windows.push({ start, end, strideLeft, strideRight: isLast ? 0 : right, isLast });
    if (isLast) break;
  }
  return windows;
}

/**
 * Windows side by side, the last one cut at the end of the recording.
 *
 * @throws ModelError as `overlappingWindows`.
 */
export function plainWindows(sampleCount: number, options: Omit<WindowOptions, "strideSeconds">): RecordingWindow[] {
  return overlappingWindows(sampleCount, { ...options, strideSeconds: [0, 0] });
}

function alignedSamples(seconds: number, { sampleRate, alignTo = 1 }: WindowOptions): number {
  checkSampleRate(sampleRate);
  return roundHalfEven((seconds * sampleRate) / alignTo) * alignTo;
}

function checkCount(sampleCount: number): void {
  if (Number.isInteger(sampleCount) && sampleCount > 0 && sampleCount <= 2 ** 40) return;
  throw new ModelError(
    "input_invalid",
    `A recording of ${sampleCount} samples cannot be cut into windows; it needs at least one.`,
  );
}

function checkWindowCount(sampleCount: number, step: number): void {
  if (sampleCount / step <= 1e6) return;
  throw new ModelError(
    "model_spec_invalid",
    `Windows every ${step} samples would be ${Math.ceil(sampleCount / step)} of them, more than a million. Take longer ones.`,
    { details: { sampleCount, step } },
  );
}
