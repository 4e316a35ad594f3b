import { crc32, deflateSync } from "node:zlib";
import type { FieldKind, TaskField } from "@menagerie/core";

/** Two inputs of one kind that have nothing in common, made here so that a model can be asked where no file is at hand. */
export type Made = "first" | "second";

/** What the inputs are, in words. */
export const madeWords: Readonly<Partial<Record<FieldKind, string>>> = {
  image: "made pictures of 320 x 240",
  audio: "made recordings of a second",
  text: "short texts",
};

/** @throws TypeError for a field that holds neither a picture, a recording nor a text */
export function madeInput({ kind, name }: Pick<TaskField, "kind" | "name">, which: Made): Uint8Array | string {
  if (kind === "image") return png(320, 240, which === "first" ? sunset : tiles);
  if (kind === "audio") return wav(which === "first" ? tone : hiss);
  if (kind === "text") return which === "first" ? "a photo of a cat" : "two red cars in the rain";
  throw new TypeError(`Nothing is made for the field "${name}" of the kind ${kind}`);
}

type Colour = readonly [red: number, green: number, blue: number];

/** A disc before a smooth sky. */
function sunset(x: number, y: number): Colour {
  if (Math.hypot(x - 110, y - 90) < 45) return [250, 220, 90];
  return y < 170 ? [200 - y / 2, 90 + y / 3, 120 + x / 4] : [30, 60 + (y - 170) / 2, 40];
}

/** Tiles with a grain that no two pixels share. */
function tiles(x: number, y: number): Colour {
  const grain = ((x * 73_856_093) ^ (y * 19_349_663)) & 63;
  return ((x >> 5) + (y >> 5)) % 2 === 0
    ? [20 + grain, 40 + grain, 150 + grain]
    : [190 + grain, 180 + grain, 60 + grain];
}

const rate = 16_000;

/** A voice's pitch with overtones, swelling. */
function tone(second: number): number {
  const wave = [1, 2, 3, 5].reduce((sum, n) => sum + Math.sin(2 * Math.PI * 140 * n * second) / n, 0);
  return 0.3 * wave * Math.sin(Math.PI * second);
}

/** Noise that rises, the same at every call. */
function hiss(second: number): number {
  const turns = Math.sin(second * rate * 12.9898) * 43_758.5453;
  return 0.4 * second * (2 * (turns - Math.floor(turns)) - 1);
}

function png(width: number, height: number, colour: (x: number, y: number) => Colour): Uint8Array {
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) rows.set(colour(x, y).map(Math.round), y * (1 + width * 3) + 1 + x * 3);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits a channel, red, green, blue.
  header.set([8, 2], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = [chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))];
  return new Uint8Array(Buffer.concat([signature, ...chunks]));
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** One channel of 16 bits. */
function wav(level: (second: number) => number): Uint8Array {
  const bytes = Buffer.alloc(44 + rate * 2);
  bytes.write("RIFF", 0, "latin1");
  bytes.writeUInt32LE(36 + rate * 2, 4);
  bytes.write("WAVEfmt ", 8, "latin1");
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36, "latin1");
  bytes.writeUInt32LE(rate * 2, 40);
  for (let i = 0; i < rate; i++)
    bytes.writeInt16LE(Math.round(32_767 * Math.min(1, Math.max(-1, level(i / rate)))), 44 + i * 2);
  return new Uint8Array(bytes);
}
