import type { FloatPlane } from "../float-plane.ts";
import type { RgbImage } from "../rgb-image.ts";

/** OpenCV's weights of red, green and blue with 15 fractional bits (`COLOR_BGR2GRAY` on uint8); they sum to 1. */
const weights = [9798, 19235, 3735] as const;

/** Grey levels 0..255 as OpenCV rounds them, times float32 `scale`. */
export function opencvGrey({ data, width, height }: RgbImage, scale = 1): FloatPlane {
  const grey = new Float32Array(width * height);
  const factor = Math.fround(scale);
  for (let i = 0, read = 0; i < grey.length; i++, read += 3) {
    const sum =
      (data[read] as number) * weights[0] +
      (data[read + 1] as number) * weights[1] +
      (data[read + 2] as number) * weights[2];
    grey[i] = ((sum + 0x4000) >> 15) * factor;
  }
  return { data: grey, width, height };
}
