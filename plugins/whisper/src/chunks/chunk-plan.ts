import { ModelError } from "@menagerie/core";
import { roundHalfEven } from "../rounding.ts";

/** How a recording is cut into chunks, in the words of transformers' pipeline. */
export interface ChunksWanted {
  /** Seconds of a chunk. */
  readonly length: number;
  /** Seconds at both ends of a chunk that its neighbours hear too; default: a sixth of its length at each end. */
  readonly stride?: readonly [left: number, right: number] | undefined;
}

/** A part of a recording, in samples; the strides are those of its ends that lie in its neighbours too. */
export interface Chunk {
  readonly start: number;
  readonly end: number;
  readonly strideLeft: number;
  readonly strideRight: number;
}

/** Seconds of sound that each chunk must bring: with less, a recording would be heard hundreds of times. */
const leastStep = 0.1;

/**
 * Cuts a recording as `chunk_iter` of transformers' `AutomaticSpeechRecognitionPipeline` does.
 * @param length of the recording in samples
 * @param window longest part that the model hears, in samples
 * @throws `input_invalid` for chunks longer than a window, or strides that leave nothing between them
 */
export function chunksOf(length: number, rate: number, window: number, wanted: ChunksWanted): Chunk[] {
  const [left, right] = wanted.stride ?? [wanted.length / 6, wanted.length / 6];
  const [size, strideLeft, strideRight] = [wanted.length, left, right].map((seconds) =>
    roundHalfEven(seconds * rate),
  ) as [number, number, number];
  const step = size - strideLeft - strideRight;
  if (size > window)
    throw refusal(`chunk_length_s is ${wanted.length}, but the model hears ${window / rate} s at a time`);
  if (step < leastStep * rate)
    throw refusal(
      `chunk_length_s is ${wanted.length}, of which stride_length_s ${left},${right} leaves ${step / rate} s to each chunk alone; at least ${leastStep} s are needed`,
    );
  const chunks: Chunk[] = [];
  for (let start = 0, isLast = false; start < length && !isLast; start += step) {
    isLast = start + size >= length;
    const end = Math.min(start + size, length);
    chunks.push({ start, end, strideLeft: start === 0 ? 0 : strideLeft, strideRight: isLast ? 0 : strideRight });
  }
  return chunks;
}

function refusal(problem: string): ModelError {
  return new ModelError("input_invalid", `${problem}.`);
}
