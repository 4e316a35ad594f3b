import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32, deflateSync } from "node:zlib";
import { mixedInteger } from "@menagerie/testing";

const fixtures = fileURLToPath(new URL("../../../packages/vision/fixtures/pictures/", import.meta.url));

/** The one picture whose levels are known here, `fuzzLevels(45, 31)`. */
export const knownPicture = "known.png";

/** Writes pictures that are larger than they look, and one that is known. */
export async function writeFuzzPictures(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const files: Readonly<Record<string, Uint8Array>> = {
    [knownPicture]: png(45, 31, filtered(fuzzLevels(45, 31), 45)),
    "sliver.png": png(3, 1900, filtered(fuzzLevels(3, 1900), 3)),
    "bomb-size.png": png(60_000, 60_000, Buffer.alloc(4_000_000)),
    "bomb-data.png": png(64, 64, Buffer.alloc(64_000_000)),
    "bomb-limit.png": png(2000, 2000, Buffer.alloc(2000 * 6001)),
    "bomb-text.png": png(64, 64, Buffer.alloc(64 * 193), Buffer.alloc(64_000_000)),
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
}

/** Those and the vision kit's fixtures: JPEG, PNG, WebP, GIF, TIFF, BMP, PNM and AVIF in all their kinds; in one order everywhere. */
export async function readFuzzPictures(folder: string): Promise<readonly (readonly [string, Uint8Array])[]> {
  const files = [folder, fixtures].map(async (place) =>
    (await readdir(place))
      .sort()
      .map(async (name) => [name, new Uint8Array(await readFile(join(place, name)))] as const),
  );
  return Promise.all((await Promise.all(files)).flat());
}

/** uint8 `[height, width, 3]`, slopes with noise. */
export function fuzzLevels(width: number, height: number): Uint8Array {
  return Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const x = Math.floor(i / 3) % width;
    return (x * 5 + Math.floor(i / (width * 3)) * 3 + (mixedInteger(i) & 31) + (i % 3) * 40) & 255;
  });
}

/** Rows of a PNG, each after the byte that says it is not filtered. */
function filtered(levels: Uint8Array, width: number): Buffer {
  const stride = width * 3;
  const rows = Array.from({ length: levels.length / stride }, (_, y) => levels.subarray(y * stride, (y + 1) * stride));
  return Buffer.concat(rows.flatMap((row) => [Buffer.alloc(1), row]));
}

/** A PNG of that size with the bytes as its rows, whatever their number, and maybe a compressed text. */
function png(width: number, height: number, rows: Buffer, text?: Buffer): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const comment =
    text === undefined ? [] : [chunk("zTXt", Buffer.concat([Buffer.from("Comment\0\0"), deflateSync(text)]))];
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return new Uint8Array(
    Buffer.concat([
      ...[
        signature,
        chunk("IHDR", header),
        ...comment,
        chunk("IDAT", deflateSync(rows)),
        chunk("IEND", Buffer.alloc(0)),
      ],
    ]),
  );
}

function chunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), body]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
