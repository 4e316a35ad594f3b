import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeAudio } from "../decode/decode-audio.ts";

// Three frames of 16-bit samples of one channel.
const frames = [
  [1, 2],
  [3, 4, 5],
  [6, 7],
].map((values) => Buffer.from(Int16Array.from(values).buffer));
const heard = Float32Array.from([1, 2, 3, 4, 5, 6, 7], (value) => value / 32_768);
const [one, two, three] = frames as [Buffer, Buffer, Buffer];

describe("a Matroska file", () => {
  it.each<[string, Buffer[]]>([
    ["one frame in each block", frames.map((frame) => block(0, frame))],
    ["frames in Xiph's lacing", [block(1, Buffer.concat([Buffer.from([2, 4, 6]), ...frames]))]],
    // The second size as the difference of 2 to the first: 63 stands for none.
    ["frames in EBML's lacing", [block(3, Buffer.concat([Buffer.from([2, 0x84, 0x80 + 63 + 2]), ...frames]))]],
    ["frames of one size in fixed lacing", [block(2, Buffer.concat([Buffer.from([1]), one, three])), block(0, two)]],
    [
      "blocks of another track between",
      [block(0, one, 2), ...frames.map((frame) => block(0, frame)), block(0, one, 2)],
    ],
    ["blocks in groups", frames.map((frame) => element("a0", element("a1", block(0, frame).subarray(2))))],
  ])("is heard with %s", async (name, blocks) => {
    const { channels, sampleRate } = await decodeAudio(matroska(element("1f43b675", ...blocks)));
    const expected = name.includes("fixed") ? [1, 2, 6, 7, 3, 4, 5].map((value) => value / 32_768) : heard;
    expect(channels).toEqual([Float32Array.from(expected)]);
    expect(sampleRate).toBe(8000);
  });

  it("is heard as a browser streams it: segment and clusters of unknown size, one after the other", async () => {
    const clusters = frames.map((frame) => open("1f43b675", element("e7", Buffer.from([0])), block(0, frame)));
    expect((await decodeAudio(matroska(Buffer.concat(clusters), true))).channels).toEqual([heard]);
  });

  it("cut off anywhere is heard up to the last whole block", async () => {
    const file = matroska(element("1f43b675", ...frames.map((frame) => block(0, frame))));
    const { channels } = await decodeAudio(file.subarray(0, -three.length - 6));
    expect(channels).toEqual([heard.subarray(0, 5)]);
    // Half a packet of Opus would be noise, and ffmpeg has none of it either.
    for (let missing = 1; missing < three.length; missing++)
      expect((await decodeAudio(file.subarray(0, -missing))).channels).toEqual([heard.subarray(0, 5)]);
  });

  it("is heard at once with millions of empty frames, of which a block of nine bytes can have 256", async () => {
    const empty = block(2, Buffer.from([255]));
    const blocks = [...frames.map((frame) => block(0, frame)), ...Array.from({ length: 60_000 }, () => empty)];
    const started = performance.now();
    expect((await decodeAudio(matroska(open("1f43b675", ...blocks), true))).channels).toEqual([heard]);
    // Three seconds, when each was a packet.
    expect(performance.now() - started).toBeLessThan(1500);
  });

  it.each([
    ["Xiph's", 1],
    ["EBML's", 3],
  ])(
    "is heard at once with hundreds of thousands of blocks that claim 256 frames in %s lacing and end there",
    async (_, lacing) => {
      const claims = Buffer.alloc(3_000_000, block(lacing, Buffer.from([255])));
      const started = performance.now();
      const blocks = [...frames.map((frame) => block(0, frame)), claims];
      expect((await decodeAudio(matroska(open("1f43b675", ...blocks), true))).channels).toEqual([heard]);
      // Four seconds and more, when the sizes of all were read from what follows the block.
      expect(performance.now() - started).toBeLessThan(1500);
    },
  );

  it("has the bytes again that were taken from the start of each packet", async () => {
    const compression = element(
      "6d80",
      element("6240", element("5034", element("4254", Buffer.from([3])), element("4255", Buffer.from([9, 0])))),
    );
    const { channels } = await decodeAudio(
      matroska(element("1f43b675", block(0, one), block(0, three)), false, compression),
    );
    expect(channels).toEqual([Float32Array.from([9, 1, 2, 9, 6, 7], (value) => value / 32_768)]);
  });

  it("whose packets are compressed or encrypted otherwise is refused by name", async () => {
    const encryption = element("6d80", element("6240", element("5035", Buffer.from([1]))));
    for (const encoding of [encryption, element("6d80", element("6240", element("5034")))]) {
      await expect(decodeAudio(matroska(Buffer.alloc(0), false, encoding))).rejects.toMatchObject({
        code: "audio_undecodable",
        message: expect.stringMatching(/compressed or encrypted.*ffmpeg -i FILE/),
      });
    }
  });

  it("with a cluster before its tracks is refused, as its sound would be lost", async () => {
    const bytes = matroska(element("1f43b675", block(0, one)));
    const cluster = element("1f43b675", block(0, two));
    const at = Buffer.from(bytes).indexOf(Buffer.from("1654ae6b", "hex"));
    const parts = [
      bytes.subarray(0, head.length),
      Buffer.from("1853806701ffffffffffffff", "hex"),
      cluster,
      bytes.subarray(at),
    ];
    await expect(decodeAudio(Buffer.concat(parts))).rejects.toMatchObject({
      code: "audio_undecodable",
      message: expect.stringMatching(/a Cluster before Tracks.*ffmpeg -i FILE/),
    });
  });

  // `ffmpeg -i FILE -f s16le -` gives these samples of the same bytes.
  it.each<[string, Buffer[], number[]]>([
    ["in its midst", [padded(1, [1, 2, 3]), padded(0, [4, 5, 6]), padded(2, [7, 8, 9])], [1, 2, 4, 5, 6, 7]],
    ["said before the block", [element("a0", padding(1), inGroup([1, 2, 3])), padded(0, [4, 5])], [1, 2, 4, 5]],
    ["of a whole packet", [padded(3, [1, 2, 3]), padded(0, [4, 5, 6])], [4, 5, 6]],
    ["of more than its packet, which is none", [padded(4, [1, 2, 3]), padded(5, [4, 5, 6])], [1, 2, 3, 4, 5, 6]],
    ["at a packet's start", [padded(0, [1, 2]), padded(-1, [3, 4]), padded(0, [5, 6])], [1, 2, 4, 5, 6]],
    ["at a packet's start and of those after it", [padded(-5, [1, 2, 3]), padded(0, [4, 5, 6])], [6]],
    ["of half a sample", [padded(0.5, [1, 2, 3]), padded(0.4, [4, 5])], [1, 2, 4, 5]],
    [
      "of each frame of a block",
      [element("a0", element("a1", block(2, Buffer.from([1, 1, 0, 2, 0, 3, 0, 4, 0])).subarray(2)), padding(1))],
      [1, 3],
    ],
  ])("leaves out a padding %s, as ffmpeg does", async (_, groups, expected) => {
    const { channels } = await decodeAudio(matroska(element("1f43b675", ...groups)));
    expect(channels).toEqual([Float32Array.from(expected, (value) => value / 32_768)]);
  });

  // Samples that `ffmpeg -f concat -c copy` makes of a file and itself.
  it.each([
    ["opus-stereo.webm", 24_312],
    ["mpeg-stereo.mkv", 18_210],
    ["vorbis-mono.webm", 16_896],
  ])("after another of its kind is heard as ffmpeg hears the two joined: %s", async (name, frames) => {
    const file = readFileSync(new URL(`../../fixtures/recordings/${name}`, import.meta.url));
    const [one, two] = [await decodeAudio(file), await decodeAudio(Buffer.concat([file, file]))];
    expect(two.channels.map(({ length }) => length)).toEqual(one.channels.map(() => frames));
    const { length } = one.channels[0] as Float32Array;
    expect(two.channels.map((samples) => samples.subarray(0, length))).toEqual(one.channels);
  });

  it("without sound, or that ends before it says what is in it, is refused", async () => {
    const video = element("1654ae6b", element("ae", element("d7", Buffer.from([1])), element("83", Buffer.from([1]))));
    await expect(decodeAudio(Buffer.concat([head, element("18538067", video)]))).rejects.toMatchObject({
      message: expect.stringContaining("has no sound in it"),
    });
    await expect(decodeAudio(head)).rejects.toMatchObject({ message: expect.stringContaining("no Tracks element") });
  });
});

