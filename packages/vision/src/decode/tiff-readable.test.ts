import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isModelError } from "@menagerie/core";
import { describe, expect, it } from "vitest";
import { decodeImage } from "./decode-image.ts";
import { defaultImageLimits } from "./image-limits.ts";

// By tools/export/vision/tiff_kinds.py: what Pillow 13 and OpenCV 5 read of each kind; "-" for none.
const kinds: Record<string, string> = JSON.parse(
  readFileSync(new URL("../../fixtures/tiff-kinds.json", import.meta.url), "utf8"),
);

// Kinds that are refused here though the reader has something for them.
const refusedHere: Readonly<Record<string, RegExp>> = {
  // libtiff takes the second plane for colours.
  opencv: /^(?:white|black) 2a. \S+ planes$/,
  pillow: /^$/,
};
// Pillow takes 16-bit planes that are not compressed for planes of bytes: here they are read as they are meant.
const readOtherwise = /^(?:rgb|ink) (?:3|4|4a2) u16 planes$/;

describe("a TIFF of any kind of samples", () => {
  it.each(["pillow", "opencv"] as const)(
    "is read to the bytes that %s reads, or refused by name where it is refused there",
    async (reader) => {
      for (const [name, digests] of Object.entries(kinds)) {
        const expected = digests.split(" ")[reader === "pillow" ? 0 : 1];
        const image = await decodeImage(tiffOf(name), defaultImageLimits, reader).catch((error: unknown) => error);
        if (expected === "-" || refusedHere[reader]?.test(name)) {
          expect(isModelError(image) ? image.message : "read", name).toMatch(
            /^The TIFF picture is not decoded: its samples are .*, which (?:Pillow 13|OpenCV 5) does not read\. Convert it, for example with: magick picture\.tif -depth 8 picture\.png/,
          );
        } else if (!(reader === "pillow" && readOtherwise.test(name))) {
          expect(image, name).toMatchObject({ width: 9, height: 7 });
          expect(digestOf((image as { data: Uint8Array }).data), name).toBe(expected);
        }
      }
    },
  );

  it("is refused with what its samples are", async () => {
    await expect(decodeImage(tiffOf("rgb 3 f32 le"))).rejects.toMatchObject({
      code: "image_undecodable",
      message: expect.stringContaining("its samples are 32-bit floating-point numbers, 3 a pixel (RGB)"),
      details: { bits: 32, colours: 2, numbers: 3, samples: 3 },
    });
  });
});

const width = 9;
const height = 7;

/** The file that tools/export/vision/tiff_kinds.py makes for this name. */
function tiffOf(name: string): Uint8Array {
  const [colours = "", layout = "", kind = "", form = ""] = name.split(" ");
  const isLittle = form !== "be";
  const [samples, extra] = layout.split("a").map(Number) as [number, number | undefined];
  const bits = Number(kind.slice(1));
  const planes = form === "planes" ? samples : 1;
  const dataBytes = (width * height * samples * bits) / 8;
  const each = <Value>(value: Value): Value[] => new Array<Value>(samples).fill(value);
  const tags: [number, number[]][] = [
    [256, [width]],
    [257, [height]],
    [258, each(bits)],
    [259, [1]],
    [262, [{ white: 0, black: 1, rgb: 2, ink: 5 }[colours] as number]],
    [273, new Array<number>(planes).fill(0)],
    [277, [samples]],
    [278, [height]],
    [279, new Array<number>(planes).fill(dataBytes / planes)],
    [284, [form === "planes" ? 2 : 1]],
    ...(extra === undefined ? [] : [[338, [extra]] as [number, number[]]]),
    [339, each({ u: 1, i: 2, f: 3 }[kind[0] as "u" | "i" | "f"])],
  ];
  let apart = 8 + 2 + 12 * tags.length + 4;
  const dataAt = apart + tags.reduce((sum, [, { length }]) => sum + (length > 2 ? 2 * length : 0), 0);
  const bytes = new Uint8Array(dataAt + dataBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from(isLittle ? "II" : "MM"));
  view.setUint16(2, 42, isLittle);
  view.setUint32(4, 8, isLittle);
  view.setUint16(8, tags.length, isLittle);
  for (const [i, [tag, numbers]] of tags.entries()) {
    const at = 10 + 12 * i;
    view.setUint16(at, tag, isLittle);
    view.setUint16(at + 2, 3, isLittle);
    view.setUint32(at + 4, numbers.length, isLittle);
    const isApart = numbers.length > 2;
    if (isApart) view.setUint32(at + 8, apart, isLittle);
    for (const [j, number] of numbers.entries()) {
      const value = tag === 273 ? dataAt + j * (dataBytes / planes) : number;
      view.setUint16((isApart ? apart : at + 8) + 2 * j, value, isLittle);
    }
    if (isApart) apart += 2 * numbers.length;
  }
  for (let i = 0; i < width * height * samples; i++) writeSample(view, dataAt + (i * bits) / 8, kind, i, isLittle);
  return bytes;
}

function writeSample(view: DataView, at: number, kind: string, i: number, isLittle: boolean): void {
  const wide = ((37 * i + 11) % 300) - (kind.startsWith("u") ? 0 : 20);
  if (kind.endsWith("8")) view.setUint8(at, ((37 * i + 11) % 256) - (kind === "i8" ? 128 : 0));
  else if (kind === "f16") view.setUint16(at, i, isLittle);
  else if (kind.endsWith("16"))
    view.setUint16(at, ((9973 * i + 11) % 65_536) - (kind === "i16" ? 32_768 : 0), isLittle);
  else if (kind === "f32") view.setFloat32(at, wide, isLittle);
  else if (kind === "f64") view.setFloat64(at, wide, isLittle);
  else if (kind === "u64") view.setBigUint64(at, BigInt(wide), isLittle);
  else view.setInt32(at, wide, isLittle);
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}
