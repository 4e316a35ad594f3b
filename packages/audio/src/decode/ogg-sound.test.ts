import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodeAudio } from "./decode-audio.ts";
import { oggPages } from "./ogg-packets.ts";

test.each(["vorbis-mono-16000.ogg", "opus-mono.opus", "flac.ogg"])(
  "sound beside video in Ogg is heard: %s",
  async (name) => {
    const file = new Uint8Array(readFileSync(new URL(`../../fixtures/recordings/${name}`, import.meta.url)));
    const [first, ...rest] = [...oggPages(file)].map(({ bytes }) => bytes) as [Uint8Array, ...Uint8Array[]];
    // The first page of a video comes first, its others between those of the sound.
    const video = Buffer.concat([
      page(true, "\x80theora"),
      first,
      ...rest.flatMap((bytes) => [page(false, "frame"), bytes]),
    ]);
    const { channels, sampleRate } = await decodeAudio(video);
    const plain = await decodeAudio(file);
    expect(sampleRate).toBe(plain.sampleRate);
    expect(channels).toEqual(plain.channels);
  },
);

test("an Ogg file with nothing but video is refused", async () => {
  await expect(decodeAudio(Buffer.concat([page(true, "\x80theora"), page(false, "frame")]))).rejects.toMatchObject({
    code: "audio_undecodable",
    message: expect.stringContaining("no Vorbis, Opus or FLAC"),
  });
});

function page(isFirst: boolean, content: string): Buffer {
  const header = Buffer.alloc(28);
  header.write("OggS");
  header[5] = isFirst ? 2 : 0;
  header.writeUInt32LE(99, 14);
  header[26] = 1;
  header[27] = content.length;
  return Buffer.concat([header, Buffer.from(content, "latin1")]);
}