const head = element("1a45dfa3", element("4282", Buffer.from("matroska")));

function matroska(clusters: Buffer, isOpen = false, encodings: Buffer = Buffer.alloc(0)): Uint8Array {
  const rate = Buffer.alloc(4);
  rate.writeFloatBE(8000);
  const audio = element("e1", element("b5", rate), element("9f", Buffer.from([1])), element("6264", Buffer.from([16])));
  const codec = element("86", Buffer.from("A_PCM/INT/LIT"));
  const entry = element(
    "ae",
    element("d7", Buffer.from([1])),
    element("83", Buffer.from([2])),
    codec,
    audio,
    encodings,
  );
  const tracks = element("1654ae6b", entry);
  return new Uint8Array(Buffer.concat([head, (isOpen ? open : element)("18538067", tracks, clusters)]));
}

function padded(samples: number, values: number[]): Buffer {
  return element("a0", inGroup(values), ...(samples === 0 ? [] : [padding(samples)]));
}

function inGroup(values: number[]): Buffer {
  return element("a1", block(0, Buffer.from(Int16Array.from(values).buffer)).subarray(2));
}

/** At 8 kHz. */
function padding(samples: number): Buffer {
  const nanoseconds = Buffer.alloc(8);
  nanoseconds.writeBigInt64BE(BigInt(samples * 125_000));
  return element("75a2", nanoseconds);
}

function block(lacing: number, content: Buffer, track = 1): Buffer {
  return element("a3", Buffer.from([0x80 + track, 0, 0, lacing << 1]), content);
}

/** With its size in one byte where that is enough, as block() and its caller rely on, and in eight else. */
function element(id: string, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const large = Buffer.from([1, 0, 0, 0, 0, 0, content.length >> 8, content.length & 255]);
  return Buffer.concat([
    Buffer.from(id, "hex"),
    content.length < 127 ? Buffer.from([0x80 + content.length]) : large,
    content,
  ]);
}

function open(id: string, ...contents: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(`${id}01ffffffffffffff`, "hex"), ...contents]);
}
