import { describe, expect, it } from "vitest";
import { orientationIn } from "./picture-orientation.ts";

/** Bytes of a directory entry: tag, type, count, value or offset. */
type Entry = readonly [tag: number, type: number, count: number, value: readonly number[]];

// What PIL.ImageOps.exif_transpose of Pillow 13 makes of a picture with these bytes as its Exif.
describe("the orientation in Exif", () => {
  it.each<[string, readonly Entry[], number]>([
    ["a short number", [[274, 3, 1, [6]]], 6],
    ["a long number", [[274, 4, 1, [5]]], 5],
    ["a signed byte", [[274, 6, 1, [3]]], 3],
    ["the first of two numbers", [[274, 3, 2, [6, 0, 3]]], 6],
    [
      "the first of two tags",
      [
        [274, 3, 1, [6]],
        [274, 3, 1, [3]],
      ],
      6,
    ],
    ["no number but bytes", [[274, 7, 1, [6]]], 1],
    ["a type that there is not", [[274, 99, 1, [6]]], 1],
    ["9", [[274, 3, 1, [9]]], 1],
    ["0", [[274, 3, 1, [0]]], 1],
    [
      "behind a tag whose values lie beyond the end",
      [
        [271, 2, 20, [200]],
        [274, 3, 1, [6]],
      ],
      1,
    ],
    [
      "behind a tag that claims more bytes than there are",
      [
        [271, 2, 1_000_000, [8]],
        [274, 3, 1, [6]],
      ],
      6,
    ],
  ])("is read where it is %s", (_, entries, orientation) => {
    expect(orientationIn({ exif: exifOf(entries), xmp: undefined })).toBe(orientation);
  });

  it.each([
    ["another kind of file", Buffer.from("XX*\0\x08\0\0\0\0\0")],
    ["cut off", exifOf([[274, 3, 1, [6]]]).subarray(0, 14)],
    ["three bytes", Buffer.from("II*")],
  ])("is 1 where Exif is %s", (_, exif) => {
    expect(orientationIn({ exif, xmp: undefined })).toBe(1);
  });

  it("comes before XMP's, which counts where Exif has none", () => {
    const xmp = '<rdf:Description tiff:Orientation="8"/>';
    expect(orientationIn({ exif: exifOf([[274, 3, 1, [6]]]), xmp })).toBe(6);
    expect(orientationIn({ exif: exifOf([[274, 3, 1, [0]]]), xmp })).toBe(1);
    expect(orientationIn({ exif: exifOf([[305, 2, 1, [65]]]), xmp })).toBe(8);
    expect(orientationIn({ exif: undefined, xmp: "<tiff:Orientation>3</tiff:Orientation>" })).toBe(3);
  });
});

function exifOf(entries: readonly Entry[]): Buffer {
  const bytes = Buffer.alloc(6 + 8 + 2 + 12 * entries.length + 4);
  bytes.write("Exif\0\0II*\0\x08", "latin1");
  bytes.writeUInt16LE(entries.length, 14);
  for (const [i, [tag, type, count, value]] of entries.entries()) {
    bytes.writeUInt16LE(tag, 16 + 12 * i);
    bytes.writeUInt16LE(type, 18 + 12 * i);
    bytes.writeUInt32LE(count, 20 + 12 * i);
    bytes.set(value, 24 + 12 * i);
  }
  return bytes;
}
