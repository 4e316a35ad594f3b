import { ModelError } from "@menagerie/core";
import type { Recording } from "./recording.ts";

/**
 * The mean of all channels, summed in float64 and rounded to float32 once; float32 `[samples]`.
 *
 * @throws ModelError `input_invalid` if there is no channel or the channels differ in length.
 */
export function mixToMono({ channels }: Pick<Recording, "channels">): Float32Array {
  const first = channels[0];
  const lengths = channels.map((channel) => channel.length);
  if (first === undefined || lengths.some((length) => length !== first.length)) {
    throw new ModelError(
      "input_invalid",
      `A recording has at least one channel and all are equally long; these are of ${lengths.join(", ") || "no"} samples.`,
      { details: { lengths } },
    );
  }
  if (channels.length === 1) return first.slice();
  const mono = new Float32Array(first.length);
  if (channels.length === 2) writeMean(first, channels[1] as Float32Array, mono);
  else writeMeanOfMany(channels, mono);
  return mono;
}

function writeMean(first: Float32Array, second: Float32Array, mono: Float32Array): void {
  for (let i = 0; i < mono.length; i++) mono[i] = 0.5 * ((first[i] as number) + (second[i] as number));
}

function writeMeanOfMany(channels: readonly Float32Array[], mono: Float32Array): void {
  for (let i = 0; i < mono.length; i++) {
    let sum = 0;
    for (const channel of channels) sum += channel[i] as number;
    mono[i] = sum / channels.length;
  }
}
