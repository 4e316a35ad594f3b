import { type TaskField, TaskRegistry } from "@menagerie/core";
import { expect, test } from "vitest";
import { type RawFormat, rawFormats, rawPcmAsWav, rawPcmObstacle, rawPcmOf } from "./raw-pcm.ts";

const positionalField = (task: string): TaskField | undefined => new TaskRegistry().named(task).positional;

// Tags and sizes as in the headers that `ffmpeg -f FORMAT -ar 22050 -ac 2 -i - -f wav -` writes.
test.each<[RawFormat, number, number]>([
  ["u8", 1, 8],
  ["s16le", 1, 16],
  ["s24le", 1, 24],
  ["s32le", 1, 32],
  ["f32le", 3, 32],
  ["f64le", 3, 64],
  ["alaw", 6, 8],
  ["mulaw", 7, 8],
])("raw samples of %s become a WAV file that says so", (format, tag, bits) => {
  const samples = Uint8Array.from({ length: 48 }, (_, i) => i);
  const wav = Buffer.from(rawPcmAsWav(samples, { rate: 22_050, channels: 2, format }));
  expect(wav.toString("latin1", 0, 4) + wav.toString("latin1", 8, 16)).toBe("RIFFWAVEfmt ");
  expect([wav.readUInt16LE(20), wav.readUInt16LE(22), wav.readUInt32LE(24)]).toEqual([tag, 2, 22_050]);
  expect([wav.readUInt32LE(28), wav.readUInt16LE(32), wav.readUInt16LE(34)]).toEqual([
    (22_050 * 2 * bits) / 8,
    (2 * bits) / 8,
    bits,
  ]);
  expect([wav.readUInt32LE(4), wav.readUInt32LE(40)]).toEqual([wav.length - 8, 48]);
  expect(new Uint8Array(wav.subarray(44))).toEqual(samples);
  expect(rawFormats).toContain(format);
});

test("a rate alone means one channel of s16le; without a rate nothing is raw", () => {
  expect(rawPcmOf({ rate: 16_000 })).toEqual({ rate: 16_000, channels: 1, format: "s16le" });
  expect(rawPcmOf({})).toBeUndefined();
});

test("flags of raw samples are refused without a rate and for what is no recording", () => {
  const recording = positionalField("transcribe-audio");
  expect(rawPcmObstacle({}, recording)).toBeUndefined();
  expect(rawPcmObstacle({ rate: 16_000 }, recording)).toBeUndefined();
  expect(rawPcmObstacle({ channels: 2 }, recording)).toContain("--rate");
  expect(rawPcmObstacle({ format: "f32le" }, recording)).toContain("--rate");
  expect(rawPcmObstacle({ rate: 16_000 }, positionalField("embed-image"))).toContain("recordings");
});

test("a WAV file that is said to be raw samples is refused, as it would be heard as noise", () => {
  const wav = rawPcmAsWav(new Uint8Array(8), { rate: 8000, channels: 1, format: "u8" });
  expect(() => rawPcmAsWav(wav, { rate: 8000, channels: 1, format: "u8" })).toThrow("Leave out --rate");
});

test("integers that are said to be floats are refused with the flag that says so", () => {
  const integers = new Uint8Array(Int16Array.from([1, 2, 3, -1]).buffer);
  expect(() => rawPcmAsWav(integers, { rate: 8000, channels: 1, format: "f32le" })).toThrow(
    "The raw samples are not f32le: number 1 would be NaN. Give --format",
  );
  expect(() => rawPcmAsWav(new Uint8Array(16), { rate: 8000, channels: 1, format: "f64le" })).not.toThrow();
});
