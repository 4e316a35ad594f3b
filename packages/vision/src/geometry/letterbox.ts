import { checkSides } from "../picture-sides.ts";
import type { LetterboxResize } from "../preprocessing/image-preprocessing.ts";
import { roundHalfToEven } from "../round-half-to-even.ts";
import type { Size } from "./size.ts";

export interface LetterboxGeometry {
  /** The scaled picture. */
  readonly resized: Size;
  /** The whole rectangle. */
  readonly result: Size;
  /** Where in it the scaled picture begins. */
  readonly left: number;
  readonly top: number;
}

/**
 * A picture fitted into a rectangle with its aspect kept.
 *
 * By default as YOLO has it (behaviour of `LetterBox` of ultralytics 8.4): one scale, sides rounded half to even but
 * never to 0, the picture in the middle, an odd row or column of filling after it. With `center: false` and `rounding:
 * "floor"` as SCRFD has it (insightface): scaled by the tighter side, the other one cut to an integer, top left.
 * @throws ModelError `input_invalid` for sides or a stride that are no positive integers
 */
export function letterboxGeometry(size: Size, letterbox: LetterboxResize["letterbox"]): LetterboxGeometry {
  const { width, height, center = true, rounding = "half_even", auto = false, stride = 32 } = letterbox;
  checkSides(size.width, size.height);
  checkSides(width, height);
  checkSides(stride, stride);
  const resized = rounding === "floor" ? flooredSize(size, letterbox) : roundedSize(size, letterbox);
  let across = width - resized.width;
  let down = height - resized.height;
  if (auto) [across, down] = [across % stride, down % stride];
  const [left, right] = padding(across, center);
  const [top, bottom] = padding(down, center);
  return {
    resized,
    result: { width: left + resized.width + right, height: top + resized.height + bottom },
    left,
    top,
  };
}

function roundedSize(size: Size, { width, height, scaleup = true }: LetterboxResize["letterbox"]): Size {
  const fitting = Math.min(height / size.height, width / size.width);
  const scale = scaleup ? fitting : Math.min(fitting, 1);
  return {
    width: Math.max(roundHalfToEven(size.width * scale), 1),
    height: Math.max(roundHalfToEven(size.height * scale), 1),
  };
}

function flooredSize(size: Size, { width, height, scaleup = true }: LetterboxResize["letterbox"]): Size {
  if (!scaleup && size.width <= width && size.height <= height) return { width: size.width, height: size.height };
  const ratio = size.height / size.width;
  return ratio > height / width
    ? { width: Math.max(Math.trunc(height / ratio), 1), height }
    : { width, height: Math.max(Math.trunc(width * ratio), 1) };
}

function padding(missing: number, center: boolean): [before: number, after: number] {
  if (!center) return [0, missing];
  // A tenth of a pixel decides which side gets the odd one.
  return [roundHalfToEven(missing / 2 - 0.1), roundHalfToEven(missing / 2 + 0.1)];
}
