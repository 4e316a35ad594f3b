import {
  ClapFrontEnd,
  clapSettings,
  inverseStft,
  melFilters,
  mixToMono,
  overlappingWindows,
  ResemblyzerFrontEnd,
  resample,
  resemblyzerSettings,
  SpeechBrainFrontEnd,
  stft,
  WhisperFrontEnd,
  whisperSettings,
} from "@menagerie/audio";
import type { Draws } from "../draws.ts";
import { type FuzzTarget, must } from "../fuzz-target.ts";

/** Resampling, spectra, filters, windows and the front ends of models. */
export const audioSignalsTarget: FuzzTarget = {
  name: "audio-signals",
  share: 8,
  memoryMb: 384,
  refusals: ["input_invalid", "model_spec_invalid", "checkpoint_invalid", "insufficient_memory"],
  async prepare() {
    const ends = {
      whisper: new WhisperFrontEnd(whisperSettings({ chunk_length: 2 })),
      clap: new ClapFrontEnd(
        clapSettings({ max_length_s: 1, sampling_rate: 16_000, hop_length: 320, frequency_max: 8000 }),
      ),
      ecapa: new SpeechBrainFrontEnd(),
      voice: new ResemblyzerFrontEnd(),
    };
    const heard = (draws: Draws): void => {
      const samples = sound(draws, draws.chance(0.02) ? 20_000 : 4000);
      const results: Readonly<Record<keyof typeof ends, () => Float32Array>> = {
        whisper: () => (draws.chance(0.5) ? ends.whisper.window(samples) : ends.whisper.wholeFile(samples)).data,
        clap: () => ends.clap.features([samples], [{ firstSample: draws.pick([0, 0, draws.absurd()]) }]).data,
        ecapa: () => ends.ecapa.features(samples).data,
        voice: () =>
          ends.voice.partials(ends.voice.normaliseVolume(samples), rate(draws, 1, 4), draws.real(-0.1, 1.1)).data,
      };
      const data = results[draws.pick(["whisper", "clap", "ecapa", "voice"])]();
      mustBeNumbers(data);
    };
    const jobs = [resampled, resampled, transformed, filtered, cut, mixed, configured, heard] as const;
    return (draws) => draws.pick(jobs)(draws);
  },
};

function resampled(draws: Draws): void {
  const samples = sound(draws, 600);
  const rates = [1, 7, 8000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 44_101, 2 ** 31 - 1];
  const [from, to] = [
    draws.chance(0.1) ? draws.absurd() : draws.pick(rates),
    draws.chance(0.1) ? draws.absurd() : draws.pick(rates),
  ];
  // A second at 1 Hz is an honest gigabyte at a high rate.
  if ((samples.length * to) / from > 2e6 && (samples.length * to) / from <= 2 ** 29) return;
  const result = resample(samples, from, to);
  must(result.length === Math.ceil((samples.length * to) / from), `${result.length} samples`);
  must(result.every(Number.isFinite), "a sample is no number");
}

function transformed(draws: Draws): void {
  const samples = sound(draws, 1500);
  const options = {
    fftSize: rate(draws, 1, 600),
    hopLength: rate(draws, 1, 300),
    window: { name: draws.pick(["hann", "hamming", "rectangular"]), symmetry: draws.pick(["periodic", "symmetric"]) },
    padding: draws.pick(["reflect", "constant", "replicate", "none"]),
    ...(draws.chance(0.3) ? { windowLength: rate(draws, 1, 600) } : {}),
  } as const;
  const spectrogram = stft(samples, options);
  must(spectrogram.re.every(Number.isFinite) && spectrogram.im.every(Number.isFinite), "a value is no number");
  const back = inverseStft(spectrogram, options, draws.pick([undefined, samples.length, draws.integer(0, 2000)]));
  must(back.every(Number.isFinite), "a sample is no number");
}

