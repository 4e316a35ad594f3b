import { ModelError } from "@menagerie/core";
import { bluesteinFft } from "./bluestein-fft.ts";
import type { Fft } from "./fft-of-one-size.ts";
import type { FftStage } from "./fft-stage.ts";
import { fftStages } from "./fft-stages.ts";

/** Largest size there is a transform of: its tables and buffers take some hundred megabytes. */
export const largestFft: number = 2 ** 22;

/**
 * Plans a transform: mixed radix 4, 2, 3 and 5 (Stockham's order, which needs no reordering) where these divide the
 * size, Bluestein's algorithm elsewhere.
 *
 * @throws ModelError `model_spec_invalid` unless the size is a whole number from 1 to `largestFft`.
 */
export function createFft(size: number): Fft {
  if (!Number.isInteger(size) || size < 1 || size > largestFft) {
    throw new ModelError(
      "model_spec_invalid",
      `A Fourier transform of ${size} points was asked for; sizes are whole numbers from 1 to ${largestFft}.`,
      { details: { size } },
    );
  }
  const stages = fftStages(size);
  return stages === undefined ? bluesteinFft(size, createFft) : mixedRadixFft(size, stages);
}

function mixedRadixFft(size: number, stages: readonly FftStage[]): Fft {
  const inputRe = new Float64Array(size);
  const inputIm = new Float64Array(size);
  const otherRe = new Float64Array(size);
  const otherIm = new Float64Array(size);
  // The stages write from one pair of buffers to the other and back.
  const endsInOther = stages.length % 2 === 1;
  return {
    size,
    inputRe,
    inputIm,
    outputRe: endsInOther ? otherRe : inputRe,
    outputIm: endsInOther ? otherIm : inputIm,
    run() {
      for (let i = 0; i < stages.length; i++) {
        const stage = stages[i] as FftStage;
        if (i % 2 === 0) stage.butterflies(inputRe, inputIm, otherRe, otherIm, stage);
        else stage.butterflies(otherRe, otherIm, inputRe, inputIm, stage);
      }
    },
  };
}
