import type { ImageFormat } from "../image-format.ts";
import { pictureNotes } from "./picture-notes.ts";

const orientationTag = 0x0112;
/** Texts and ratios that OpenCV reads on its way, whose values stand elsewhere: description, make, model, resolutions, … */
const tagsWithOffsets = [270, 271, 272, 282, 283, 305, 306, 318, 319, 529, 532, 33_432];

/**
 * How a picture has to be turned, 1 to 8, as OpenCV's `imread` finds it: in Exif alone, not in texts and not in XMP. It takes the two
 * bytes where a value stands, whatever type that has, and gives up at a value that lies beyond the end.
 */
export function orientationByOpenCv(bytes: Uint8Array, format: ImageFormat): number {
  const { exif } = pictureNotes(bytes, format, "chunks");
  const found = exif === undefined ? undefined : orientationInExif(format === "jpeg" ? exif.subarray(6) : exif);
  return found !== undefined && found >= 1 && found <= 8 ? found : 1;
}

function orientationInExif(exif: Uint8Array): number | undefined {
  if (exif.length < 10) return undefined;
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  const isLittle = exif[0] === 0x49 && exif[1] === 0x49;
  const isBig = exif[0] === 0x4d && exif[1] === 0x4d;
  if ((!isLittle && !isBig) || view.getUint16(2, isLittle) !== 42) return undefined;
  const start = view.getUint32(4, isLittle);
  if (start + 2 > exif.length) return undefined;
  const count = view.getUint16(start, isLittle);
  for (let i = 0, at = start + 2; i < count && at + 12 <= exif.length; i++, at += 12) {
    const tag = view.getUint16(at, isLittle);
    if (tag === orientationTag) return view.getUint16(at + 8, isLittle);
    if (!tagsWithOffsets.includes(tag)) continue;
    const size = view.getUint32(at + 4, isLittle);
    if (size > 4 && view.getUint32(at + 8, isLittle) + size > exif.length) return undefined;
  }
  return undefined;
}
