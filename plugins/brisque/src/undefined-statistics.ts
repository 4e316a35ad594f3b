import { ModelError } from "@menagerie/core";
import type { Size } from "@menagerie/vision";

/** Below this on a side even noise may lack values of one sign, in the picture or in its half. */
const fewPixels = 16;

/**
 * The error for a picture whose statistics BRISQUE cannot compute: each needs values below and above 0.
 * @param level the grey level 0..255 that every pixel has, if they all have one
 */
export function undefinedStatistics({ width, height }: Size, level: number | undefined): ModelError {
  const isSmall = Math.min(width, height) < fewPixels;
  const flat =
    level === undefined
      ? "nearly flat: its contrast all goes one way"
      : `flat: every pixel has the grey level ${level}`;
  const why = isSmall && level === undefined ? "too small: so few pixels have contrast in one direction alone" : flat;
  const remedy = isSmall
    ? `Send one of at least ${fewPixels} x ${fewPixels} pixels, with some texture.`
    : "Send a picture with some texture.";
  return new ModelError(
    "input_invalid",
    `The picture of ${width} x ${height} pixels is ${why}, so the statistics that BRISQUE judges by are undefined. ${remedy}`,
    { details: { width, height } },
  );
}
