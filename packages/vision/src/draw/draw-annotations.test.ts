import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { seededPicture } from "../../fixtures/resample-cases.ts";
import type { RgbImage } from "../rgb-image.ts";
import type { Annotation } from "./annotation.ts";
import { contrastingColour, depthRamp, distinctColour } from "./colour.ts";
import { drawAnnotations, drawingFormatOf } from "./draw-annotations.ts";
import { textSvg, textWidth, wrapText } from "./stroke-font.ts";

// A Buffer, as decoders give it: its slice() shares its bytes.
const grey: RgbImage = { data: Buffer.alloc(700 * 650 * 3, 128), width: 700, height: 650 };
const box: Annotation = { kind: "box", box: [100, 200, 400, 500], label: "cat", score: 0.9 };

describe("drawAnnotations", () => {
  it.each(["png", "jpeg", "webp"] as const)(
    "writes %s, as large as the picture where nothing stands below",
    async (format) => {
      const header = await sharp(await drawAnnotations(grey, [box], { format })).metadata();
      expect([header.format, header.width, header.height]).toEqual([format, 700, 650]);
    },
  );

  it("puts a box's colour on its edge and leaves its inside alone", async () => {
    const pixel = await pixels(await drawAnnotations(grey, [box]));
    expect(distance(pixel(100, 350), distinctColour(0))).toBeLessThan(40);
    expect(pixel(250, 350)).toEqual([128, 128, 128]);
    expect(pixel(600, 600)).toEqual([128, 128, 128]);
  });

  it("gives equal labels equal colours and other labels others", async () => {
    const other = (left: number, label: string): Annotation => ({
      kind: "box",
      box: [left, 300, left + 50, 400],
      label,
    });
    const pixel = await pixels(await drawAnnotations(grey, [other(100, "cat"), other(300, "dog"), other(500, "cat")]));
    expect(pixel(100, 350)).toEqual(pixel(500, 350));
    expect(distance(pixel(100, 350), pixel(300, 350))).toBeGreaterThan(60);
  });

  it("tints a mask, a class and a depth map, without touching the picture it was given", async () => {
    const bytes = await sharp(grey.data, { raw: { width: 700, height: 650, channels: 3 } })
      .png()
      .toBuffer();
    const half = Uint8Array.from({ length: 700 * 650 }, (_, i) => (i % 700 < 350 ? 1 : 0));
    const plane = { data: half, width: 700, height: 650 };
    const depth = { data: Float32Array.from(half), width: 700, height: 650 };
    for (const annotation of [
      { kind: "mask", mask: plane },
      { kind: "segmentation", classes: plane, names: ["background", "cat"], unpainted: [0] },
    ] as const) {
      const pixel = await pixels(await drawAnnotations(bytes, [annotation]));
      expect(distance(pixel(100, 100), [128, 128, 128])).toBeGreaterThan(30);
      expect(pixel(600, 100)).toEqual([128, 128, 128]);
      await drawAnnotations(grey, [annotation]);
    }
    const pixel = await pixels(await drawAnnotations(grey, [{ kind: "depth", depth }]));
    expect([pixel(100, 100), pixel(600, 100)]).toEqual([[...depthRamp().slice(-3)], [...depthRamp().slice(0, 3)]]);
    expect(grey.data.every((level) => level === 128)).toBe(true);
  });

  it("draws the lines of a skeleton between points that are seen, and no others", async () => {
    const points = [
      { x: 100, y: 100, score: 0.9 },
      { x: 300, y: 100, score: 0.9 },
      { x: 500, y: 100, score: 0.1 },
    ];
    const skeleton = [
      [0, 1],
      [1, 2],
    ] as const;
    const pixel = await pixels(await drawAnnotations(grey, [{ kind: "keypoints", points, skeleton }]));
    expect(pixel(200, 100)).not.toEqual([128, 128, 128]);
    expect(pixel(400, 100)).toEqual([128, 128, 128]);
  });

  it("puts captions and labels on a panel below, with any text in them", async () => {
    const nasty = `<script>&"'</svg>]]> \u0000 \u{1f600} 漢字 ${"w".repeat(400)}`;
    const drawn = await drawAnnotations(grey, [
      { kind: "caption", text: nasty },
      { kind: "classification", labels: [{ label: nasty, score: 0.5 }] },
      { ...box, label: nasty },
    ]);
    const { width, height } = await sharp(drawn).metadata();
    expect(width).toBe(700);
    expect(height).toBeGreaterThan(700);
  });

  it("enlarges a small picture so that its labels can be read", async () => {
    const { width, height } = await sharp(await drawAnnotations(seededPicture(1, 40, 30, 2), [])).metadata();
    expect([width, height]).toEqual([640, 480]);
  });

  it.each<[string, Annotation]>([
    ["a coordinate that is no number", { ...box, kind: "box", box: [Number.NaN, 0, 1, 1] }],
    ["half a point", { kind: "polygon", points: [1, 2, 3, 4, 5] }],
    ["a mask of another size", { kind: "mask", mask: { data: new Uint8Array(4), width: 2, height: 2 } }],
    ["a score that is no number", { kind: "classification", labels: [{ label: "a", score: Number.NaN }] }],
    ["a keypoint nowhere", { kind: "keypoints", points: [{ x: 1, y: Number.POSITIVE_INFINITY }], skeleton: [] }],
  ])("refuses %s, and says which annotation it is", async (_, annotation) => {
    await expect(drawAnnotations(grey, [box, annotation])).rejects.toMatchObject({
      code: "input_invalid",
      message: expect.stringContaining(`Annotation 2, a ${annotation.kind}`),
    });
  });

  it("refuses what its format cannot hold, too many annotations and no quality", async () => {
    const sliver = { data: new Uint8Array(20_000 * 3), width: 20_000, height: 1 };
    await expect(drawAnnotations(sliver, [], { format: "webp" })).rejects.toMatchObject({ code: "image_too_large" });
    expect((await drawAnnotations(sliver, [])).length).toBeGreaterThan(100);
    await expect(drawAnnotations(grey, new Array<Annotation>(2001).fill(box))).rejects.toMatchObject({
      code: "input_invalid",
    });
    for (const quality of [0, 101, 5.5, Number.NaN])
      await expect(drawAnnotations(grey, [], { format: "jpeg", quality })).rejects.toMatchObject({
        code: "input_invalid",
      });
  });

  it("draws a label of any length in no time", async () => {
    const started = performance.now();
    await drawAnnotations(grey, [{ ...box, label: "w".repeat(200_000) }]);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it("draws any box with numbers in it, on slivers too", async () => {
    const coordinate = fc.double({ noNaN: true, noDefaultInfinity: true });
    const side = fc.constantFrom(1, 2, 700);
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(coordinate, coordinate, coordinate, coordinate),
        side,
        side,
        async (edges, width, height) => {
          const picture = { data: new Uint8Array(width * height * 3), width, height };
          const drawn = await drawAnnotations(picture, [{ kind: "box", box: edges, label: "x" }], { format: "jpeg" });
          expect(drawn.length).toBeGreaterThan(100);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe("drawingFormatOf", () => {
  it("goes by the ending, and refuses others", () => {
    expect(["a.png", "b/c.JPG", "d.jpeg", "e.webp"].map(drawingFormatOf)).toEqual(["png", "jpeg", "jpeg", "webp"]);
    for (const path of ["a.gif", "png", ""])
      expect(() => drawingFormatOf(path)).toThrow(expect.objectContaining({ code: "input_invalid" }));
  });
});

describe("the alphabet of strokes", () => {
  it("has a shape for every character of ASCII and for Latin letters with accents, and needs no font", () => {
    const box = textSvg("\u{1f600}", 0, 0, 14, "red");
    for (let code = 0x21; code < 0x7f; code++)
      expect(textSvg(String.fromCharCode(code), 0, 0, 14, "red")).not.toBe(box);
    for (const letter of "äÖüéèêçñåšžøßÆ") expect(textSvg(letter, 0, 0, 14, "red")).not.toContain("M0 1H8V14H0Z");
    expect(textSvg("é<text>", 0, 0, 14, "red")).not.toContain("<text");
  });

  it("wraps at spaces, breaks words that are too long, and loses nothing", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.integer({ min: 40, max: 400 }), (text, width) => {
        const lines = wrapText(text, width, 12);
        for (const line of lines) expect(textWidth(line, 12)).toBeLessThanOrEqual(width);
        expect(lines.join("").replaceAll(/\s/g, "")).toBe(text.replaceAll(/\s/g, ""));
      }),
    );
  });
});

describe("the colours", () => {
  it("put labels on a ground that they are readable on: WCAG's 4.5 to 1", () => {
    for (let i = 0; i < 300; i++) {
      const ground = distinctColour(i);
      const [a, b] = [luminance(ground), luminance(contrastingColour(ground))];
      expect((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)).toBeGreaterThan(4.5);
    }
  });

  it("rise in lightness all along the ramp of depth", () => {
    const ramp = depthRamp();
    for (let i = 1; i < 256; i++)
      expect(luminance(ramp.subarray(3 * i, 3 * i + 3))).toBeGreaterThan(luminance(ramp.subarray(3 * i - 3, 3 * i)));
  });
});

async function pixels(bytes: Uint8Array): Promise<(x: number, y: number) => number[]> {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return (x, y) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)];
}

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...[0, 1, 2].map((i) => Math.abs((a[i] as number) - (b[i] as number))));
}

function luminance(colour: ArrayLike<number>): number {
  const [red = 0, green = 0, blue = 0] = Array.from(colour, (level) => {
    const value = level / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
