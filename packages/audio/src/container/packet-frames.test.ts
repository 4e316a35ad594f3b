import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { defaultAudioLimits } from "../decode/audio-limits.ts";
import { decodeAudio } from "../decode/decode-audio.ts";
import { matroskaTrack } from "./matroska-track.ts";
import { opusFrames, packetCounter } from "./packet-frames.ts";

test.each([
  ["opus-stereo.mp4", 500],
  ["vorbis-mono.mp4", 1600],
])("packets of one byte that last too long together are refused before they are decoded: %s", async (name, seconds) => {
  const limits = { ...defaultAudioLimits, maxSeconds: 60 };
  await expect(decodeAudio(withShortPackets(name, 50_000), limits)).rejects.toMatchObject({
    code: "audio_too_large",
    message: expect.stringContaining(`lasts ${seconds.toFixed(1)} s or longer`),
  });
});

test("the first bytes of a packet of Opus tell how long it is", () => {
  // RFC 6716, table 2: SILK of 60 ms, hybrid of 20 ms, CELT of 2.5 ms; one frame, two, and a count of their own.
  expect(opusFrames(Uint8Array.of(3 << 3))).toBe(2880);
  expect(opusFrames(Uint8Array.of((13 << 3) | 1))).toBe(1920);
  expect(opusFrames(Uint8Array.of((16 << 3) | 3, 48))).toBe(5760);
});

test.each(["vorbis-mono.webm", "opus-stereo.webm", "mpeg-stereo.mkv", "flac.mka", "s16-stereo.mka"])(
  "packets tell how much their decoder gives: %s",
  async (name) => {
    const file = readFileSync(new URL(`../../fixtures/recordings/${name}`, import.meta.url));
    const { coding, packets, cut } = matroskaTrack(file);
    const counter = packetCounter(coding) as (packet: Uint8Array) => number;
    const counted = [...packets].reduce((sum, packet) => sum + counter(packet), 0);
    const { channels, sampleRate } = await decodeAudio(file);
    const left = [cut.skip, ...(cut.paddings?.values() ?? [])].reduce(
      (sum, each) => sum + Math.round(each * sampleRate),
      0,
    );
    expect(counted - left).toBe(channels[0]?.length);
  },
);

/** The file with so many packets of one zero each, by its tables. */
function withShortPackets(name: string, count: number): Uint8Array {
  const file = readFileSync(new URL(`../../fixtures/recordings/${name}`, import.meta.url));
  const at = (box: string): number => file.indexOf(box) + 4;
  file.writeUInt32BE(1, at("stsz") + 4);
  file.writeUInt32BE(count, at("stsz") + 8);
  file.writeUInt32BE(count, at("stsc") + 12);
  for (let i = 0; i < file.readUInt32BE(at("stco") + 4); i++)
    file.writeUInt32BE(file.length + 8, at("stco") + 8 + 4 * i);
  const sound = Buffer.alloc(8 + count);
  sound.writeUInt32BE(sound.length);
  sound.write("free", 4);
  return new Uint8Array(Buffer.concat([file, sound]));
}
