import { looksLikeText } from "@menagerie/core";
/** The kinds of file that are decoded to the bytes that Pillow decodes them to. */
export type ImageFormat = "jpeg" | "png" | "webp" | "gif" | "tiff";

/** The format that the first bytes announce, whatever the file is called. */
export function imageFormatOf(bytes: Uint8Array): ImageFormat | undefined {
  return formats.find(({ starts }) => starts(bytes))?.format;
}

/** What bytes that are no decodable picture look like, as a phrase: "text", "a PDF document", … */
export function describeBytes(bytes: Uint8Array): string {
  const known = others.find(({ starts }) => starts(bytes));
  if (known !== undefined) return known.phrase;
  return looksLikeText(bytes.subarray(0, 512)) ? "text" : "no kind of file that is known here";
}

/** True if the file ends before its own end marker, or before the length that its header states. */
export function isCutShort(bytes: Uint8Array, format: ImageFormat): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (format) {
    case "jpeg":
      return latin(bytes, bytes.length - 1024, bytes.length).lastIndexOf("\xff\xd9") < 0;
    case "png":
      return latin(bytes, bytes.length - 1024, bytes.length).lastIndexOf("IEND\xae\x42\x60\x82") < 0;
    case "webp":
      return bytes.length < 12 || view.getUint32(4, true) + 8 > bytes.length;
    case "gif":
      return bytes.at(-1) !== 0x3b;
    case "tiff":
      // The directory may stand anywhere; a file that was cut often ends before it.
      return bytes.length < 8 || view.getUint32(4, bytes[0] === 0x49) + 2 > bytes.length;
  }
}

interface Signature {
  starts(bytes: Uint8Array): boolean;
}

const formats: readonly (Signature & { readonly format: ImageFormat })[] = [
  { format: "jpeg", starts: at(0, "\xff\xd8\xff") },
  { format: "png", starts: at(0, "\x89PNG\r\n\x1a\n") },
  { format: "webp", starts: (bytes) => at(0, "RIFF")(bytes) && at(8, "WEBP")(bytes) },
  { format: "gif", starts: (bytes) => at(0, "GIF87a")(bytes) || at(0, "GIF89a")(bytes) },
  { format: "tiff", starts: (bytes) => at(0, "II*\0")(bytes) || at(0, "MM\0*")(bytes) },
];

const others: readonly (Signature & { readonly phrase: string })[] = [
  { phrase: "an AVIF picture", starts: (bytes) => at(4, "ftypavif")(bytes) || at(4, "ftypavis")(bytes) },
  { phrase: "a HEIF picture", starts: (bytes) => at(4, "ftyphei")(bytes) || at(4, "ftypmif1")(bytes) },
  { phrase: "an MP4 or QuickTime video", starts: at(4, "ftyp") },
  { phrase: "a Windows bitmap (BMP)", starts: at(0, "BM") },
  { phrase: "a JPEG XL picture", starts: (bytes) => at(0, "\xff\x0a")(bytes) || at(4, "JXL ")(bytes) },
  { phrase: "a JPEG 2000 picture", starts: at(4, "jP  ") },
  { phrase: "a PDF document", starts: at(0, "%PDF") },
  { phrase: "a ZIP archive", starts: at(0, "PK\x03\x04") },
  { phrase: "gzip data", starts: at(0, "\x1f\x8b") },
  { phrase: "an SVG drawing", starts: (bytes) => /^\s*(?:<\?xml[\s\S]*)?<svg/.test(latin(bytes, 0, 1024)) },
  { phrase: "an HTML page", starts: (bytes) => /^\s*<(?:!doctype html|html)/i.test(latin(bytes, 0, 256)) },
  { phrase: "JSON", starts: (bytes) => /^\s*[{[]\s*["{[]/.test(latin(bytes, 0, 64)) },
];

function at(offset: number, signature: string): (bytes: Uint8Array) => boolean {
  return (bytes) => latin(bytes, offset, offset + signature.length) === signature;
}

function latin(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(Math.max(from, 0), to));
}
