import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type AudioLimits, decodeAudio } from "@menagerie/audio";
import { mutateBytes } from "../bytes/mutate-bytes.ts";
import { plainWav } from "../bytes/plain-wav.ts";
import { type FuzzTarget, must } from "../fuzz-target.ts";

/** 4 million samples: 16 MB of float32. A decoder is given a few kilobytes at a time, which may stand for ten times that. */
const limits: AudioLimits = {
  maxBytes: 8 * 2 ** 20,
  maxSeconds: 60,
  maxChannels: 8,
  maxSampleRate: 384_000,
  maxSamples: 4_000_000,
};

/** In bytes: what a decoder reads within the time of a case on a busy machine. */
const longestFile = 2 ** 18;

export const decodeAudioTarget: FuzzTarget = {
  name: "decode-audio",
  share: 18,
  memoryMb: 512,
  refusals: ["audio_undecodable", "audio_too_large", "insufficient_memory"],
  async prepare() {
    const folder = fileURLToPath(new URL("../../../packages/audio/fixtures/recordings/", import.meta.url));
    const names = (await readdir(folder)).sort();
    const bases = await Promise.all(names.map(async (name) => new Uint8Array(await readFile(folder + name))));
    return async (draws) => {
      const wav = draws.chance(0.3) ? plainWav(draws) : undefined;
      const base = wav?.file ?? draws.pick(bases);
      const isWhole = draws.chance(0.05);
      const { channels, sampleRate } = await decodeAudio(
        isWhole ? base : mutateBytes(base, draws).subarray(0, longestFile),
        limits,
      );
      const frames = channels[0]?.length ?? 0;
      must(frames > 0 && channels.every(({ length }) => length === frames), "channels of no or of several lengths");
      must(
        channels.length <= limits.maxChannels && frames * channels.length <= limits.maxSamples,
        "more samples than the limit",
      );
      must(sampleRate > 0 && sampleRate <= limits.maxSampleRate, `a rate of ${sampleRate} Hz`);
      must(
        channels.every((samples) => samples.every(Number.isFinite)),
        "a sample is no number",
      );
      if (isWhole && wav !== undefined)
        must(frames === wav.frames && sampleRate === wav.sampleRate, `${frames} samples of ${wav.frames}`);
    };
  },
};
