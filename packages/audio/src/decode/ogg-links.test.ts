import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodeAudio } from "./decode-audio.ts";
import { oggPages } from "./ogg-packets.ts";

// ffmpeg, opusdec and oggdec give these lengths: the positions of the last whole page, without what Opus skips.
test.each([
  ["opus-stereo.opus", 9600 - 312],
  ["opus-mono.opus", 9600 - 312],
  ["vorbis-stereo-44100.ogg", 14_016],
  ["vorbis-mono-16000.ogg", 19_072],
])("an Ogg file that ends within a page is heard up to the page before: %s", async (name, frames) => {
  const whole = new Uint8Array(readFileSync(new URL(`../../fixtures/recordings/${name}`, import.meta.url)));
  const { channels } = await decodeAudio(whole);
  const file = name.endsWith(".opus") ? withLastPageInTwo(whole, 10, 9600) : whole;
  for (const missing of [1, 100, 300]) {
    const heard = await decodeAudio(file.subarray(0, -missing));
    expect(heard.channels).toEqual(channels.map((samples) => samples.slice(0, frames)));
  }
});

/** The file with the first packets of its last page, each of one segment, in a page that ends at a position. */
function withLastPageInTwo(file: Uint8Array, packets: number, position: number): Uint8Array {
  const { bytes, lacing } = [...oggPages(file)].at(-1) as { bytes: Uint8Array; lacing: Uint8Array };
  const [header, rest] = [Buffer.from(bytes.subarray(0, 27)), bytes.subarray(27 + lacing.length)];
  const size = lacing.subarray(0, packets).reduce((sum, length) => sum + length, 0);
  const [first, second] = [Buffer.from(header), Buffer.from(header)];
  first[5] = 0;
  first.writeBigInt64LE(BigInt(position), 6);
  first[26] = packets;
  second.writeUInt32LE(header.readUInt32LE(18) + 1, 18);
  second[26] = lacing.length - packets;
  const [before, after] = [lacing.subarray(0, packets), lacing.subarray(packets)];
  const start = file.subarray(0, file.length - bytes.length);
  const pages = [start, first, before, rest.subarray(0, size), second, after, rest.subarray(size)];
  return new Uint8Array(Buffer.concat(pages));
}

test("an Ogg file with more packets of a byte than a recording may last is refused before they are decoded", async () => {
  const headers = new Uint8Array(
    readFileSync(new URL("../../fixtures/recordings/vorbis-mono-16000.ogg", import.meta.url)),
  );
  const [first = new Uint8Array(0), second = first] = [...oggPages(headers)].map(({ bytes }) => bytes);
  const page = Buffer.alloc(27 + 2 * 255);
  page.set(first.subarray(0, 27));
  page[5] = 0;
  page.fill(255, 26, 27);
  page.fill(1, 27, 27 + 255);
  const file = Buffer.concat([first, second, ...Array.from({ length: 1000 }, () => page)]);
  await expect(decodeAudio(file)).rejects.toMatchObject({
    code: "audio_too_large",
    message: expect.stringContaining("lasts 4080.0 s or longer; the limit is 3600 s"),
  });
});
