import { expect, test } from "vitest";
import { decodeAudio } from "./decode-audio.ts";

test("a CAF file whose samples are narrower than their packets is refused with the numbers", async () => {
  const samples = Buffer.from([0x40, 0, 0, 0, 0xc0, 0, 0, 0, 0x20, 0, 0, 0]);
  expect((await decodeAudio(cafFile(24, 3, samples))).channels[0]).toHaveLength(4);
  await expect(decodeAudio(cafFile(24, 4, samples))).rejects.toMatchObject({
    code: "audio_undecodable",
    message: expect.stringContaining("A CAF file with 24 bits of 1 channels in packets of 4 bytes is not decoded here"),
  });
});

/** PCM of one channel, the upper byte first. */
function cafFile(bits: number, packetBytes: number, samples: Buffer): Buffer {
  const description = Buffer.alloc(32);
  description.writeDoubleBE(16_000);
  description.write("lpcm", 8);
  for (const [i, value] of [0, packetBytes, 1, 1, bits].entries()) description.writeUInt32BE(value, 12 + 4 * i);
  const size = (bytes: number): Buffer => Buffer.from([0, 0, 0, 0, 0, 0, 0, bytes]);
  const parts = [Buffer.from("caff\0\x01\0\0desc", "latin1"), size(32), description];
  return Buffer.concat([...parts, Buffer.from("data"), size(samples.length + 4), Buffer.alloc(4), samples]);
}
