import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flacFile } from "../../fixtures/flac-file.ts";
import type { Recording } from "../signal/recording.ts";
import { decodeAudio } from "./decode-audio.ts";

interface Ending {
  readonly name: string;
  readonly bits: number;
  readonly channels: number;
  readonly frames: number;
  /** Of the bytes that `flac -d` writes, as tools/export/audio/odd_recordings.py found. */
  readonly digest: string;
  /** base64 */
  readonly flac: string;
}

const endings: readonly Ending[] = JSON.parse(
  readFileSync(new URL("../../fixtures/flac-endings.json", import.meta.url), "utf8"),
);

describe("a FLAC file", () => {
  it.each(endings)("is read whole, as flac -d reads it: $name", async ({ flac, bits, channels, frames, digest }) => {
    const bytes = new Uint8Array(Buffer.from(flac, "base64"));
    for (const file of [bytes, withoutTotal(bytes)]) {
      const recording = await decodeAudio(file);
      expect(recording.channels.map(({ length }) => length)).toEqual(Array(channels).fill(frames));
      expect(createHash("sha256").update(integers(recording, bits)).digest("hex").slice(0, 16)).toBe(digest);
    }
  });

  it("of 8,192 samples of silence, whose last frame has 12 bytes, has them all", async () => {
    // Made with libFLAC 1.4.3 from zeros.
    const base64 =
      "ZkxhQwAAACIQABAAAAALAAALA+gA8AAAIADOM4/miZd4qs/ChBTy2UmLhAAAKCAAAAByZWZlcmVuY2UgbGliRkxBQyAxLjQuMyAyMDIzMDYyMwAAAAD/+MUIAG8AAABlVf/4xQgBaAAAAAkt";
    const { channels } = await decodeAudio(new Uint8Array(Buffer.from(base64, "base64")));
    expect(channels).toEqual([new Float32Array(8192)]);
  });

  it("is read whole whatever the sizes of its frames and however it ends, with its length in the header or not", async () => {
    const length = fc.integer({ min: 1, max: 3000 });
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 3000 })), {
      minLength: 1,
      maxLength: 20,
    });
    const silentFrom = fc.double({ min: 0, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        length,
        sizes,
        silentFrom,
        fc.boolean(),
        fc.boolean(),
        async (frames, blockSizes, from, isStereo, isTold) => {
          const channels = (isStereo ? [1, 2] : [1]).map((seed) =>
            Int16Array.from({ length: frames }, (_, i) => (i < from * frames ? (i * i * 7919 * seed) << 3 : 0)),
          );
          const recording = await decodeAudio(flacFile({ channels, blockSizes, total: isTold ? frames : 0 }));
          expect(recording.channels).toEqual(
            channels.map((samples) => Float32Array.from(samples, (value) => value / 32_768)),
          );
        },
      ),
      { numRuns: 80 },
    );
  });

  it("cut anywhere within its frames is refused, also if its header does not tell the length", async () => {
    const channels = [Int16Array.from({ length: 300 }, (_, i) => i * 100)];
    const bytes = flacFile({ channels, blockSizes: [100], total: 0 });
    // 42 bytes of header, three frames of 214 bytes.
    for (let cut = 43; cut < bytes.length; cut += 7) {
      if ((cut - 42) % 214 === 0) continue;
      await expect(decodeAudio(bytes.subarray(0, cut))).rejects.toMatchObject({
        code: "audio_undecodable",
        message: expect.stringMatching(/truncated|has no samples/),
      });
    }
  });

  it("that does not tell its length is refused where bytes between its frames are none", async () => {
    const channels = [Int16Array.from({ length: 300 }, (_, i) => i * 100)];
    const bytes = flacFile({ channels, blockSizes: [100], total: 0 });
    const damaged = Buffer.concat([bytes.subarray(0, 256), Buffer.from("rubbish"), bytes.subarray(256)]);
    await expect(decodeAudio(damaged)).rejects.toMatchObject({
      message: expect.stringContaining("7 bytes after its frame 1 are none"),
    });
  });

  it("with bytes of something else after its last sample is read", async () => {
    const channels = [Int16Array.from({ length: 300 }, (_, i) => i * 100)];
    const bytes = flacFile({ channels, blockSizes: [100], total: 300 });
    const plain = await decodeAudio(bytes);
    for (const rest of [Buffer.alloc(64), Buffer.from("LYRICSBEGIN"), Buffer.from([0xff, 0xf8, 0xff, 0xff])]) {
      expect(await decodeAudio(Buffer.concat([bytes, rest]))).toEqual(plain);
    }
  });
});

/** The number of samples in the header as an encoder leaves it that writes to a pipe. */
function withoutTotal(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[21] = (copy[21] as number) & 0xf0;
  return copy.fill(0, 22, 26);
}

/** Little-endian, the channels by turns. */
function integers({ channels }: Recording, bits: number): Uint8Array {
  const bytes = Buffer.alloc(((channels[0]?.length ?? 0) * channels.length * bits) / 8);
  let at = 0;
  for (let i = 0; i < (channels[0]?.length ?? 0); i++) {
    for (const channel of channels) at = bytes.writeIntLE((channel[i] as number) * 2 ** (bits - 1), at, bits / 8);
  }
  return bytes;
}
