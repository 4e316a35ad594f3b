import type { Size } from "../geometry/size.ts";
import type { PixelWindow, RgbImage } from "../rgb-image.ts";
import type { Colour } from "./colour.ts";
import type { ImageReader } from "./image-reader.ts";

/** The frame of a GIF that is decoded. */
export interface GifFrame {
  /** Index of the colour that it declares transparent. */
  readonly transparent: number | undefined;
  /** Where its colour table begins, in bytes from the start of the file. */
  readonly table: number;
  /** Where it lies on the screen. */
  readonly window: PixelWindow;
}

/** @returns undefined where a block of an unknown kind comes before it, or the file ends */
export function firstGifFrame(bytes: Uint8Array): GifFrame | undefined {
  let transparent: number | undefined;
  let at = 13 + tableBytes(bytes[10]);
  while (at < bytes.length && bytes[at] !== 0x2c) {
    if (bytes[at] !== 0x21) return undefined;
    const flags = bytes[at + 3] ?? 0;
    if (bytes[at + 1] === 0xf9 && (flags & 1) === 1) transparent = bytes[at + 6];
    at += 2;
    while (at < bytes.length && bytes[at] !== 0) at += 1 + (bytes[at] as number);
    at++;
  }
  if (at + 10 > bytes.length) return undefined;
  const [left, top, width, height] = [1, 3, 5, 7].map((place) => word(bytes, at + place)) as [
    number,
    number,
    number,
    number,
  ];
  return {
    transparent,
    table: tableBytes(bytes[at + 9]) > 0 ? at + 10 : 13,
    window: { left, top, right: left + width, bottom: top + height },
  };
}

/**
 * The colour of pixels that the first frame leaves out or declares transparent. Pillow gives them the transparent colour, or
 * else the first one; OpenCV the background that the screen names, if its own table has it, or else black.
 */
export function gifGround(bytes: Uint8Array, reader: ImageReader): Colour {
  if (reader === "pillow") {
    const { transparent = 0, table = 13 } = firstGifFrame(bytes) ?? {};
    return colourAt(bytes, table + 3 * transparent);
  }
  const [packed = 0, index = 0] = bytes.subarray(10, 12);
  return 3 * index < tableBytes(packed) ? colourAt(bytes, 13 + 3 * index) : [0, 0, 0];
}

/**
 * Width and height that the file states. libvips takes some for invented (640 x 480, 800 x 600 …, or above 2048) and decodes no
 * more than the part up to where the first frame ends.
 */
export function gifScreen(bytes: Uint8Array): Size {
  return { width: word(bytes, 6), height: word(bytes, 8) };
}

/** A picture in the upper left corner of a larger screen, whose rest has one colour; itself where it has the screen's size. */
export function onScreen(image: RgbImage, screen: Size, [red, green, blue]: Colour): RgbImage {
  const [width, height] = [Math.max(image.width, screen.width), Math.max(image.height, screen.height)];
  if (width === image.width && height === image.height) return image;
  const data = new Uint8Array(3 * width * height);
  for (let at = 0; at < data.length; at += 3) {
    data[at] = red;
    data[at + 1] = green;
    data[at + 2] = blue;
  }
  const row = 3 * image.width;
  for (let y = 0; y < image.height; y++) data.set(image.data.subarray(y * row, (y + 1) * row), 3 * y * width);
  return { data, width, height };
}

/** Gives the pixels outside a window one colour, in place. */
export function fillOutside({ data, width, height }: RgbImage, window: PixelWindow, colour: Colour): void {
  const { left, top, right, bottom } = window;
  if (left === 0 && top === 0 && right >= width && bottom >= height) return;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      if (x < left || x >= right || y < top || y >= bottom) data.set(colour, at);
    }
  }
}

export function colourAt(table: Uint8Array, at: number): Colour {
  return [table[at] ?? 0, table[at + 1] ?? 0, table[at + 2] ?? 0];
}

/** Length of the colour table that a packed field announces. */
function tableBytes(packed = 0): number {
  return packed & 0x80 ? 3 << ((packed & 7) + 1) : 0;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 1] ?? 0) << 8) | (bytes[at] ?? 0);
}