function filtered(draws: Draws): void {
  const { weights, offsets } = melFilters({
    melCount: rate(draws, 1, 130),
    binCount: rate(draws, 1, 300),
    minFrequency: draws.chance(0.1) ? draws.absurd() : draws.real(0, 4000),
    maxFrequency: draws.chance(0.1) ? draws.absurd() : draws.real(0, 9000),
    sampleRate: draws.chance(0.1) ? draws.absurd() : draws.pick([8000, 16_000, 48_000]),
    scale: draws.pick(["htk", "slaney", "kaldi"]),
    shape: draws.pick(["triangles", "slaney-triangles", "speechbrain"]),
  });
  must(weights.every(Number.isFinite) && offsets.at(-1) === weights.length, "a weight is no number");
}

function cut(draws: Draws): void {
  const count = draws.chance(0.2) ? draws.absurd() : draws.integer(1, 1e6);
  const seconds = (): number => (draws.chance(0.1) ? draws.absurd() : draws.real(0.5, 40));
  const [sampleRate, length] = [rate(draws, 8000, 48_000), seconds()];
  const strideSeconds = draws.chance(0.5)
    ? ([length / 6, length / 8] as const)
    : ([seconds() / 9, seconds() / 9] as const);
  const windows = overlappingWindows(count, {
    sampleRate,
    seconds: length,
    strideSeconds,
    alignTo: draws.pick([1, 1, 320, draws.absurd()]),
  });
  must(
    windows.every(({ start, end }) => start >= 0 && end > start && end <= count),
    "a window beyond the recording",
  );
  must(windows.at(-1)?.end === count, "the windows leave samples out");
}

function mixed(draws: Draws): void {
  const length = draws.integer(0, 50);
  const channels = Array.from({ length: draws.integer(0, 9) }, () =>
    draws.floats(length + (draws.chance(0.05) ? 1 : 0)),
  );
  must(mixToMono({ channels }).length === channels[0]?.length, "mono of another length");
}

/** A configuration with values of wrong kinds; what comes through it is used. */
function configured(draws: Draws): void {
  const value = (): unknown =>
    draws.pick([draws.absurd(), draws.integer(1, 400), "80", null, [], {}, true, draws.integer(1, 90)]);
  const keys = [
    "feature_size",
    "hop_length",
    "n_fft",
    "fft_window_size",
    "frequency_min",
    "frequency_max",
    "padding",
    "truncation",
  ];
  const config = Object.fromEntries(keys.filter(() => draws.chance(0.2)).map((key) => [key, value()]));
  const samples = sound(draws, 1000);
  const json = draws.chance(0.05) ? value() : { sampling_rate: draws.pick([8000, 16_000]), ...config };
  const what = draws.pick(["whisper", "clap", "voice"] as const);
  const short = typeof json === "object" && json !== null ? { ...json, chunk_length: 1, max_length_s: 1 } : json;
  const data =
    what === "whisper"
      ? new WhisperFrontEnd(whisperSettings(short)).window(samples).data
      : what === "clap"
        ? new ClapFrontEnd(clapSettings(short)).features([samples]).data
        : new ResemblyzerFrontEnd({
            ...resemblyzerSettings,
            samplingRate: rate(draws, 8000, 16_000),
            melChannels: rate(draws, 1, 80),
          }).mels(samples).data;
  mustBeNumbers(data);
}

/** Infinity is the float32 nearest to the power of sounds a billion billion times too loud. */
function mustBeNumbers(features: Float32Array): void {
  must(!features.some(Number.isNaN), "a feature is no number");
}

function rate(draws: Draws, low: number, high: number): number {
  return draws.chance(0.08) ? draws.absurd() : draws.integer(low, high);
}

function sound(draws: Draws, longest: number): Float32Array {
  const samples = draws.floats(draws.chance(0.05) ? 0 : draws.integer(1, longest), draws.chance(0.05) ? 0.001 : 0);
  return draws.chance(0.05) ? samples.fill(draws.pick([0, 1, 1e-30, 3e38])) : samples;
}
