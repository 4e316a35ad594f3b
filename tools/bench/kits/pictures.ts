import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mixedInteger } from "@menagerie/testing";
import sharp from "sharp";

export interface BenchPicture {
  readonly name: string;
  readonly file: string;
  readonly width: number;
  readonly height: number;
}

const sizes = [
  { name: "VGA", width: 641, height: 480 },
  { name: "1080p", width: 1920, height: 1080 },
  { name: "12 MP", width: 4000, height: 3000 },
] as const;

/** JPEGs with about a photograph's detail: noise in octaves, each weaker than the one twice as coarse, and a few discs. */
export async function writeBenchPictures(folder: string): Promise<readonly BenchPicture[]> {
  return Promise.all(
    sizes.map(async ({ name, width, height }) => {
      const file = join(folder, `${name.replace(" ", "")}.jpg`);
      const pixels = landscape(width, height);
      await writeFile(
        file,
        await sharp(pixels, { raw: { width, height, channels: 3 } })
          .jpeg({ quality: 88 })
          .toBuffer(),
      );
      return { name, file, width, height };
    }),
  );
}

function landscape(width: number, height: number): Uint8Array {
  const pixels = new Uint8Array(width * height * 3);
  const largest = 2 ** Math.floor(Math.log2(Math.min(width, height)));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let [detail, strength] = [0, 60];
      for (let cell = largest; cell >= 2; cell /= 2) {
        detail += strength * smoothNoise(x / cell, y / cell, cell);
        strength *= 0.62;
      }
      const i = (y * width + x) * 3;
      const ring = Math.hypot(x - width * 0.6, y - height * 0.4) < height * 0.2 ? 50 : 0;
      pixels[i] = clamp(120 + detail + ring);
      pixels[i + 1] = clamp(110 + detail * 0.9 + (40 * y) / height);
      pixels[i + 2] = clamp(100 + detail * 0.7 + (60 * x) / width - ring);
    }
  }
  return pixels;
}

/** Between -1 and 1, smooth between the corners of a grid. */
function smoothNoise(x: number, y: number, seed: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [u, v] = [fade(x - left), fade(y - top)];
  const at = (dx: number, dy: number) =>
    mixedInteger((left + dx) * 7919 + (top + dy) * 104_729 + seed * 31) / 2 ** 31 - 1;
  const upper = at(0, 0) * (1 - u) + at(1, 0) * u;
  return upper * (1 - v) + (at(0, 1) * (1 - u) + at(1, 1) * u) * v;
}

const fade = (t: number): number => t * t * (3 - 2 * t);
const clamp = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));
