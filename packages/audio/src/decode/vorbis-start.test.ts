import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodeAudio } from "./decode-audio.ts";
import { vorbisStart } from "./vorbis-start.ts";

const file = new Uint8Array(
  readFileSync(new URL("../../fixtures/recordings/vorbis-stereo-44100.ogg", import.meta.url)),
);
const pages = [...Buffer.from(file).toString("latin1").matchAll(/OggS/g)].map(({ index }) => index);

test("the start of a Vorbis file goes to the end of its second page of sound, and is none where its headers are cut", () => {
  // The identification header, the two others, and sound.
  expect(vorbisStart(file)).toBe(pages[4] ?? file.length);
  expect(vorbisStart(file.subarray(0, pages[3]))).toBe(pages[3]);
  expect(vorbisStart(file.subarray(0, pages[1]))).toBeUndefined();
  expect(vorbisStart(new Uint8Array(0))).toBeUndefined();
});

test("a file of nothing but headers is refused at once, however long", async () => {
  const header = file.subarray(0, pages[1]);
  const long = new Uint8Array(Buffer.concat(Array.from({ length: 8000 }, () => header)));
  const started = performance.now();
  await expect(decodeAudio(long)).rejects.toMatchObject({ code: "audio_undecodable" });
  // About four seconds, when each kilobyte was a call of a decoder without headers.
  expect(performance.now() - started).toBeLessThan(3000);
});
