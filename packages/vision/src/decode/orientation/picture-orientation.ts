import type { PictureNotes } from "./notes-of-a-picture.ts";
import { firstNumber, tiffEntries } from "./tiff-directory.ts";

const orientationTag = 0x0112;

/**
 * How a picture has to be turned, 1 (not at all) to 8 as Exif counts, where Pillow 13's `ImageOps.exif_transpose` finds it: in Exif,
 * and in XMP if there is no such tag in Exif. Whatever is broken there means 1.
 */
export function orientationIn({ exif, xmp }: PictureNotes): number {
  const inExif = exif === undefined ? undefined : orientationInExif(exif);
  const orientation = inExif ?? orientationInXmp(xmp) ?? 1;
  return orientation >= 1 && orientation <= 8 && Number.isInteger(orientation) ? orientation : 1;
}

/** @returns undefined without that tag; NaN if nothing can be read */
function orientationInExif(marked: Uint8Array): number | undefined {
  const exif = withoutMark(withoutMark(marked));
  if (exif.length === 0) return undefined;
  const [first, second, third, fourth] = exif;
  const isLittle = first === 0x49;
  // Pillow takes the 42 in either order.
  const isTiff = (isLittle || first === 0x4d) && second === first && (third ?? 0) + (fourth ?? 0) === 42;
  if (!isTiff || (third !== 0 && fourth !== 0) || exif.length < 8) return Number.NaN;
  const start = new DataView(exif.buffer, exif.byteOffset, exif.byteLength).getUint32(4, isLittle);
  const entry = tiffEntries(exif, start, isLittle, [orientationTag]).get(orientationTag);
  return entry && firstNumber(entry, isLittle);
}

function withoutMark(exif: Uint8Array): Uint8Array {
  const isMarked = exif.length >= 6 && Buffer.from(exif.subarray(0, 6)).toString("latin1") === "Exif\0\0";
  return isMarked ? exif.subarray(6) : exif;
}

function orientationInXmp(xmp = ""): number | undefined {
  const found = /tiff:Orientation(?:="|>)([0-9])/.exec(xmp);
  return found === null ? undefined : Number(found[1]);
}
