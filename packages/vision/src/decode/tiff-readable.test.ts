import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isModelError } from "@menagerie/core";
import { describe, expect, it } from "vitest";
import { tiffFile } from "../../fixtures/tiff-file.ts";
import { decodeImage } from "./decode-image.ts";
import type { DecodedImage } from "./decoded-image.ts";
import { defaultImageLimits } from "./image-limits.ts";

// By tools/export/vision/tiff_kinds.py: what Pillow 13 and OpenCV 5 read of each kind; "-" for none.
const kinds: Record<string, string> = JSON.parse(
  readFileSync(new URL("../../fixtures/tiff-kinds.json", import.meta.url), "utf8"),
);

// Compressed bytes whose bits are said to be reversed and are not, and strips or tiles that are not what the tags say of them: a reader may make something of them.
const isBroken = (name: string): boolean =>
  / (?:zip|lzw) fill2$| (?:more|fewer|sized|last-?|says)\d| no-rows /.test(name);

describe("a TIFF of any kind of samples", () => {
  it.each(["pillow", "opencv"] as const)(
    "is read to the bytes that %s reads, or refused by name: where it is refused there, and where it is not read here",
    async (reader) => {
      const outcomes = await Promise.all(
        Object.entries(kinds).map(async ([name, digests]) => {
          const expected = digests.split(" ")[reader === "pillow" ? 0 : 1];
          try {
            const digest = digestOf(await decodeImage(tiffFile(name).bytes, defaultImageLimits, reader));
            return digest === expected ? "read" : `${name}: ${digest} and not ${expected}`;
          } catch (error) {
            const isThere = expected === "-";
            const words = isBroken(name) ? /damaged|not read|its sides need \d+/ : isThere ? refusedThere : refusedHere;
            if (!words.test(isModelError(error) ? error.message : "")) return `${name}: ${error}`;
            return isThere ? "refused there" : "refused here";
          }
        }),
      );
      const counts: Record<string, number> = {};
      for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
      expect(counts).toEqual(expectedCounts[reader]);
    },
  );

  it("is refused with what its samples are", async () => {
    await expect(decodeImage(tiffFile("rgb 3 f32 le").bytes)).rejects.toMatchObject({
      code: "image_undecodable",
      message: expect.stringContaining("its samples are 32-bit floating-point numbers, 3 a pixel (RGB)"),
      details: { bits: 32, colours: 2, numbers: 3, samples: 3 },
    });
  });

  it("with one sample lies in one plane, whatever its tags say", async () => {
    for (const name of ["black 1 u1 le", "black 1 u8 be", "white 1 u4 le zip", "palette 1 u8 le"])
      expect((await decodeImage(tiffFile(`${name} planes`).bytes)).data, name).toEqual(
        (await decodeImage(tiffFile(name).bytes)).data,
      );
  });
});

describe("a TIFF whose tags and data are at odds", () => {
  const whole = tiffFile("rgb 3 u8 le zip tiles").bytes;

  it.each([
    ["is cut within", whole.slice(0, -200)],
    ["has bytes within that are no data", whole.with(whole.length - 300, (whole.at(-300) as number) ^ 255)],
    ["is compressed in a way that no decoder here knows", withTiffTag(whole, 259, 34_925)],
    ["is compressed in a way that nobody knows", withTiffTag(whole, 259, 12_345)],
  ])("is refused and not painted black where a tile %s", async (_, bytes) => {
    for (const reader of ["pillow", "opencv"] as const)
      await expect(decodeImage(bytes, defaultImageLimits, reader)).rejects.toMatchObject({ code: "image_undecodable" });
  });

  // ImageOps.exif_transpose(Image.open(…)).convert("RGB") of Pillow 13 gives black: ImagePalette.raw("RGB;L", b"".join(o8(b // 256) …)).
  it("has the upper bytes of its palette in Pillow's reading, also where somebody wrote bytes there", async () => {
    const bytes = withPalette(tiffFile("palette 1 u8 le").bytes, (value) => value >> 8);
    expect(new Set((await decodeImage(bytes)).data)).toEqual(new Set([0]));
    expect(new Set((await decodeImage(bytes, defaultImageLimits, "opencv")).data).size).toBeGreaterThan(9);
  });

  it("is refused in Pillow's reading with the strips or tiles that it has and ought to have", async () => {
    for (const [name, sentence] of [
      ["rgb 3 u8 le rows3 more2", "it has 5 strips, and its sides need 3"],
      ["rgb 3 u8 le rows3 fewer1", "it has 2 strips, and its sides need 3"],
      ["rgb 3 u8 le rows3 says0", "it has 3 strips, and its sides fit none"],
      ["rgb 3 u8 le planes more1", "it has 4 strips, and its sides need 3"],
      ["rgb 3 u8 le tiles more1", "it has 5 tiles, and its sides need 4"],
    ] as const)
      await expect(decodeImage(tiffFile(name).bytes), name).rejects.toMatchObject({
        code: "image_undecodable",
        message: expect.stringContaining(sentence),
      });
  });

  it("is refused in OpenCV's reading with the bytes of tiles that are no whole blocks of 1024", async () => {
    const { bytes } = tiffFile("rgb 3 u8 le tiles sides48x48");
    await expect(decodeImage(bytes, defaultImageLimits, "opencv")).rejects.toMatchObject({
      code: "image_undecodable",
      message: expect.stringContaining("its tiles have 6912 bytes, no multiple of 1024, which OpenCV 5 does not read"),
    });
    expect((await decodeImage(bytes)).width).toBe(40);
  });

  it("is refused in Pillow's reading with the size that its palette has and ought to have", async () => {
    const bytes = withTiffTag(tiffFile("palette 1 u8 le").bytes, 258, 4);
    await expect(decodeImage(bytes)).rejects.toMatchObject({
      code: "image_undecodable",
      message: expect.stringContaining("its palette has 768 numbers, and 48 belong to samples of 4 bits"),
    });
  });
});

function entryAt(bytes: Uint8Array, tag: number): DataView {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = view.getUint32(4, true) + 2;
  for (let at = start; ; at += 12)
    if (view.getUint16(at, true) === tag) return new DataView(bytes.buffer, bytes.byteOffset + at, 12);
}

function withTiffTag(bytes: Uint8Array, tag: number, value: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  entryAt(copy, tag).setUint16(8, value, true);
  return copy;
}

function withPalette(bytes: Uint8Array, change: (value: number) => number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const entry = entryAt(copy, 320);
  const numbers = new DataView(copy.buffer, entry.getUint32(8, true), 2 * entry.getUint32(4, true));
  for (let at = 0; at < numbers.byteLength; at += 2) numbers.setUint16(at, change(numbers.getUint16(at, true)), true);
  return copy;
}

const refusedThere = /which (?:Pillow 13|OpenCV 5) does not read\. Convert it, .*magick/;
const refusedHere = /which is not read here as (?:Pillow 13|OpenCV 5) reads it\. Convert it, .*magick/;

const expectedCounts = {
  pillow: { read: 483, "refused there": 888, "refused here": 213 },
  opencv: { read: 563, "refused there": 805, "refused here": 216 },
};

function digestOf({ data, width, height }: DecodedImage): string {
  const digest = createHash("sha256").update(data).digest("hex").slice(0, 16);
  return width > height ? digest : `${digest}/${width}x${height}`;
}
