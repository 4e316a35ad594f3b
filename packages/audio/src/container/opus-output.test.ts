import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodeAudio } from "../decode/decode-audio.ts";

// `opusdec --float` and ffmpeg with libopus give this of the same files, within 3e-5.
test.each(["opus-stereo.opus", "opus-stereo.webm", "opus-stereo.mp4"])(
  "Opus is as loud as its header says: %s",
  async (name) => {
    const file = readFileSync(new URL(`../../fixtures/recordings/${name}`, import.meta.url));
    const { channels } = await decodeAudio(file);
    // -6 decibels in 256ths.
    if (name.endsWith("mp4")) file.writeInt16BE(-1536, file.indexOf("dOps") + 12);
    else file.writeInt16LE(-1536, file.indexOf("OpusHead") + 16);
    const gained = await decodeAudio(file);
    expect(gained.channels).toEqual(channels.map((samples) => samples.map((sample) => sample * 10 ** (-6 / 20))));
  },
);

test("the centre of Opus with loudspeakers comes after left and right", async () => {
  const file = readFileSync(new URL("../../fixtures/recordings/opus-stereo.opus", import.meta.url));
  const { channels } = await decodeAudio(file);
  // Three channels of one coupled stream: its left, silence, its right (RFC 7845, 5.1.1.2).
  const page = Buffer.concat([file.subarray(0, 28 + 19), Buffer.from([1, 1, 0, 255, 1])]);
  page[27] = 24;
  page[28 + 9] = 3;
  page[28 + 18] = 1;
  const surround = await decodeAudio(Buffer.concat([page, file.subarray(28 + 19)]));
  const [left, right] = channels as [Float32Array, Float32Array];
  expect(surround.channels).toEqual([left, right, new Float32Array(left.length)]);
});
