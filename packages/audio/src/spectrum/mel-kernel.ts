import type { FrameOptions } from "./frame-layout.ts";
import type { MelFilters } from "./mel-filters.ts";

/** Computes the mel powers of a block of frames between buffers of its own. */
export interface MelKernel {
  /** Most frames of one run, a multiple of four. */
  readonly blockFrames: number;
  /** Of a block with its padding: `(blockFrames - 1) * hopLength + fftSize` samples. */
  readonly samples: Float32Array;
  /** float64 `[blockFrames, mels]` */
  readonly powers: Float64Array;
  /** Fills the first `frames` rows of `powers`, and up to three more. */
  run(frames: number): void;
}

export interface MelKernelPlan {
  readonly options: FrameOptions;
  readonly filters: MelFilters;
  /** float64 `[fftSize]` */
  readonly window: Float64Array;
}

/** Frames of which the samples, at most this many, and all that is made of them stay in the processor's cache. */
export function blockFramesOf({ hopLength }: FrameOptions): number {
  return 4 * Math.max(1, Math.min(16, Math.floor(16_384 / hopLength)));
}
