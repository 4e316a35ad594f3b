import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeAudio } from "../decode/decode-audio.ts";

const samples = Int16Array.from({ length: 40 }, (_, i) => i * 100);
const scaled = Float32Array.from(samples, (value) => value / 32_768);

describe("an MP4 file", () => {
  it("is heard whether its tables come before or after its samples, in 32 or 64 bits", async () => {
    for (const layout of [{}, { isLast: true }, { isLarge: true }]) {
      const { channels, sampleRate } = await decodeAudio(movie(layout));
      expect(channels).toEqual([scaled]);
      expect(sampleRate).toBe(8000);
    }
  });

  it("of QuickTime's first years, which begins with no type, is heard", async () => {
    const file = movie({ isLast: true });
    const old = Buffer.concat([box("wide", Buffer.alloc(type.length - 8)), file.subarray(type.length)]);
    expect((await decodeAudio(old)).channels).toEqual([scaled]);
  });

  it("begins where its edit list says, and ends there", async () => {
    // Ten samples left out at the start and five at the end; the movie counts milliseconds.
    const { channels } = await decodeAudio(movie({ edits: [[(25 / 8000) * 1e6, 10]] }));
    expect(channels).toEqual([scaled.subarray(10, 35)]);
    const paused = movie({
      edits: [
        [500, -1],
        [(40 / 8000) * 1e6, 0],
      ],
    });
    expect((await decodeAudio(paused)).channels).toEqual([scaled]);
  });

  it("that is put together from several parts is refused by name", async () => {
    const edits: Edit[] = [
      [1000, 0],
      [1000, 20],
    ];
    await expect(decodeAudio(movie({ edits }))).rejects.toMatchObject({
      code: "audio_undecodable",
      message: expect.stringMatching(/put together from parts.*ffmpeg -i FILE/),
    });
  });

  it("whose tables make more sound than it has bytes is refused", async () => {
    await expect(decodeAudio(movie({ chunks: 500 }))).rejects.toMatchObject({
      code: "audio_undecodable",
      message: expect.stringMatching(/more sound than its \d+ bytes can hold/),
    });
  });

  it("whose tables point outside of it has no samples", async () => {
    await expect(decodeAudio(movie({ offset: 2 ** 31 }))).rejects.toMatchObject({
      code: "audio_undecodable",
      message: expect.stringContaining("has no samples"),
    });
  });

  // ffmpeg reads NONE and raw as pcm_u8 and pcm_s16be, twos as pcm_s8 and pcm_s16be.
  it.each(["NONE", "raw ", "twos"])(
    "of QuickTime has samples without a sign in NONE and raw of 8 bits alone: %s",
    async (entry) => {
      const bytes = [...new Uint8Array(samples.buffer)];
      const eight = bytes.map((byte) => (entry === "twos" ? (byte << 24) >> 24 : byte - 128) / 128);
      expect((await decodeAudio(movie({ entry, bits: 8 }))).channels).toEqual([Float32Array.from(eight)]);
      const swapped = Float32Array.from(samples, (_, i) => Buffer.from(samples.buffer).readInt16BE(2 * i) / 32_768);
      expect((await decodeAudio(movie({ entry, bits: 16 }))).channels).toEqual([swapped]);
    },
  );

  it("of QuickTime with NONE of 24 bits is refused by name", async () => {
    await expect(decodeAudio(movie({ entry: "NONE", bits: 24 }))).rejects.toMatchObject({
      code: "audio_undecodable",
      message: expect.stringContaining('An MP4 file with "NONE" in it is not decoded here'),
    });
  });

  it("of QuickTime with ALAC is heard, whose setup lies in a box that names it before", async () => {
    const file = readFileSync(new URL("../../fixtures/recordings/alac-stereo.m4a", import.meta.url));
    const setup = file.indexOf("alac", file.indexOf("alac", file.indexOf("stsd")) + 4) - 4;
    const size = file.readUInt32BE(setup);
    const wave = box("wave", box("frma", Buffer.from("alac")), file.subarray(setup, setup + size));
    const larger = Buffer.concat([file.subarray(0, setup), wave, file.subarray(setup + size)]);
    for (const name of ["moov", "trak", "mdia", "minf", "stbl", "stsd", "alac"]) {
      const at = file.indexOf(name) - 4;
      larger.writeUInt32BE(file.readUInt32BE(at) + wave.length - size, at);
    }
    expect((await decodeAudio(larger)).channels).toEqual((await decodeAudio(file)).channels);
  });

  it("with AAC is refused by name, with the line that converts it", async () => {
    // MPEG-4's descriptors: a stream, and in it a decoder of object type 0x40.
    const esds = box("esds", Buffer.from([0, 0, 0, 0, 3, 20, 0, 1, 0, 4, 15, 0x40, 0x15, ...Buffer.alloc(13)]));
    await expect(decodeAudio(movie({ entry: "mp4a", setup: esds }))).rejects.toMatchObject({
      code: "audio_undecodable",
      message: expect.stringMatching(/^An MP4 file with AAC in it .*ffmpeg -i FILE -ar 16000 -ac 1 FILE\.wav/),
    });
  });

  it("without sound, without tables or cut before them is refused with what is missing", async () => {
    const file = movie({ isLast: true });
    const lacks = async (bytes: Uint8Array): Promise<string> =>
      decodeAudio(bytes).then(String, ({ message }) => message);
    expect(await lacks(file.subarray(0, 60))).toContain("no moov box");
    expect(await lacks(Buffer.concat([type, box("moov", header("mvhd"))]))).toContain("has no sound in it");
  });

  it("in fragments is heard up to where it was cut off", async () => {
    const file = new Uint8Array(readFileSync(new URL("../../fixtures/recordings/opus-fragments.mp4", import.meta.url)));
    const whole = (await decodeAudio(file)).channels[0] as Float32Array;
    const part = (await decodeAudio(file.subarray(0, file.length - 600))).channels[0] as Float32Array;
    expect(part.length).toBeGreaterThan(4000);
    expect(part.length).toBeLessThan(whole.length);
    expect(part).toEqual(whole.subarray(0, part.length));
  });
});

