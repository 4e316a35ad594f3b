import type { Recording } from "../signal/recording.ts";
import { type AudioLimits, checkExtent } from "./audio-limits.ts";
import { damaged } from "./decode-failure.ts";

/** What a streaming decoder gives at a time. */
export interface DecodedPart {
  readonly channelData: readonly Float32Array[];
  readonly samplesDecoded: number;
  /** In Hz. */
  readonly sampleRate: number;
  readonly errors: readonly { readonly message: string }[];
}

/** Of any format that is decoded by the part. */
const mostChannels = 255;

/** Gathers the parts of a recording, and stops it at the limits. */
export class SampleCollector {
  readonly #format: string;
  readonly #limits: AudioLimits;
  readonly #parts: (readonly Float32Array[])[] = [];
  #channels = 0;
  #sampleRate = 0;
  #frames = 0;
  #unready = 0;

  constructor(format: string, limits: AudioLimits) {
    this.#format = format;
    this.#limits = limits;
  }

  /** Samples of one channel so far. */
  get frames(): number {
    return this.#frames;
  }

  /** @throws ModelError `audio_too_large` at a limit, `audio_undecodable` for a fault or a change of rate or channels. */
  add({ channelData, samplesDecoded, sampleRate, errors }: DecodedPart): void {
    const fault = errors[0];
    if (fault !== undefined) throw damaged(this.#format, `is damaged (${fault.message.trim()})`);
    if (channelData.length > mostChannels) this.#countUnready();
    if (samplesDecoded <= 0 || channelData.length === 0) return;
    if (this.#frames === 0) {
      this.#channels = channelData.length;
      this.#sampleRate = sampleRate;
    }
    if (channelData.length !== this.#channels || sampleRate !== this.#sampleRate) {
      const [before, after] = [
        `${this.#channels} channels at ${this.#sampleRate} Hz`,
        `${channelData.length} at ${sampleRate} Hz`,
      ];
      throw damaged(this.#format, `changes from ${before} to ${after} after ${this.#frames} samples`);
    }
    this.#frames += samplesDecoded;
    checkExtent({ sampleRate, channels: this.#channels, frames: this.#frames }, this.#limits);
    this.#parts.push(channelData.map((channel) => channel.subarray(0, samplesDecoded)));
  }

  /** A decoder that says more channels than there can be has not understood the headers yet; each such call is slow. */
  #countUnready(): void {
    if (++this.#unready > 3) throw damaged(this.#format, "has headers that its decoder does not understand");
  }

  recording(): Recording {
    const channels = Array.from({ length: this.#channels }, () => new Float32Array(this.#frames));
    let at = 0;
    for (const part of this.#parts) {
      for (const [channel, samples] of part.entries()) channels[channel]?.set(samples, at);
      at += part[0]?.length ?? 0;
    }
    return { channels, sampleRate: this.#sampleRate };
  }
}
