import { readdirSync, readFileSync } from "node:fs";
import { isModelError } from "@menagerie/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type WavParts, wavFile } from "../fixtures/wav-file.ts";
import {
  type AudioLimits,
  ClapFrontEnd,
  clapSettings,
  decodeAudio,
  defaultAudioLimits,
  inverseStft,
  mixToMono,
  overlappingWindows,
  plainWindows,
  ResemblyzerFrontEnd,
  resample,
  SpeechBrainFrontEnd,
  stft,
  WhisperFrontEnd,
  whisperSettings,
} from "./index.ts";

const folder = new URL("../fixtures/recordings/", import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name !== "silence.flac")
  .map((name): [string, Uint8Array] => [name, new Uint8Array(readFileSync(new URL(name, folder)))]);
const limits: AudioLimits = { ...defaultAudioLimits, maxSamples: 2 ** 22, maxBytes: 2 ** 22 };
const file = fc.constantFrom(...files);
const seconds = 60_000;

describe("bytes given as audio become a finite recording, or an error that says what is wrong with them", () => {
  it("when a recording is cut anywhere", { timeout: seconds }, async () => {
    await fc.assert(
      fc.asyncProperty(file, fc.double({ min: 0, max: 1, noNaN: true }), async ([, bytes], share) => {
        await expectAnswer(bytes.subarray(0, Math.floor(share * bytes.length)));
      }),
      { numRuns: 300 },
    );
  });

  it("when bits of it are flipped", { timeout: seconds }, async () => {
    const flips = fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(7)), {
      minLength: 1,
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(file, flips, fc.boolean(), async ([, bytes], places, inHeader) => {
        const damaged = bytes.slice();
        const reach = inHeader ? Math.min(bytes.length, 120) : bytes.length;
        for (const [place, bit] of places) {
          const at = Math.floor(place * reach);
          damaged[at] = (damaged[at] as number) ^ (1 << bit);
        }
        await expectAnswer(damaged);
      }),
      { numRuns: 400 },
    );
  });

  it("when parts of it are repeated, left out or overwritten by those of another", { timeout: seconds }, async () => {
    const place = fc.double({ min: 0, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(file, file, place, place, place, async ([, one], [, other], a, b, c) => {
        const [from, to] = [Math.floor(a * other.length), Math.floor(b * other.length)];
        const cut = Math.floor(c * one.length);
        const part = other.subarray(Math.min(from, to), Math.max(from, to));
        await expectAnswer(Buffer.concat([one.subarray(0, cut), part, one.subarray(cut)]));
        await expectAnswer(Buffer.concat([one.subarray(0, cut), part]));
      }),
      { numRuns: 200 },
    );
  });

  it("when only its beginning is that of a recording, or it is nothing but zeros or noise", {
    timeout: seconds,
  }, async () => {
    const beginnings = [
      "",
      "fLaC",
      "OggS",
      "ID3\x04\0\0\0\0\0\0",
      "\xff\xfb\x90\x00",
      "RIFF\xff\xff\xff\xffWAVE",
      "RIFF\0\0\0\0WAVEfmt ",
      "FORM\0\0\0\0AIFFCOMM\0\0\0\x12",
      ".snd\0\0\0\x18\0\0\0\0\0\0\0\x03",
      "caff\0\x01\0\0desc\0\0\0\0\0\0\0\x20",
      "\0\0\0\x08ftyp",
      "\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\xff\x16\x54\xae\x6b",
    ];
    const rest = fc.oneof(
      fc.uint8Array({ maxLength: 4000 }),
      fc.nat(20_000).map((length) => new Uint8Array(length)),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...beginnings), rest, async (beginning, bytes) => {
        await expectAnswer(Buffer.concat([Buffer.from(beginning, "latin1"), bytes]));
      }),
      { numRuns: 300 },
    );
  });

  it("when a WAV header says anything at all", { timeout: seconds }, async () => {
    const word = fc.integer({ min: 0, max: 65_535 });
    const long = fc.oneof(fc.constantFrom(0, 1, 0xffffffff, 0x7fffffff, 0x80000000), fc.nat(0xffffffff));
    const header: fc.Arbitrary<WavParts> = fc.record({
      tag: fc.oneof(fc.constantFrom(1, 3, 6, 7, 0xfffe), word),
      channels: fc.oneof(fc.integer({ min: 0, max: 9 }), word),
      rate: long,
      bits: fc.oneof(fc.constantFrom(0, 8, 12, 16, 20, 24, 32, 64), word),
      blockBytes: fc.oneof(fc.integer({ min: 0, max: 64 }), word),
      extension: fc.uint8Array({ maxLength: 40 }),
      data: fc.uint8Array({ maxLength: 300 }),
      dataSize: long,
    });
    await fc.assert(
      fc.asyncProperty(header, (parts) => expectAnswer(wavFile(parts))),
      { numRuns: 1000 },
    );
  });
});

