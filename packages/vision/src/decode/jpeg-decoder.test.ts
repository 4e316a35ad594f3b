import { readdirSync, readFileSync } from "node:fs";
import { mixedInteger } from "@menagerie/testing";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { PixelWindow } from "../rgb-image.ts";
import { decodeJpegWindow } from "./jpeg-decoder.ts";
import { type JpegFrame, readJpegFrame } from "./jpeg-frame.ts";

const pictures = new URL("../../fixtures/pictures/", import.meta.url);
const files = readdirSync(pictures).filter((name) => /\.jpe?g$/.test(name));
const ours = files.filter((name) => readJpegFrame(file(name)) !== undefined);

describe("a baseline JPEG", () => {
  it("is among the committed ones in every layout that is decoded here", () => {
    const layouts = ours.map((name) => {
      const { components, restartInterval } = readJpegFrame(file(name)) as JpegFrame;
      const [luma] = components;
      return `${components.length} ${luma?.across}x${luma?.down}${restartInterval > 0 ? " restarts" : ""}`;
    });
    expect(new Set(layouts)).toEqual(new Set(["1 1x1", "3 1x1", "3 2x1", "3 2x2", "3 2x2 restarts"]));
  });

  it.each(ours)("gives libjpeg's bytes of %s, whole and in part", async (name) => {
    await expectLibjpegsBytes(file(name), name.length);
  });

  it("gives libjpeg's bytes of 200 made-up ones, at every quality", async () => {
    for (let number = 0; number < 200; number++) {
      const random = (draw: number, below: number) => mixedInteger(number * 64 + draw) % below;
      const [width, height] = [1 + random(0, 90), 1 + random(1, 90)];
      const kind = number % 4;
      const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
        const noise = mixedInteger(i + number * 7919);
        return (
          [noise & 255, (noise & 1) * 255, ((i * 3 + Math.floor(i / width) * 5) >> 3) & 255, (i >> 5) & 255][kind] ?? 0
        );
      });
      const bytes = await sharp(pixels, { raw: { width, height, channels: 3 } })
        .jpeg({
          quality: [1, 20, 50, 75, 90, 95, 100][number % 7] ?? 75,
          chromaSubsampling: number % 2 === 0 ? "4:2:0" : "4:4:4",
          optimiseCoding: number % 3 === 0,
        })
        .toBuffer();
      await expectLibjpegsBytes(bytes, number);
    }
  });

  it("is another decoder's if it is progressive, in CMYK or RGB, or no JPEG", () => {
    const others = files.filter((name) => readJpegFrame(file(name)) === undefined);
    expect(others.join(" ")).toMatch(/progressive/);
    expect(others.join(" ")).toMatch(/cmyk/);
    expect(readJpegFrame(Buffer.from("no picture at all, but a text"))).toBeUndefined();
    expect(readJpegFrame(new Uint8Array())).toBeUndefined();
  });

  it("is given back when its data is broken, wherever it breaks off", () => {
    const bytes = file(ours.find((name) => /420/.test(name)) ?? "");
    const frame = readJpegFrame(bytes) as JpegFrame;
    const everything = { left: 0, top: 0, right: frame.width, bottom: frame.height };
    for (let end = frame.data; end < bytes.length - 40; end += 37)
      expect(decoded(bytes.subarray(0, end), frame, everything)).toBeUndefined();
  });
});

/** Compares with sharp, whose decoder is libjpeg-turbo. */
async function expectLibjpegsBytes(bytes: Uint8Array, seed: number): Promise<void> {
  const frame = readJpegFrame(bytes);
  // Two columns of chroma or fewer.
  if (frame === undefined) return;
  const { width, height } = frame;
  const random = (draw: number, below: number) => mixedInteger(seed * 31 + draw) % below;
  const [left, top] = [random(0, width), random(1, height)];
  const windows: PixelWindow[] = [
    { left: 0, top: 0, right: width, bottom: height },
    { left, top, right: left + 1 + random(2, width - left), bottom: top + 1 + random(3, height - top) },
  ];
  for (const window of windows) {
    const reference = await sharp(bytes, { ignoreIcc: true })
      .toColourspace("srgb")
      .extract({
        left: window.left,
        top: window.top,
        width: window.right - window.left,
        height: window.bottom - window.top,
      })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const pixels = reference.info.channels === 3 ? reference.data : Buffer.from(spread(reference.data));
    expect(Buffer.compare(decoded(bytes, frame, window) ?? Buffer.of(), pixels)).toBe(0);
  }
}

function decoded(bytes: Uint8Array, frame: JpegFrame, window: PixelWindow): Uint8Array | undefined {
  const pixels = new Uint8Array(3 * (window.right - window.left) * (window.bottom - window.top));
  return decodeJpegWindow(bytes, frame, window, pixels) ? pixels : undefined;
}

function spread(grey: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: grey.length * 3 }, (_, i) => grey[Math.floor(i / 3)] ?? 0);
}

function file(name: string): Uint8Array {
  return readFileSync(new URL(name, pictures));
}
