import { ModelError } from "@menagerie/core";

/** No picture, plane or mask that is made here is larger; more is a crash or a very long wait. */
const mostPixels = 2 ** 28;
const longestSide = 2 ** 18;

/**
 * The number of pixels of a picture, plane or mask of these sides.
 * @throws ModelError `input_invalid` unless both are positive integers, `image_too_large` beyond 2^28 pixels or 2^18 on a side
 */
export function checkSides(width: number, height: number): number {
  const details = { width, height };
  if (!(Number.isSafeInteger(width) && Number.isSafeInteger(height) && width > 0 && height > 0))
    throw new ModelError(
      "input_invalid",
      `A size of ${width} x ${height} has no pixels: both sides must be positive integers.`,
      { details },
    );
  if (width * height <= mostPixels && Math.max(width, height) <= longestSide) return width * height;
  throw new ModelError(
    "image_too_large",
    `A size of ${width} x ${height} is too much: ${mostPixels} pixels are the limit, and ${longestSide} on a side.`,
    { details },
  );
}