describe("samples, rates and sizes of any kind", () => {
  const sample = fc.oneof(
    fc.float({ min: -1, max: 1 }),
    fc.float(),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0, 3e38),
  );
  const samples = fc
    .oneof(
      fc.array(sample, { maxLength: 50 }),
      fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { maxLength: 2000 }),
    )
    .map((values) => Float32Array.from(values));
  const number = fc.oneof(
    fc.integer({ min: -5, max: 2000 }),
    fc.double(),
    fc.constantFrom(0, -1, 2 ** 31, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY),
  );

  it("are resampled, mixed and cut, or refused", () => {
    fc.assert(
      fc.property(samples, number, number, number, (x, a, b, c) => {
        expectFinite(() => (b / a > 1e4 ? [] : [resample(x, a, b)]));
        expectFinite(() => [mixToMono({ channels: [x, x, x] })].filter(() => x.every(isSmall)));
        answerOrModelError(() => overlappingWindows(a, { sampleRate: b, seconds: c, alignTo: 1 }));
        answerOrModelError(() => plainWindows(x.length, { sampleRate: a, seconds: b, alignTo: c }));
      }),
      { numRuns: 500 },
    );
  });

  it("become spectra and signals again, or are refused", () => {
    const padding = fc.constantFrom("reflect", "constant", "replicate", "none" as const);
    fc.assert(
      fc.property(samples, number, number, number, padding, (x, fftSize, hopLength, windowLength, mode) => {
        fc.pre(!(fftSize > 5000));
        const options = {
          fftSize,
          hopLength,
          windowLength,
          padding: mode,
          window: { name: "hann", symmetry: "periodic" },
        } as const;
        expectFinite(() => {
          const spectrogram = stft(
            x.map((value) => (isSmall(value) ? value : Number.NaN)),
            options,
          );
          return [spectrogram.re, inverseStft(spectrogram, options)];
        });
      }),
      { numRuns: 500 },
    );
  });

  it("are heard by every front end, or refused", { timeout: seconds }, () => {
    const whisper = new WhisperFrontEnd(whisperSettings({ chunk_length: 1 }));
    const clap = (["rand_trunc", "fusion"] as const).map(
      (truncation) => new ClapFrontEnd(clapSettings({ truncation, max_length_s: 1 })),
    );
    const ecapa = new SpeechBrainFrontEnd();
    const resemblyzer = new ResemblyzerFrontEnd();
    fc.assert(
      fc.property(samples, number, (x, frame) => {
        const limited = x.map((value) => (Math.abs(value) > 1e6 ? Number.NaN : value));
        for (const heard of [
          () => whisper.window(limited).data,
          () => whisper.wholeFile(limited).data,
          () => whisper.windowAt(whisper.window(limited), frame).data,
          ...clap.map((one) => () => one.features([limited], [{ firstSample: frame }]).data),
          () => ecapa.features(limited).data,
          () => resemblyzer.partials(resemblyzer.normaliseVolume(limited)).data,
        ]) {
          expectFinite(() => [heard()]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

async function expectAnswer(bytes: Uint8Array): Promise<void> {
  try {
    const { channels, sampleRate } = await decodeAudio(bytes, limits);
    expect(sampleRate).toBeGreaterThan(0);
    expect(channels.length).toBeGreaterThan(0);
    expect(channels.every((channel) => channel.length === channels[0]?.length && channel.every(Number.isFinite))).toBe(
      true,
    );
  } catch (error) {
    if (!isModelError(error)) throw error;
    expect(["audio_undecodable", "audio_too_large"]).toContain(error.code);
  }
}

function answerOrModelError<Answer>(ask: () => Answer): Answer | undefined {
  try {
    return ask();
  } catch (error) {
    if (!isModelError(error)) throw error;
    expect(["input_invalid", "model_spec_invalid"]).toContain(error.code);
    return undefined;
  }
}

function expectFinite(ask: () => readonly (Float32Array | Float64Array)[]): void {
  for (const values of answerOrModelError(ask) ?? []) expect(values.every(isFiniteOrHuge)).toBe(true);
}

/** Finite samples near the end of float32's range may overflow it when they are filtered. */
function isFiniteOrHuge(value: number): boolean {
  return !Number.isNaN(value);
}

function isSmall(value: number): boolean {
  return Math.abs(value) < 1e6;
}
