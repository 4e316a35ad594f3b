import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { difference, type Sampled } from "../../fixtures/sampled.ts";
import { integers } from "../../fixtures/signals.ts";
import { wavFile } from "../../fixtures/wav-file.ts";
import type { AudioLimits } from "./audio-limits.ts";
import { defaultAudioLimits } from "./audio-limits.ts";
import { decodeAudio } from "./decode-audio.ts";
import { optionalDecoder } from "./optional-decoder.ts";
import { console } from "./process-console.ts";

interface Exact {
  readonly sampleRate: number;
  readonly channels: number;
  readonly frames: number;
  readonly digest: string;
}
interface Lossy extends Sampled {
  readonly sampleRate: number;
  readonly decoder: string;
}

const fixtures = new URL("../../fixtures/", import.meta.url);
const references: { exact: Record<string, Exact>; lossy: Record<string, Lossy> } = JSON.parse(
  readFileSync(new URL("recordings.json", fixtures), "utf8"),
);

describe("decodeAudio", () => {
  it.each(Object.entries(references.exact))(
    "gives the float32 samples that soundfile or ffmpeg gives, to the bit: %s",
    async (name, reference) => {
      const { channels, sampleRate } = await decodeAudio(file(name));
      const digest = createHash("sha256");
      for (const channel of channels)
        digest.update(new Uint8Array(channel.buffer, channel.byteOffset, channel.byteLength));
      expect({
        sampleRate,
        channels: channels.length,
        frames: channels[0]?.length,
        digest: digest.digest("hex").slice(0, 16),
      }).toEqual(reference);
    },
  );

  it.each([
    ["8-bit.flac", 8],
    ["16-bit-stereo.flac", 16],
    ["24-bit-stereo.flac", 24],
    ["flac.ogg", 16],
  ] as const)("gives the integers that were encoded over 2^(bits - 1): %s", async (name, bits) => {
    const { channels } = await decodeAudio(file(name));
    for (const [c, channel] of channels.entries()) {
      expect(channel).toEqual(Float32Array.from(integers(c + 1, 5000, bits), (value) => value / 2 ** (bits - 1)));
    }
  });

  it.each(Object.entries(references.lossy))(
    "gives what another decoder gives, length and all: %s",
    async (name, reference) => {
      const { channels, sampleRate } = await decodeAudio(file(name));
      expect(sampleRate).toBe(reference.sampleRate);
      expect([channels.length, channels[0]?.length]).toEqual(reference.shape);
      const all = new Float32Array(channels.flatMap((channel) => [...channel]));
      const { largest, mean } = difference(reference, all);
      expect(largest).toBeLessThan(name.includes("opus") ? 1e-4 : 2e-6);
      expect(mean).toBeLessThan(1e-6);
    },
  );

  it.each(Object.keys({ ...references.exact, ...references.lossy }))(
    "is told by its bytes and stands inside a larger buffer: %s",
    async (name) => {
      const bytes = file(name);
      const larger = new Uint8Array(bytes.length + 7).fill(0x5a);
      larger.set(bytes, 3);
      expect(await decodeAudio(larger.subarray(3, 3 + bytes.length))).toEqual(await decodeAudio(bytes));
    },
  );

  it.each(["stereo-44100.mp3", "mono-vbr-22050.mp3", "16-bit.flac", "24-bit-stereo.flac", "s16-stereo.wav"])(
    "reads past the tags around a recording: %s",
    async (name) => {
      const bytes = file(name);
      const plain = await decodeAudio(bytes);
      const id3v1 = Buffer.from("TAG".padEnd(128, " "));
      const items = Buffer.alloc(500, "Title\0");
      const edge = (flag: number): Buffer => {
        const block = Buffer.concat([Buffer.from("APETAGEX"), Buffer.alloc(24)]);
        block.writeUInt32LE(2000, 8);
        block.writeUInt32LE(items.length + 32, 12);
        block.writeUInt32LE(flag, 20);
        return block;
      };
      const ape = Buffer.concat([edge(0xa0000000), items, edge(0x80000000)]);
      const id3v2 = Buffer.concat([
        Buffer.from("ID3\x04\0\0\0\0\x07\x74", "latin1"),
        Buffer.alloc(7 * 128 + 0x74, "\xff\xfa"),
      ]);
      for (const after of [id3v1, ape, Buffer.concat([ape, id3v1])]) {
        expect(await decodeAudio(Buffer.concat([bytes, after]))).toEqual(plain);
      }
      if (!name.endsWith("wav")) expect(await decodeAudio(Buffer.concat([id3v2, bytes]))).toEqual(plain);
    },
  );

  it("reads an MP3 past silence and noise that are no frames", async () => {
    const bytes = file("stereo-44100.mp3");
    const plain = await decodeAudio(bytes);
    const noise = Buffer.from(integers(9, 20_000).map((value) => value & 255));
    for (const rubbish of [Buffer.alloc(10_000), noise]) {
      expect(await decodeAudio(Buffer.concat([bytes, rubbish]))).toEqual(plain);
      expect(await decodeAudio(Buffer.concat([rubbish.subarray(0, 700), bytes]))).toEqual(plain);
    }
    // Two recordings in one file, of which the second keeps its lead-in.
    const { channels } = await decodeAudio(Buffer.concat([bytes, noise, bytes]));
    expect(channels[0]?.length).toBeGreaterThanOrEqual(40_000);
  });

  it("decodes many at a time as one by one", async () => {
    const names = Object.keys({ ...references.exact, ...references.lossy });
    const together = await Promise.all(names.map((name) => decodeAudio(file(name))));
    for (const [i, name] of names.entries()) expect(together[i]).toEqual(await decodeAudio(file(name)));
  });

  it("says nothing on the console of what is wrong with a file", async () => {
    const spies = (["error", "warn", "log"] as const).map((method) => vi.spyOn(console, method));
    for (const name of Object.keys({ ...references.exact, ...references.lossy })) {
      const bytes = file(name).slice();
      for (let at = 200; at < bytes.length; at += 97) bytes[at] = at;
      await decodeAudio(bytes).catch(() => {});
    }
    for (const spy of spies) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });

  it.each<[string, string, string]>([
    ["", "", "are empty"],
    [
      "an AAC stream after a tag",
      "ID3\x04\0\0\0\0\0\x02\0\0\xff\xf1\x50\x80\x2e\x7f\xfc",
      "look like an AAC (ADTS) stream after an ID3 tag",
    ],
    ["an AAC stream in LATM", "\x56\xe0\x01 \x56\xe0\x01 ", "look like an AAC (LATM) stream"],
    ["a Flash video", "FLV\x01\x04\0\0\0\x09", "look like a Flash video (FLV)"],
    ["an AAC stream", "\xff\xf1\x50\x80\x2e\x7f\xfc", "look like an AAC (ADTS) stream"],
    ["a WMA file", "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6", "look like a Windows Media (WMA, ASF) file"],
    ["Speex in Ogg", `OggS${"\0".repeat(22)}\x01\x50Speex   1.2`, "look like an Ogg file with Speex in it"],
    ["a picture", "\x89PNG\r\n\x1a\n", "look like a PNG picture"],
    ["text", "hello", "look like text"],
    ["JSON", '{"audio": 1}', "look like JSON"],
    ["a transport stream", `G${"\0".repeat(187)}`.repeat(3), "look like an MPEG transport stream"],
    ["one of a camera", `\0\0\0\0G${"\0".repeat(187)}`.repeat(3), "look like an MPEG transport stream"],
    ["a NIST SPHERE file", "NIST_1A\n   1024\n", "look like a NIST SPHERE recording"],
    ["a TTA file", "TTA1\x01\0\x02\0\x10\0", "look like a True Audio (TTA) file"],
    ["a VOC file", "Creative Voice File\x1a\x1a\0", "look like a Creative Voice (VOC) file"],
    ["an 8SVX file", "FORM\0\0\x10\x248SVXVHDR", "look like an 8SVX recording of the Amiga"],
    ["an AU file of the other end", "\0ds.\x20\0\0\0", "look like a little-endian AU recording"],
    [
      "an MP3 that begins late",
      `${"\0".repeat(5000)}${Buffer.from(file("stereo-44100.mp3")).toString("latin1")}`,
      "look like an MP3 recording after 5000 bytes of zeros",
    ],
    ["noise", "\x01\x02\x03\x04\x05", "look like no kind of file that is known here"],
  ])("refuses %s, says what it looks like and what would do", async (_, text, phrase) => {
    await expect(decodeAudio(Buffer.from(text, "latin1"))).rejects.toMatchObject({
      code: "audio_undecodable",
      message: expect.stringMatching(
        new RegExp(`${phrase.replaceAll(/[()]/g, "\\$&")}.*WAV, FLAC, MP3, Ogg.*ffmpeg -i FILE`),
      ),
    });
  });

  it.each<[string, unknown, string]>([
    [
      "the name of a file",
      "talk.wav",
      'the text "talk.wav". Read the file first: decodeAudio(await readFile("talk.wav"))',
    ],
    ["nothing", undefined, "undefined."],
    ["a promise", Promise.resolve(), "a promise of them. Write await before it."],
    ["an ArrayBuffer", new ArrayBuffer(8), "an ArrayBuffer. Write decodeAudio(new Uint8Array(buffer))."],
  ])("given %s in place of bytes says what to write", async (_, given, words) => {
    await expect(decodeAudio(given as Uint8Array)).rejects.toMatchObject({
      code: "audio_undecodable",
      message: expect.stringContaining(`takes the bytes of a file (a Uint8Array) and was given ${words}`),
    });
  });

  it.each(["opus-stereo.webm", "opus-stereo.mp4", "vorbis-mono.webm", "flac.mka"])(
    "leaves the bytes of a Buffer as they are: %s",
    async (name) => {
      const bytes = Buffer.from(file(name));
      const first = await decodeAudio(bytes);
      expect(bytes.equals(file(name))).toBe(true);
      expect(await decodeAudio(bytes)).toEqual(first);
    },
  );

  it("asks for all parts of a WebM recording of which it has a later one, and for the rate of raw samples", async () => {
    await expect(decodeAudio(Buffer.from("1f43b67501ffffffffffffff", "hex"))).rejects.toMatchObject({
      code: "audio_undecodable",
      message: expect.stringMatching(/look like part of a WebM recording.*Send all parts joined, the first one first/),
    });
    await expect(decodeAudio(Buffer.from("010002000300fffffeff", "hex"))).rejects.toMatchObject({
      code: "audio_undecodable",
      message: expect.stringMatching(/no kind of file.*Raw samples do not tell their rate: zoo run takes it as --rate/),
    });
  });

  it("refuses a truncated FLAC with the numbers, and one of which a frame is damaged", async () => {
    const bytes = file("24-bit-stereo.flac");
    await expect(decodeAudio(bytes.subarray(0, 20_000))).rejects.toMatchObject({
      code: "audio_undecodable",
      message: expect.stringContaining("of 5000 samples 4096 can be decoded"),
    });
    const damaged = bytes.slice();
    damaged.fill(0, 9000, 9500);
    await expect(decodeAudio(damaged)).rejects.toMatchObject({ code: "audio_undecodable" });
  });

  it.each<[string, Partial<AudioLimits>, RegExp]>([
    ["s16-stereo.wav", { maxBytes: 1000 }, /has 1644 bytes; the limit is 1000/],
    ["s16-stereo.wav", { maxSeconds: 0.001 }, /the limit is 0.001 s/],
    ["extensible-s16-6.wav", { maxChannels: 5 }, /has 6 channels; the limit is 5/],
    ["s32.wav", { maxSampleRate: 48_000 }, /has 96000 samples per second; the limit is 48000/],
    ["16-bit-stereo.flac", { maxSamples: 9999 }, /has 10000 samples or more/],
    ["flac.ogg", { maxSeconds: 0.01 }, /lasts 0.1 s or longer/],
    ["mono-vbr-22050.mp3", { maxSeconds: 0.1 }, /lasts 0.\d s or longer/],
    ["vorbis-stereo-44100.ogg", { maxSamples: 30_000 }, /has 40000 samples or more/],
    ["opus-stereo.opus", { maxSeconds: 0.1 }, /lasts 0.4 s or longer/],
  ])("refuses by its header what is over a limit: %s, %j", async (name, limits, message) => {
    await expect(decodeAudio(file(name), { ...defaultAudioLimits, ...limits })).rejects.toMatchObject({
      code: "audio_too_large",
      message: expect.stringMatching(message),
    });
  });

  it("stops at a limit while it decodes, where the header keeps the length to itself", async () => {
    // 26,460,000 samples in a few kilobytes.
    const bytes = file("silence.flac");
    expect(bytes.length).toBeLessThan(20_000);
    await expect(decodeAudio(bytes, { ...defaultAudioLimits, maxSamples: 1e6 })).rejects.toMatchObject({
      code: "audio_too_large",
      message: expect.stringContaining("samples or more in all channels; the limit is 1000000"),
    });
    await expect(decodeAudio(bytes, { ...defaultAudioLimits, maxSeconds: 60 })).rejects.toMatchObject({
      code: "audio_too_large",
    });
    expect((await decodeAudio(bytes)).channels[0]).toHaveLength(26_460_000);
  });

  it("refuses NaN in a float file with its place", async () => {
    const samples = new Float32Array([0, 0.5, Number.NaN, 1]);
    const bytes = wavFile({ tag: 3, channels: 2, bits: 32, data: new Uint8Array(samples.buffer) });
    await expect(decodeAudio(bytes)).rejects.toMatchObject({
      code: "audio_undecodable",
      message: expect.stringContaining("has NaN as sample 1 of channel 1"),
    });
  });

  it("names the package to install where a decoder is missing", async () => {
    const load = (): Promise<unknown> => import(`node:${"not-there"}`);
    await expect(optionalDecoder("mpg123-decoder", "MP3", load)).rejects.toMatchObject({
      code: "dependency_missing",
      message: expect.stringContaining("npm install mpg123-decoder"),
    });
  });
});

function file(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`recordings/${name}`, fixtures)));
}
