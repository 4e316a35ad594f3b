import { looksLikeText } from "@menagerie/core/loader";

/** The kinds of file that are decoded, all but AVIF to the bytes that Pillow decodes them to. PNM is PBM, PGM, PPM and PAM. */
export type ImageFormat = "jpeg" | "png" | "webp" | "gif" | "tiff" | "bmp" | "pnm" | "avif";

/** The format that the first bytes announce, whatever the file is called. */
export function imageFormatOf(bytes: Uint8Array): ImageFormat | undefined {
  return formats.find(({ starts }) => starts(bytes))?.format;
}

/** What bytes that are no decodable picture look like, as a phrase ("text", "a PDF document", …), and what makes a picture of them. */
export function describeBytes(bytes: Uint8Array): { readonly phrase: string; readonly conversion?: string } {
  const known = others.find(({ starts }) => starts(bytes));
  if (known !== undefined) return known;
  return { phrase: looksLikeText(bytes.subarray(0, 512)) ? "text" : "no kind of file that is known here" };
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
    case "avif":
      return endOfBoxes(view) > bytes.length;
    case "bmp":
    case "pnm":
      // Their decoders count the bytes themselves.
      return false;
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
  { format: "bmp", starts: at(0, "BM") },
  { format: "pnm", starts: (bytes) => /^P[1-7][\t-\r ]/.test(latin(bytes, 0, 3)) },
  { format: "avif", starts: (bytes) => brandsOf(bytes).some((brand) => brand === "avif" || brand === "avis") },
];

interface OtherKind extends Signature {
  readonly phrase: string;
  /** The command that makes a picture of it which is decoded. */
  readonly conversion?: string;
}

