import { ModelError } from "@menagerie/core";

/** What a recording may cost, checked from its header where that tells, and while it is decoded. */
export interface AudioLimits {
  /** Size of the file in bytes. */
  readonly maxBytes: number;
  readonly maxSeconds: number;
  readonly maxChannels: number;
  /** In Hz. */
  readonly maxSampleRate: number;
  /** Samples of all channels together, 4 bytes each once decoded. */
  readonly maxSamples: number;
}

/** 256 MiB, an hour, eight channels, 384 kHz, a GiB of samples. */
export const defaultAudioLimits: AudioLimits = {
  maxBytes: 2 ** 28,
  maxSeconds: 3600,
  maxChannels: 8,
  maxSampleRate: 384_000,
  maxSamples: 2 ** 28,
};

export function checkBytes(bytes: number, { maxBytes }: AudioLimits): void {
  if (bytes > maxBytes) throw tooLarge(`has ${bytes} bytes; the limit is ${maxBytes}`, { bytes, maxBytes });
}

/** What a header says of a recording; `frames` are samples of one channel. */
export interface AudioExtent {
  readonly sampleRate: number;
  readonly channels: number;
  readonly frames: number;
}

/** @throws ModelError `audio_too_large` naming the number and its limit; `audio_undecodable` for a rate or channels of 0. */
export function checkExtent({ sampleRate, channels, frames }: AudioExtent, limits: AudioLimits): void {
  const { maxSeconds, maxChannels, maxSampleRate, maxSamples } = limits;
  if (!(sampleRate > 0 && channels > 0)) {
    const message = `The recording has ${channels} channels at ${sampleRate} Hz by its header; both have to be above 0. Write it anew.`;
    throw new ModelError("audio_undecodable", message, { details: { sampleRate, channels } });
  }
  if (channels > maxChannels) {
    throw tooLarge(`has ${channels} channels; the limit is ${maxChannels}`, { channels, maxChannels });
  }
  if (sampleRate > maxSampleRate) {
    throw tooLarge(`has ${sampleRate} samples per second; the limit is ${maxSampleRate}`, {
      sampleRate,
      maxSampleRate,
    });
  }
  const seconds = frames / sampleRate;
  if (seconds > maxSeconds) {
    throw tooLarge(`lasts ${seconds.toFixed(1)} s or longer; the limit is ${maxSeconds} s`, { seconds, maxSeconds });
  }
  const samples = frames * channels;
  if (samples > maxSamples) {
    throw tooLarge(`has ${samples} samples or more in all channels; the limit is ${maxSamples}`, {
      samples,
      maxSamples,
    });
  }
}

function tooLarge(what: string, details: Readonly<Record<string, number>>): ModelError {
  return new ModelError(
    "audio_too_large",
    `The recording ${what}. Send a smaller one. (In code, decodeAudio takes other limits as its second argument.)`,
    {
      details,
    },
  );
}
