import type { PixelWindow, RgbImage } from "./rgb-image.ts";

/** The part of a picture inside `window`; the picture itself where that is all of it. */
export function copyWindow(image: RgbImage, { left, top, right, bottom }: PixelWindow): RgbImage {
  const width = right - left;
  if (width === image.width && bottom - top === image.height) return image;
  const data = new Uint8Array(width * (bottom - top) * 3);
  for (let y = top; y < bottom; y++) {
    const from = (y * image.width + left) * 3;
    data.set(image.data.subarray(from, from + width * 3), (y - top) * width * 3);
  }
  return { data, width, height: bottom - top };
}
