import type { ImageFormat } from "../image-format.ts";
import type { PictureNotes } from "./notes-of-a-picture.ts";
import { pngNotes } from "./png-notes.ts";
import { tiffEntries } from "./tiff-directory.ts";

/**
 * Exif and XMP where Pillow looks for them.
 * @param places `chunks`: only where a format has a place of its own for them
 */
export function pictureNotes(
  bytes: Uint8Array,
  format: ImageFormat,
  places: "everywhere" | "chunks" = "everywhere",
): PictureNotes {
  switch (format) {
    case "jpeg":
      return jpegNotes(bytes);
    case "png":
      return pngNotes(bytes, places === "everywhere");
    case "webp":
      return webpNotes(bytes);
    case "tiff":
      return { exif: bytes, xmp: xmpInTiff(bytes) };
    default:
      return { exif: undefined, xmp: undefined };
  }
}

const exifMark = "Exif\0\0";
const xmpMark = "http://ns.adobe.com/xap/1.0/\0";

/** All Exif segments as one, and the last XMP, up to the first scan; what stands between segments is passed over. */
function jpegNotes(bytes: Uint8Array): PictureNotes {
  const exif: Uint8Array[] = [];
  let xmp: string | undefined;
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = bytes[at + 1] as number;
    if (bytes[at] !== 0xff || marker === 0xff || marker === 0) at++;
    else if (marker === 0xda) break;
    else if (marker >= 0xd0 && marker <= 0xd8) at += 2;
    else {
      const end = at + 2 + ((bytes[at + 2] as number) << 8) + (bytes[at + 3] as number);
      const body = bytes.subarray(at + 4, end);
      if (marker === 0xe1 && startsWith(body, exifMark))
        exif.push(exif.length === 0 ? body : body.subarray(exifMark.length));
      if (marker === 0xe1 && startsWith(body, xmpMark)) xmp = latin(body.subarray(xmpMark.length));
      at = Math.max(end, at + 2);
    }
  }
  return { exif: exif.length === 0 ? undefined : Buffer.concat(exif), xmp };
}

/** The first chunk of each kind, where the header says that there is one. */
function webpNotes(bytes: Uint8Array): PictureNotes {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<string, Uint8Array>();
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    const name = latin(bytes.subarray(at, at + 4));
    if (!found.has(name)) found.set(name, bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length + (length & 1);
  }
  const flags = found.get("VP8X")?.[0] ?? 0;
  const xmp = flags & 4 ? found.get("XMP ") : undefined;
  return { exif: flags & 8 ? found.get("EXIF") : undefined, xmp: xmp && latin(xmp) };
}

function xmpInTiff(bytes: Uint8Array): string | undefined {
  if (bytes.length < 8) return undefined;
  const isLittle = bytes[0] === 0x49;
  const start = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4, isLittle);
  const entry = tiffEntries(bytes, start, isLittle, [700]).get(700);
  if (entry === undefined || (entry.type !== 1 && entry.type !== 7)) return undefined;
  return latin(new Uint8Array(entry.data.buffer, entry.data.byteOffset, entry.data.byteLength));
}

function startsWith(bytes: Uint8Array, mark: string): boolean {
  return latin(bytes.subarray(0, mark.length)) === mark;
}

function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