/** Length in units of the movie, a millionth of a second each; start in samples. */
type Edit = readonly [length: number, from: number];

interface Layout {
  readonly isLast?: boolean;
  readonly isLarge?: boolean;
  readonly edits?: readonly Edit[];
  /** Times that the samples are listed. */
  readonly chunks?: number;
  readonly offset?: number;
  readonly entry?: string;
  readonly bits?: number;
  readonly setup?: Buffer;
}

const type = box("ftyp", Buffer.from("qt  \0\0\0\0qt  "));

function movie(layout: Layout): Uint8Array {
  const {
    isLast = false,
    isLarge = false,
    edits,
    chunks = 1,
    entry = "sowt",
    bits = 16,
    setup = Buffer.alloc(0),
  } = layout;
  const data = box("mdat", Buffer.from(samples.buffer));
  const tables = (offset: number): Buffer => {
    const format = Buffer.concat([bytes16(1, bits, 0, 0), words(8000 * 65_536)]);
    const sound = Buffer.concat([Buffer.alloc(6), bytes16(1), Buffer.alloc(8), format, setup]);
    const offsets = Array.from({ length: chunks }, () => (isLarge ? [0, offset] : [offset])).flat();
    const list = box(
      "stbl",
      box("stsd", words(0, 1), box(entry, sound)),
      box("stts", words(0, 1, samples.length * chunks, 1)),
      box("stsc", words(0, 1, 1, samples.length, 1)),
      box("stsz", words(0, 2, samples.length * chunks)),
      box(isLarge ? "co64" : "stco", words(0, chunks, ...offsets)),
    );
    const media = box(
      "mdia",
      header("mdhd", 8000),
      box("hdlr", words(0, 0), Buffer.from("soun"), words(0, 0, 0)),
      box("minf", list),
    );
    const elst = edits?.map((edit) => Buffer.concat([words(edit[0]), signed(edit[1]), words(65_536)])) ?? [];
    const edit = edits === undefined ? [] : [box("edts", box("elst", words(0, elst.length), ...elst))];
    return box("moov", header("mvhd", 1e6), box("trak", box("tkhd", words(0, 0, 0, 1, 0)), ...edit, media));
  };
  const before = type.length + 8 + (isLast ? 0 : tables(0).length);
  const moov = tables(layout.offset ?? before);
  return new Uint8Array(Buffer.concat(isLast ? [type, data, moov] : [type, moov, data]));
}

function header(name: string, scale = 1000): Buffer {
  return box(name, words(0, 0, 0, scale, 0));
}

function box(name: string, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([words(content.length + 8), Buffer.from(name, "latin1"), content]);
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(Math.round(value), i * 4);
  return bytes;
}

function signed(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function bytes16(...values: number[]): Buffer {
  return Buffer.concat(values.map((value) => words(value).subarray(2)));
}
