import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeAudio } from "./decode-audio.ts";
import { oggPages } from "./ogg-packets.ts";

describe("recordings one after the other in one file, as cat and radio stations make them", () => {
  it.each(["opus-stereo.opus", "vorbis-stereo-44100.ogg", "flac.ogg", "16-bit-stereo.flac"])(
    "are all heard: %s",
    async (name) => {
      const one = file(name);
      const { channels, sampleRate } = await decodeAudio(one);
      const three = await decodeAudio(Buffer.concat([one, withStream(one, 77), one]));
      expect(three.sampleRate).toBe(sampleRate);
      expect(three.channels).toEqual(
        channels.map((samples) => Float32Array.from([...samples, ...samples, ...samples])),
      );
    },
  );

  it("are heard where a FLAC header does not know its length, and with tags between", async () => {
    const one = file("16-bit-stereo.flac");
    const { channels } = await decodeAudio(one);
    const unknown = Buffer.from(one);
    unknown[21] = (unknown[21] as number) & 0xf0;
    unknown.fill(0, 22, 26);
    const tag = Buffer.alloc(128);
    tag.write("TAG");
    const twice = channels.map((samples) => Float32Array.from([...samples, ...samples]));
    expect((await decodeAudio(Buffer.concat([unknown, one]))).channels).toEqual(twice);
    expect((await decodeAudio(Buffer.concat([one, tag, one]))).channels).toEqual(twice);
  });

  it.each([
    ["opus-stereo.opus", "vorbis-stereo-44100.ogg", "changes to Vorbis after"],
    ["opus-stereo.opus", "opus-mono.opus", "changes from 2 channels at 48000 Hz to 1 at 48000 Hz"],
    ["16-bit-stereo.flac", "16-bit.flac", "changes from 2 channels"],
    ["opus-stereo.opus", "nothing", "has no Vorbis, Opus or FLAC in part 2"],
  ])("are refused where they differ: %s and %s", async (first, second, message) => {
    const other = second === "nothing" ? withStream(file(first), 77).fill(0x58, 28, 36) : file(second);
    await expect(decodeAudio(Buffer.concat([file(first), other]))).rejects.toMatchObject({
      code: "audio_undecodable",
      message: expect.stringContaining(message),
    });
  });
});

function file(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../fixtures/recordings/${name}`, import.meta.url)));
}

/** An Ogg file whose pages have another stream's number; any other file as it is. */
function withStream(bytes: Uint8Array, stream: number): Buffer {
  const copy = Buffer.from(bytes);
  if (!copy.subarray(0, 4).equals(Buffer.from("OggS"))) return copy;
  for (const page of oggPages(copy)) copy.writeUInt32BE(stream, page.bytes.byteOffset - copy.byteOffset + 14);
  return copy;
}
