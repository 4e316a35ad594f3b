import { expect, test } from "vitest";
import { decodeAudio } from "./decode-audio.ts";

// `ffmpeg -i` hears all three samples of each.
test.each([
  ["with a place for its samples of 0", 0, 6],
  ["with a size of 0", 24, 0],
  ["of which the writer did not know the size", 24, 0xffffffff],
])("an AU file %s is heard from its header to its end", async (_, start, size) => {
  const header = Buffer.alloc(24);
  for (const [i, value] of [start, size, 3, 8000, 1].entries()) header.writeUInt32BE(value, 4 + 4 * i);
  header.write(".snd");
  const { channels } = await decodeAudio(Buffer.concat([header, Buffer.from([0x40, 0, 0xc0, 0, 0x20, 0])]));
  expect(channels).toEqual([Float32Array.of(0.5, -0.5, 0.25)]);
});
