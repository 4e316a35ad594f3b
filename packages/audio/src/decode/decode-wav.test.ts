import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type WavParts, wavFile } from "../../fixtures/wav-file.ts";
import { decodeAudio } from "./decode-audio.ts";

const samples = Int16Array.from([-32_768, 32_767, 0, 1, -1, 12_345]);
const data = new Uint8Array(samples.buffer);
const scaled = Float32Array.from(samples, (value) => value / 32_768);

describe("a WAV file", () => {
  it.each<[string, Partial<WavParts>]>([
    [
      "with chunks of odd length before and after its samples",
      { before: [["LIST", new Uint8Array(7)]], after: [["id3 ", new Uint8Array(3)]] },
    ],
    ["whose writer could not go back to state its size, 0xFFFFFFFF", { dataSize: 0xffffffff }],
    ["whose writer could not go back to state its size, 0", { dataSize: 0 }],
    ["that states more samples than it has", { dataSize: 4000 }],
  ])("%s is read", async (_, parts) => {
    const { channels, sampleRate } = await decodeAudio(wavFile({ data, ...parts }));
    expect(channels).toEqual([scaled]);
    expect(sampleRate).toBe(16_000);
  });

  it("with its samples before its format is read", async () => {
    const bytes = Buffer.from(wavFile({ data }));
    const swapped = Buffer.concat([bytes.subarray(0, 12), bytes.subarray(36), bytes.subarray(12, 36)]);
    expect((await decodeAudio(swapped)).channels).toEqual([scaled]);
  });

  it("of 64 bits has its size from ds64, wherever that stands before the samples", async () => {
    const sizes = Buffer.alloc(28);
    sizes.writeBigUInt64LE(BigInt(data.length), 8);
    const before = [
      ["JUNK", new Uint8Array(28)],
      ["ds64", sizes],
    ] as const;
    const bytes = wavFile({ data, dataSize: 0xffffffff, before, after: [["LIST", new Uint8Array(40)]] });
    bytes.set(Buffer.from("RF64"));
    expect((await decodeAudio(bytes)).channels).toEqual([scaled]);
  });

  it("cut within a sample ends before it", async () => {
    const bytes = wavFile({ data, channels: 2 });
    const { channels } = await decodeAudio(bytes.subarray(0, -1));
    expect(channels.map(({ length }) => length)).toEqual([2, 2]);
  });

  it("of 12 or 20 bits has them at the upper end of 16 or 24", async () => {
    expect((await decodeAudio(wavFile({ data, bits: 12, blockBytes: 2 }))).channels).toEqual([scaled]);
    const bytes = wavFile({ data: Uint8Array.of(0, 0, 0x40, 0, 0, 0xc0), bits: 20, blockBytes: 3 });
    expect((await decodeAudio(bytes)).channels).toEqual([Float32Array.of(0.5, -0.5)]);
  });

  it("whose samples are none is refused, also if chunks follow", async () => {
    for (const parts of [{}, { after: [["LIST", new Uint8Array(8)]] as const }]) {
      await expect(decodeAudio(wavFile({ data: new Uint8Array(0), ...parts }))).rejects.toMatchObject({
        code: "audio_undecodable",
        message: expect.stringContaining("has no samples"),
      });
    }
  });

  it.each<[string, Partial<WavParts>, string]>([
    ["without channels", { channels: 0 }, "0 channels at 16000 Hz"],
    ["without a rate", { rate: 0 }, "1 channels at 0 Hz"],
    ["of 0 bits", { bits: 0, blockBytes: 0 }, "samples of 0 bits"],
    ["of 40 bits", { bits: 40 }, "samples of 40 bits"],
    ["of 16-bit floats", { tag: 3 }, "float samples of 16 bits"],
    ["with ADPCM in blocks too small for it", { tag: 2, bits: 4 }, "blocks of 1 bytes for 1 channels of ADPCM"],
    ...[0, 2, 3, 5].map((bits): [string, Partial<WavParts>, string] => [
      `with IMA ADPCM of ${bits} bits`,
      { tag: 17, bits, blockBytes: 256 },
      `A WAV file with ADPCM of ${bits} bits (format 17) in it is not decoded here`,
    ]),
    ["with Microsoft's ADPCM of 3 bits", { tag: 2, bits: 3, blockBytes: 256 }, "ADPCM of 3 bits (format 2)"],
    ["that says MP3 and holds none", { tag: 85 }, "MP3 recording has no frame"],
    [
      "with GSM",
      { tag: 49 },
      "A WAV file with GSM 6.10 (format 49) in it is not decoded here. Convert it: ffmpeg -i FILE",
    ],
    ["of another coding", { tag: 0x1234 }, "A WAV file with a coding (format 4660) in it"],
    ["of the extensible kind, cut", { tag: 0xfffe }, "does not say which"],
    [
      "of an unknown extensible kind",
      { tag: 0xfffe, extension: new Uint8Array(24).fill(7) },
      "extensible kind that is not read",
    ],
  ])("%s is refused by name", async (_, parts, message) => {
    await expect(decodeAudio(wavFile({ data, ...parts }))).rejects.toMatchObject({
      code: "audio_undecodable",
      message: expect.stringContaining(message),
    });
  });

  it.each([
    [12, "has no format"],
    [36, "has no samples"],
  ])("cut after %i bytes is refused", async (length, message) => {
    await expect(decodeAudio(wavFile({ data }).subarray(0, length))).rejects.toMatchObject({
      code: "audio_undecodable",
      message: expect.stringContaining(message),
    });
  });

  it("gives every integer its share of full scale, whatever the width and the channels", async () => {
    const bits = fc.constantFrom(8, 16, 24, 32);
    await fc.assert(
      fc.asyncProperty(
        bits,
        fc.integer({ min: 1, max: 8 }),
        fc.uint8Array({ minLength: 32, maxLength: 200 }),
        async (width, channels, bytes) => {
          const recording = await decodeAudio(wavFile({ data: bytes, bits: width, channels }));
          const step = width / 8;
          const frames = Math.floor(bytes.length / (step * channels));
          expect(recording.channels.map(({ length }) => length)).toEqual(Array(channels).fill(frames));
          const buffer = Buffer.from(bytes);
          for (let i = 0; i < frames * channels; i++) {
            const integer = width === 8 ? (bytes[i] as number) - 128 : buffer.readIntLE(i * step, step);
            expect(recording.channels[i % channels]?.[Math.floor(i / channels)]).toBe(
              Math.fround(integer / 2 ** (width - 1)),
            );
          }
        },
      ),
    );
  });
});
