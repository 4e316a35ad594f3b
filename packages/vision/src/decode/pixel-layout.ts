import type { Colour } from "./colour.ts";

/** Interleaved pixels of any number of channels to RGB: a single grey channel is spread, a fourth one dropped. */
export function firstThree(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return data;
  const result = new Uint8Array((data.length / channels) * 3);
  const green = channels < 3 ? 0 : 1;
  const blue = channels < 3 ? 0 : 2;
  for (let read = 0, write = 0; read < data.length; read += channels, write += 3) {
    result[write] = data[read] as number;
    result[write + 1] = data[read + green] as number;
    result[write + 2] = data[read + blue] as number;
  }
  return result;
}

/** Interleaved pixels without what they have beyond four channels. */
export function firstFour(data: Uint8Array, channels: number): Uint8Array {
  if (channels <= 4) return data;
  const result = new Uint8Array((data.length / channels) * 4);
  for (let read = 0, write = 0; read < data.length; read += channels, write += 4)
    result.set(data.subarray(read, read + 4), write);
  return result;
}

/**
 * 16-bit grey to RGB as Pillow does it: every level above 255 becomes 255, so most such pictures turn white. A model's
 * official pipeline sees exactly that.
 */
export function clipGrey16(bytes: Uint8Array, channels: number): Uint8Array {
  const levels = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  const result = new Uint8ClampedArray((levels.length / channels) * 3);
  for (let read = 0, write = 0; read < levels.length; read += channels, write += 3) {
    result.fill(levels[read] as number, write, write + 3);
  }
  return new Uint8Array(result.buffer);
}

/** 16-bit levels from the other end, in place. */
export function invertGrey16(bytes: Uint8Array): void {
  const levels = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  for (const [i, level] of levels.entries()) levels[i] = 0xffff - level;
}

/** 16-bit grey to RGB as OpenCV's `imread` does it: the upper byte of every level. */
export function upperGrey16(bytes: Uint8Array, channels: number): Uint8Array {
  const levels = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  const result = new Uint8Array((levels.length / channels) * 3);
  for (let read = 0, write = 0; read < levels.length; read += channels, write += 3) {
    result.fill((levels[read] as number) >> 8, write, write + 3);
  }
  return result;
}

/** Ink to light as OpenCV's JPEG reader does it: each product divided by 256 and cut. */
export function cmykToRgbByOpenCv(data: Uint8Array): Uint8Array {
  const result = new Uint8Array((data.length / 4) * 3);
  for (let read = 0, write = 0; read < data.length; read += 4, write += 3) {
    const light = 255 - (data[read + 3] as number);
    for (let channel = 0; channel < 3; channel++)
      result[write + channel] = light - (((data[read + channel] as number) * light) >> 8);
  }
  return result;
}

/** Ink to light as libtiff does it for OpenCV: each product of light divided by 255 and cut. */
export function cmykToRgbByLibtiff(data: Uint8Array): Uint8Array {
  const result = new Uint8Array((data.length / 4) * 3);
  for (let read = 0, write = 0; read < data.length; read += 4, write += 3) {
    const light = 255 - (data[read + 3] as number);
    for (let channel = 0; channel < 3; channel++)
      result[write + channel] = Math.floor(((255 - (data[read + channel] as number)) * light) / 255);
  }
  return result;
}

/** Levels times their alpha, in place, as libtiff does it for OpenCV, which then drops the alpha. */
export function multiplyAlpha(rgba: Uint8Array): void {
  for (let at = 0; at < rgba.length; at += 4) {
    const alpha = rgba[at + 3] as number;
    for (let channel = 0; channel < 3; channel++)
      rgba[at + channel] = Math.floor(((rgba[at + channel] as number) * alpha + 127) / 255);
  }
}

/** Levels by their alpha, in place, as Pillow unpacks RGBa: divided, cut and clipped, and black where nothing shows. */
export function divideAlpha(rgba: Uint8Array): void {
  for (let at = 0; at < rgba.length; at += 4) {
    const alpha = rgba[at + 3] as number;
    if (alpha === 255) continue;
    for (let channel = 0; channel < 3; channel++)
      rgba[at + channel] = alpha === 0 ? 0 : Math.min(Math.floor((255 * (rgba[at + channel] as number)) / alpha), 255);
  }
}

/** 16-bit levels to 8 bits as libtiff does it for OpenCV: divided by 257 and rounded. */
export function bytesByLibtiff(bytes: Uint8Array): Uint8Array {
  const samples = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  return Uint8Array.from(samples, (sample) => Math.floor((sample + 128) / 257));
}

/** The upper bytes of 16-bit samples. */
export function upperBytes(bytes: Uint8Array): Uint8Array {
  const samples = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  return Uint8Array.from(samples, (sample) => sample >> 8);
}

/** Ink to light by Pillow's `cmyk2rgb` (Convert.c): no profile, each product divided by 255 and rounded. */
export function cmykToRgb(data: Uint8Array): Uint8Array {
  const result = new Uint8Array((data.length / 4) * 3);
  for (let read = 0, write = 0; read < data.length; read += 4, write += 3) {
    const light = 255 - (data[read + 3] as number);
    for (let channel = 0; channel < 3; channel++) {
      const product = (data[read + channel] as number) * light + 128;
      result[write + channel] = light - (((product >> 8) + product) >> 8);
    }
  }
  return result;
}

/** Gives the transparent pixels of RGBA data one colour, in place: a GIF decoder leaves them black. */
export function fillTransparent(rgba: Uint8Array, colour: Colour): void {
  for (let at = 0; at < rgba.length; at += 4) {
    if (rgba[at + 3] === 0) rgba.set(colour, at);
  }
}

/** Pixels of one colour to white, in place. */
export function paintWhite(rgb: Uint8Array, [red, green, blue]: Colour): void {
  for (let at = 0; at < rgb.length; at += 3) {
    if (rgb[at] === red && rgb[at + 1] === green && rgb[at + 2] === blue) rgb.fill(255, at, at + 3);
  }
}
