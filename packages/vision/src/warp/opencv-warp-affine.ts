import { ModelError } from "@menagerie/core";
import type { Size } from "../geometry/size.ts";
import { checkSides } from "../picture-sides.ts";
import type { RgbImage } from "../rgb-image.ts";
import { roundHalfToEven } from "../round-half-to-even.ts";
import type { AffineMatrix } from "./similarity.ts";

/**
 * `cv2.warpAffine` of a uint8 picture with INTER_LINEAR and a black border, within one level of OpenCV 5.
 *
 * @param matrix from the picture's pixels to the result's
 * @throws ModelError `input_invalid` for a matrix that cannot be inverted or a size without pixels
 */
export function opencvWarpAffine(image: RgbImage, matrix: AffineMatrix, size: Size): RgbImage {
  const { width, height } = size;
  const data = new Uint8Array(checkSides(width, height) * 3);
  checkSides(image.width, image.height);
  const f = Math.fround;
  const [a, b, c, d, e, shift] = inverse(matrix).map(f) as unknown as AffineMatrix;
  let write = 0;
  for (let y = 0; y < height; y++) {
    const rowX = f(f(b * y) + c);
    const rowY = f(f(e * y) + shift);
    for (let x = 0; x < width; x++, write += 3) {
      const atX = f(a * x + rowX);
      const atY = f(d * x + rowY);
      const left = Math.floor(atX);
      const top = Math.floor(atY);
      if (left < -1 || top < -1 || left >= image.width || top >= image.height) continue;
      blend(image, left, top, atX - left, atY - top, data, write);
    }
  }
  return { data, width, height };
}

function blend(
  { data, width, height }: RgbImage,
  left: number,
  top: number,
  fractionX: number,
  fractionY: number,
  result: Uint8Array,
  write: number,
): void {
  const f = Math.fround;
  const hasLeft = left >= 0;
  const hasRight = left + 1 < width;
  const hasTop = top >= 0;
  const hasBottom = top + 1 < height;
  const at = (top * width + left) * 3;
  const below = at + width * 3;
  for (let channel = 0; channel < 3; channel++) {
    const p00 = hasTop && hasLeft ? (data[at + channel] as number) : 0;
    const p01 = hasTop && hasRight ? (data[at + 3 + channel] as number) : 0;
    const p10 = hasBottom && hasLeft ? (data[below + channel] as number) : 0;
    const p11 = hasBottom && hasRight ? (data[below + 3 + channel] as number) : 0;
    const upper = f(fractionX * (p01 - p00) + p00);
    const lower = f(fractionX * (p11 - p10) + p10);
    result[write + channel] = roundHalfToEven(f(fractionY * f(lower - upper) + upper));
  }
}

function inverse([a, b, c, d, e, f]: AffineMatrix): AffineMatrix {
  const determinant = a * e - b * d;
  if (determinant === 0 || !Number.isFinite(determinant + c + f))
    throw new ModelError("input_invalid", "The matrix of an affine warp must be finite and have an inverse.", {
      details: { matrix: [a, b, c, d, e, f] },
    });
  const [ia, ib, id, ie] = [e / determinant, -b / determinant, -d / determinant, a / determinant];
  return [ia, ib, -ia * c - ib * f, id, ie, -id * c - ie * f];
}
