import { ModelError } from "@menagerie/core";

/** Sound as it was recorded: one array of samples for each channel, all of one length. */
export interface Recording {
  /** float32 samples, nominally -1 to 1, one array for each channel */
  readonly channels: readonly Float32Array[];
  /** Samples of one channel per second, in Hz */
  readonly sampleRate: number;
}

/** @throws ModelError `input_invalid` naming the first sample that is NaN or infinite, or if there is none at all. */
export function checkSamples(samples: Float32Array | Float64Array): void {
  if (samples.length === 0)
    throw new ModelError("input_invalid", "The recording has no samples. Send one that lasts at least a moment.");
  // A sum is finite only if each of its terms is; a sum of huge finite terms is looked into term by term.
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i] as number;
  if (Number.isFinite(sum)) return;
  const index = samples.findIndex((sample) => !Number.isFinite(sample));
  if (index < 0) return;
  throw new ModelError(
    "input_invalid",
    `Sample ${index} of the recording is ${samples[index]}; samples are finite numbers, nominally between -1 and 1. Write the recording anew.`,
    { details: { index } },
  );
}

/** @throws ModelError `input_invalid` unless the rate is a whole number of Hz from 1 to 2^31. */
export function checkSampleRate(sampleRate: number): void {
  if (Number.isInteger(sampleRate) && sampleRate > 0 && sampleRate <= 2 ** 31) return;
  throw new ModelError(
    "input_invalid",
    `The sample rate is ${sampleRate} Hz; it has to be a whole number above 0. Give the rate that the recording was made at.`,
    { details: { sampleRate } },
  );
}

/** Most values that one call gives: 2 GiB of float32, 4 GiB of float64. */
const mostValues = 2 ** 29;

/** @throws ModelError `input_invalid` if a result would be larger than any that is given here. */
export function checkResult(values: number, what: string): void {
  if (values <= mostValues) return;
  throw new ModelError(
    "input_invalid",
    `${what} would have ${values} values, more than ${mostValues}. Cut the recording into parts.`,
    { details: { values, mostValues } },
  );
}

/** @throws ModelError `insufficient_memory` if the process may not have so much. */
export function allocated<Values>(values: number, allocate: (length: number) => Values): Values {
  try {
    return allocate(values);
  } catch (cause) {
    const message = `There is no memory for ${values} values. Cut the recording into parts.`;
    throw new ModelError("insufficient_memory", message, { details: { values }, cause });
  }
}
