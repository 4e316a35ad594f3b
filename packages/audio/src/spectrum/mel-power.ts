import { copyPadded, type FrameOptions, frameWindow, paddingLength } from "./frame-layout.ts";
import type { MelFilters } from "./mel-filters.ts";
import type { MelKernel, MelKernelPlan } from "./mel-kernel.ts";
import { scalarMelKernel } from "./mel-kernel-scalar.ts";
import { simdMelKernel } from "./mel-kernel-simd.ts";

/** Takes the mel powers of frame `frame`: float64, `melCount` of them from `at` on, valid during the call only. */
export type MelPowerSink = (frame: number, powers: Float64Array, at: number) => void;

/** The power spectrum of frames, squared magnitudes, summed by mel filters; float64 throughout. */
export class MelPower {
  readonly options: FrameOptions;
  readonly filters: MelFilters;
  readonly #kernel: MelKernel;

  constructor(
    options: FrameOptions,
    filters: MelFilters,
    kernelOf: (plan: MelKernelPlan) => MelKernel = fastestKernel,
  ) {
    this.options = options;
    this.filters = filters;
    this.#kernel = kernelOf({ options, filters, window: frameWindow(options) });
  }

  /** Frames `first` to `end - 1` of a signal, padded as the options say: one may lie partly or wholly outside it. */
  forEachFrame(samples: Float32Array, first: number, end: number, sink: MelPowerSink): void {
    const { hopLength, padding } = this.options;
    const { melCount } = this.filters;
    const before = paddingLength(this.options);
    const kernel = this.#kernel;
    for (let t = first; t < end; t += kernel.blockFrames) {
      const frames = Math.min(kernel.blockFrames, end - t);
      copyPadded(samples, t * hopLength - before, padding, kernel.samples);
      kernel.run(frames);
      for (let i = 0; i < frames; i++) sink(t + i, kernel.powers, i * melCount);
    }
  }
}

function fastestKernel(plan: MelKernelPlan): MelKernel {
  return simdMelKernel(plan) ?? scalarMelKernel(plan);
}
