import { roundHalfToEven } from "../../round-half-to-even.ts";
import type { ImageReader } from "../image-reader.ts";
import type { PnmHeader } from "./pnm-header.ts";

/**
 * The level 0..255 of each sample that the file can hold.
 *
 * Pillow stretches samples to 0..255 and rounds half to even; grey with more than 8 bits it stretches to 0..65,535 and then clips, so
 * that most such pictures turn white. OpenCV takes bytes as they are, stretches numbers in a text and cuts, and takes the upper byte
 * of what has more than 8 bits.
 */
export function sampleLevels({ maximum, channels, coding }: PnmHeader, reader: ImageReader): Uint8Array {
  const isWide = maximum > 255;
  const count = coding === "text" ? maximum + 1 : isWide ? 65_536 : 256;
  return Uint8Array.from({ length: count }, (_, sample) => {
    if (reader === "opencv") {
      if (isWide) return sample >> 8;
      return coding === "text" ? Math.floor((sample * 255) / maximum) : sample;
    }
    const top = isWide && channels < 3 ? 65_535 : 255;
    return Math.min(255, roundHalfToEven((sample / maximum) * top));
  });
}
