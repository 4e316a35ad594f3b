import { ModelError } from "@menagerie/core";
import type { ImageReader } from "./image-reader.ts";
import {
  cieLab,
  inkColours,
  minIsBlack,
  minIsWhite,
  paletteColours,
  rgbColours,
  type TiffLayout,
  yCbCrColours,
} from "./tiff-layout.ts";

/** libtiff turns YCbCr into RGB where it is compressed as JPEG, and nobody does elsewhere. */
const jpegCompressions = [6, 7];

/**
 * Refuses the kinds of samples that the reader refuses, and those whose bytes it would be given are not its own: sharp reads
 * floating point, wide integers and more planes than Pillow and OpenCV do, by rules of its own.
 *
 * @throws ModelError `image_undecodable` that names the samples and the command that converts them
 */
export function checkTiffReadable(layout: TiffLayout, reader: ImageReader): void {
  const { colours, compression } = layout;
  if (colours === cieLab) throw refused(layout, "its colours are CIELAB");
  if (colours === yCbCrColours && !jpegCompressions.includes(compression))
    throw refused(layout, "its YCbCr samples are not compressed as JPEG");
  const isReadable = layout.isUniform && (reader === "opencv" ? openCvReads(layout) : pillowReads(layout));
  if (!isReadable) throw refused(layout, `${describe(layout)}, which ${names[reader]} does not read`);
}

const names: Readonly<Record<ImageReader, string>> = { pillow: "Pillow 13", opencv: "OpenCV 5" };

/** `OPEN_INFO` of Pillow's TiffImagePlugin, and the raw modes that its decoders know for planes. */
function pillowReads(layout: TiffLayout): boolean {
  const { bits, colours, extra, isPlanar, isLittle, numbers, samples } = layout;
  const isGrey = colours === minIsWhite || colours === minIsBlack;
  if (numbers === 3) return isGrey && samples === 1 && bits === 32;
  if (numbers === 2) return colours === minIsBlack && samples === 1 && [8, 16, 32].includes(bits);
  if (numbers !== 1) return false;
  if (isGrey) {
    if (samples === 2) return colours === minIsBlack && bits === 8 && !isPlanar && extra[0] !== 1;
    if (samples !== 1 || bits > 32) return false;
    if (bits === 32) return colours === minIsBlack && isLittle;
    return bits < 16 || colours === minIsBlack || isLittle;
  }
  if (colours === paletteColours) return samples === 1 && bits <= 8;
  if (colours === yCbCrColours) return samples === 3 && bits === 8;
  const inks = colours === inkColours ? 4 : colours === rgbColours ? 3 : Number.NaN;
  if (bits !== 8 && bits !== 16) return false;
  if (samples === inks) return true;
  if (extra.length !== samples - inks) return false;
  if (colours === inkColours) return bits === 8 && !isPlanar && samples <= 6 && extra.every((meaning) => meaning === 0);
  if (samples === 4) return !isPlanar || extra[0] === 2;
  return bits === 8 && !isPlanar && samples <= 6 && extra.slice(1).every((meaning) => meaning === 0);
}

/** `TIFFRGBAImageOK` of libtiff, on what OpenCV's decoder lets through to it. */
function openCvReads({ bits, colours, isPlanar, numbers, samples }: TiffLayout): boolean {
  if (numbers > 2 || samples > 4) return false;
  if (colours === paletteColours) return samples === 1 && [1, 4, 8].includes(bits);
  if (colours === inkColours) return samples === 4 && bits === 8;
  if (colours === minIsWhite || colours === minIsBlack)
    return (samples === 1 && [1, 8, 16].includes(bits)) || (samples === 2 && !isPlanar && (bits === 8 || bits === 16));
  return (colours === rgbColours || colours === yCbCrColours) && samples >= 3 && (bits === 8 || bits === 16);
}

const meanings: Readonly<Record<number, string>> = {
  [minIsWhite]: "grey",
  [minIsBlack]: "grey",
  [rgbColours]: "RGB",
  [paletteColours]: "a palette",
  [inkColours]: "CMYK",
  [yCbCrColours]: "YCbCr",
};

const kinds: Readonly<Record<number, string>> = {
  1: "unsigned numbers",
  2: "signed numbers",
  3: "floating-point numbers",
};

function describe(layout: TiffLayout): string {
  const { bits, colours, extra, isPlanar, isUniform, numbers, samples } = layout;
  const meaning = meanings[colours] ?? `colours of kind ${colours}`;
  const alpha = extra.length === 0 ? "" : extra[0] === 1 ? ", multiplied by alpha" : " and more";
  const kind = isUniform ? `${bits}-bit ${kinds[numbers] ?? "samples of no known kind"}` : "samples of different kinds";
  return `its samples are ${kind}, ${samples} a pixel (${meaning}${alpha})${isPlanar && samples > 1 ? " in planes" : ""}`;
}

function refused({ bits, colours, numbers, samples }: TiffLayout, reason: string): ModelError {
  const command = "magick picture.tif -depth 8 picture.png";
  const range = numbers === 3 ? " (which takes 0 as black and 1 as white)" : "";
  return new ModelError(
    "image_undecodable",
    `The TIFF picture is not decoded: ${reason}. Convert it, for example with: ${command}${range}`,
    { details: { format: "tiff", bits, colours, numbers, samples } },
  );
}