const others: readonly OtherKind[] = [
  {
    ...converted("a HEIF picture", "heic"),
    starts: (bytes) => brandsOf(bytes).some((brand) => heifBrands.test(brand)),
  },
  { phrase: "an AAC or ALAC recording (M4A)", starts: (bytes) => at(4, "ftypM4A")(bytes) || at(4, "ftypM4B")(bytes) },
  {
    phrase: "an MP4 or QuickTime video",
    conversion: "ffmpeg -i video.mp4 -frames:v 1 picture.png",
    starts: at(4, "ftyp"),
  },
  {
    ...converted("a JPEG XL picture", "jxl"),
    starts: (bytes) => at(0, "\xff\x0a")(bytes) || at(4, "JXL ")(bytes),
  },
  {
    ...converted("a JPEG 2000 picture", "jp2"),
    starts: (bytes) => at(4, "jP  ")(bytes) || at(0, "\xff\x4f\xff\x51")(bytes),
  },
  {
    ...converted("a TIFF file of more than 4 GB (BigTIFF)", "tif"),
    starts: (bytes) => /^(?:II\+\0|MM\0\+)/.test(latin(bytes, 0, 4)),
  },
  { ...converted("a portable float map (PFM)", "pfm"), starts: (bytes) => /^P[fF]\s/.test(latin(bytes, 0, 3)) },
  { ...converted("a Photoshop file", "psd"), starts: at(0, "8BPS") },
  { ...converted("an OpenEXR picture", "exr"), starts: at(0, "v/1\x01") },
  { ...converted("a Radiance HDR picture", "hdr"), starts: at(0, "#?R") },
  { ...converted("a DirectDraw surface (DDS)", "dds"), starts: at(0, "DDS ") },
  { ...converted("a QOI picture", "qoi"), starts: at(0, "qoif") },
  { ...converted("a Windows icon", "ico"), starts: at(0, "\0\0\x01\0") },
  {
    ...converted("a PCX picture", "pcx"),
    starts: ([maker, version = 9, coding]) => maker === 0x0a && version <= 5 && coding === 1,
  },
  { ...converted("an SGI picture", "sgi"), starts: at(0, "\x01\xda") },
  { ...converted("a DICOM file", "dcm"), starts: at(128, "DICM") },
  { ...converted("a PDF document", "pdf"), starts: at(0, "%PDF") },
  { phrase: "a ZIP archive", starts: at(0, "PK\x03\x04") },
  { phrase: "gzip data", starts: at(0, "\x1f\x8b") },
  {
    ...converted("an SVG drawing", "svg"),
    starts: (bytes) => /^\s*(?:<\?xml[\s\S]*)?<svg/.test(latin(bytes, 0, 1024)),
  },
  { phrase: "an HTML page", starts: (bytes) => /^\s*<(?:!doctype html|html)/i.test(latin(bytes, 0, 256)) },
  { phrase: "a WAV recording", starts: (bytes) => /^(?:RIFF|RF64)[\s\S]{4}WAVE/.test(latin(bytes, 0, 12)) },
  { phrase: "an AIFF recording", starts: (bytes) => /^FORM[\s\S]{4}AIF[FC]/.test(latin(bytes, 0, 12)) },
  { phrase: "a FLAC recording", starts: at(0, "fLaC") },
  { phrase: "an Ogg recording or video", starts: at(0, "OggS") },
  { phrase: "a CAF recording", starts: at(0, "caff") },
  { phrase: "an AU recording", starts: at(0, ".snd") },
  {
    phrase: "an MP3 or AAC recording",
    // A tag, or the sync word of a frame whose bit rate is not reserved; ff fe is how UTF-16 begins.
    starts: (bytes) =>
      at(0, "ID3")(bytes) || /^\xff[\xe2-\xe7\xf0-\xf7\xf9-\xfd\xff][^\xf0-\xff]/.test(latin(bytes, 0, 3)),
  },
  { ...video("a Matroska or WebM video", "mkv"), starts: at(0, "\x1a\x45\xdf\xa3") },
  { ...video("an AVI video", "avi"), starts: (bytes) => /^RIFF[\s\S]{4}AVI /.test(latin(bytes, 0, 12)) },
  {
    ...video("an MPEG transport stream", "ts"),
    starts: (bytes) => [0, 188, 376].every((place) => bytes[place] === 0x47),
  },
  {
    ...converted("a TGA picture", "tga"),
    starts: (bytes) => latin(bytes, bytes.length - 18, bytes.length) === "TRUEVISION-XFILE.\0" || startsLikeTga(bytes),
  },
  { phrase: "JSON", starts: (bytes) => /^\s*[{[]\s*["{[]/.test(latin(bytes, 0, 64)) },
];

const heifBrands = /^(?:hei[cxms]|hev[cxms]|mif1|msf1)$/;

function converted(phrase: string, extension: string): Omit<OtherKind, "starts"> {
  return { phrase, conversion: `magick picture.${extension} picture.png` };
}

function video(phrase: string, extension: string): Omit<OtherKind, "starts"> {
  return { phrase, conversion: `ffmpeg -i video.${extension} -frames:v 1 picture.png` };
}

/** TGA has no signature, and its first edition no footer: every field of the header has to make sense, and its pixels to be there. */
function startsLikeTga(bytes: Uint8Array): boolean {
  if (bytes.length < 19) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [noteBytes, hasPalette, kind] = [view.getUint8(0), view.getUint8(1), view.getUint8(2)];
  const [paletteSize, paletteBits] = [view.getUint16(5, true), view.getUint8(7)];
  const [width, height] = [view.getUint16(12, true), view.getUint16(14, true)];
  const [bits, flags] = [view.getUint8(16), view.getUint8(17)];
  const isPalette = kind === 1 || kind === 9;
  const depths = isPalette || kind === 3 || kind === 11 ? [8] : kind === 2 || kind === 10 ? [15, 16, 24, 32] : [];
  if (!depths.includes(bits) || width === 0 || height === 0) return false;
  if ((flags & 0xc0) !== 0 || (flags & 15) > (bits === 32 ? 8 : bits === 16 ? 1 : 0)) return false;
  if (hasPalette !== (isPalette ? 1 : 0) || (hasPalette === 0 && (paletteSize !== 0 || paletteBits !== 0)))
    return false;
  if (isPalette && (paletteSize === 0 || ![15, 16, 24, 32].includes(paletteBits))) return false;
  const pixelBytes = kind < 8 ? width * height * Math.ceil(bits / 8) : height;
  return bytes.length >= 18 + noteBytes + paletteSize * Math.ceil(paletteBits / 8) + pixelBytes;
}

/** What an ISO file says it is made to: the first word of its first box, and the words that follow its version. */
function brandsOf(bytes: Uint8Array): string[] {
  if (!at(4, "ftyp")(bytes)) return [];
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
  const brands = latin(bytes, 16, Math.min(length, bytes.length, 256)).match(/[\s\S]{4}/g) ?? [];
  return [latin(bytes, 8, 12), ...brands];
}

/** Where the boxes of an ISO file end by their own lengths; a length of 0 reaches to the end, and 1 is followed by a longer one. */
function endOfBoxes(view: DataView): number {
  let at = 0;
  while (at + 8 <= view.byteLength) {
    const length = view.getUint32(at);
    if (length === 0 || (length === 1 && at + 16 > view.byteLength)) return view.byteLength;
    at += Math.max(8, length === 1 ? Number(view.getBigUint64(at + 8)) : length);
  }
  return at;
}

function at(offset: number, signature: string): (bytes: Uint8Array) => boolean {
  return (bytes) => latin(bytes, offset, offset + signature.length) === signature;
}

function latin(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(Math.max(from, 0), to));
}
