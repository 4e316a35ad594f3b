import { ModelError } from "@menagerie/core";

/**
 * The number of pixels of a picture, plane or mask of these sides.
 * @throws ModelError `input_invalid` unless both are positive integers.
 */
export function checkSides(width: number, height: number): number {
  if (Number.isSafeInteger(width) && Number.isSafeInteger(height) && width > 0 && height > 0) return width * height;
  throw new ModelError(
    "input_invalid",
    `A size of ${width} x ${height} has no pixels: both sides must be positive integers.`,
    {
      details: { width, height },
    },
  );
}
