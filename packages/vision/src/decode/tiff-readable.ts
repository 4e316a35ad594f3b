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
  if (isReadOtherwise(layout, reader))
    throw refused(layout, `${describe(layout)}, which is not read here as ${names[reader]} reads it`);
  if (!readsPieces(layout, reader))
    throw refused(layout, `${describePieces(layout)}, of which ${names[reader]} makes no picture that is read here`);
  const tileBytes = bytesOfTile(layout);
  if (reader === "opencv" && tileBytes % blockBytes !== 0)
    throw refused(
      layout,
      `its tiles have ${tileBytes} bytes, no multiple of ${blockBytes}, which OpenCV 5 does not read`,
    );
  const { length } = layout.palette;
  // OpenCV passes over what is too much, and the decoder refuses what is too little.
  if (reader === "pillow" && colours === paletteColours && length !== 3 * 2 ** layout.bits)
    throw refused(
      layout,
      `its palette has ${length} numbers, and ${3 * 2 ** layout.bits} belong to samples of ${layout.bits} bits`,
    );
}

/** Bytes of a tile that is not compressed; 0 where there is none. OpenCV refuses those that are not whole blocks. */
function bytesOfTile({ bits, compression, samples, tilePixels = 0 }: TiffLayout): number {
  return compression === uncompressed ? (tilePixels * samples * bits) / 8 : 0;
}

/** libtiff reads what it needs and passes over what is too much; Pillow paints one over the other, or refuses, where nothing is compressed. */
function readsPieces({ compression, isPlanar, pieces, samples }: TiffLayout, reader: ImageReader): boolean {
  if (compression !== uncompressed) return true;
  if (reader === "pillow") return pieces.count === pieces.needed;
  // The one plane of one sample is read here as if it were none, which libtiff takes for a picture cut short.
  return !(isPlanar && samples === 1 && pieces.count < pieces.needed);
}

/** What the decoder here does not read, or not as the reader does, which gives some of them what is no picture. */
function isReadOtherwise(layout: TiffLayout, reader: ImageReader): boolean {
  const { bits, colours, compression, extra, isLittle, isPlanar, isReversed, numbers, samples, tilePixels } = layout;
  const isCompressed = compression !== uncompressed;
  const isGrey = colours === minIsWhite || colours === minIsBlack;
  if (samples > 5 || bits === 12 || (colours === paletteColours && (samples > 1 || bits > 8))) return true;
  if (isPlanar && samples > 1 && (tilePixels !== undefined || isGrey)) return true;
  // OpenCV takes grey of three samples for colours, and mixes up the last tiles of some.
  if (reader === "opencv")
    return isGrey && (samples > 2 || (tilePixels !== undefined && (samples === 2 || bits === 16)));
  // Of what is compressed libtiff gives the numbers in the machine's order, and Pillow takes these for the file's.
  if (isCompressed && !isLittle && bits > 8 && numbers !== 1) return true;
  if (!isPlanar) return false;
  if (samples === 4 && colours === rgbColours && extra.length === 0 && isCompressed) return true;
  // Of planes that are not compressed Pillow takes what is wider or narrower than a byte for bytes, and forgets of an order of bits or bytes.
  if (isCompressed) return false;
  return isReversed || bits === 2 || bits === 4 || (samples > 1 && bits === 16) || (bits === 32 && !isLittle);
}

const names: Readonly<Record<ImageReader, string>> = { pillow: "Pillow 13", opencv: "OpenCV 5" };

/** `OPEN_INFO` of Pillow's TiffImagePlugin, and what its decoders make of it. */
function pillowReads(given: TiffLayout): boolean {
  const layout = withoutSparePlanes(given);
  const { bits, colours, compression, extra, isPlanar, isReversed, numbers, samples } = layout;
  const isGrey = colours === minIsWhite || colours === minIsBlack;
  if (isReversed && !pillowReadsReversed(layout)) return false;
  if (isPlanar && compression === uncompressed && samples === 1 && !pillowReadsSolePlane(layout)) return false;
  if (samples === 1 && extra.length > 0) return false;
  if (numbers === 3) return isGrey && samples === 1 && bits === 32;
  if (numbers === 2) return colours === minIsBlack && samples === 1 && [8, 16, 32].includes(bits);
  if (numbers !== 1) return false;
  if (isGrey) return pillowReadsGrey(layout);
  if (colours === paletteColours)
    return samples === 1
      ? [1, 2, 4, 8].includes(bits)
      : samples === 2 &&
          bits === 8 &&
          extra.length === 1 &&
          extra[0] !== 1 &&
          !(isPlanar && compression === uncompressed);
  if (colours === yCbCrColours) return samples === 3 && bits === 8 && extra.length === 0;
  return pillowReadsColours(layout);
}

/** Samples that mean nothing and have planes of their own are passed over, where libtiff reads them. */
function withoutSparePlanes(layout: TiffLayout): TiffLayout {
  const { compression, extra, isPlanar, samples } = layout;
  const areSpare =
    isPlanar && compression !== uncompressed && extra.length > 0 && extra.every((meaning) => meaning === 0);
  return areSpare ? { ...layout, samples: samples - extra.length, extra: [] } : layout;
}

/** It takes the first letter of its mode for the whole of it. */
function pillowReadsSolePlane({ bits, colours, tilePixels }: TiffLayout): boolean {
  if (bits === 1) return colours !== paletteColours;
  return bits === 8 || bits === 32 || (tilePixels !== undefined && bits < 8);
}

function pillowReadsReversed({
  bits,
  colours,
  compression,
  isLittle,
  isPlanar,
  numbers,
  samples,
}: TiffLayout): boolean {
  if (numbers !== 1) return false;
  if (colours === rgbColours) return samples === 3 && bits === 8;
  if (samples !== 1) return false;
  if (colours === minIsBlack) return [1, 2, 4, 8].includes(bits) || (bits === 16 && isLittle);
  // Its decoders lack these modes, and where something is compressed libtiff turns the bits for them.
  if (compression === uncompressed)
    return (colours === minIsWhite && (bits < 8 || isPlanar)) || (colours === paletteColours && bits === 8);
  return (colours === minIsWhite || colours === paletteColours) && bits <= 8;
}

function pillowReadsGrey({ bits, colours, extra, isLittle, isPlanar, samples, compression }: TiffLayout): boolean {
  if (samples === 2)
    return (
      colours === minIsBlack &&
      bits === 8 &&
      extra.length === 1 &&
      extra[0] !== 1 &&
      !(isPlanar && compression === uncompressed)
    );
  if (samples !== 1) return false;
  if (bits === 32) return colours === minIsBlack && isLittle;
  if (bits === 12) return colours === minIsBlack && isLittle;
  if (bits === 16) return colours === minIsBlack || isLittle;
  return [1, 2, 4, 8].includes(bits);
}

function pillowReadsColours({ bits, colours, extra, isPlanar, samples, compression }: TiffLayout): boolean {
  const inks = colours === inkColours ? 4 : colours === rgbColours ? 3 : Number.NaN;
  if (bits !== 8 && bits !== 16) return false;
  if (samples === inks) return extra.length === 0;
  // RGB with alpha that no tag tells of.
  if (inks === 3 && samples === 4 && extra.length === 0) return true;
  if (extra.length !== samples - inks) return false;
  if (inks === 4) return bits === 8 && !isPlanar && samples <= 6 && extra.every((meaning) => meaning === 0);
  if (samples === 4) return !(isPlanar && compression === uncompressed) || extra[0] === 2;
  return bits === 8 && !isPlanar && samples <= 6 && extra.slice(1).every((meaning) => meaning === 0);
}

/** `TIFFRGBAImageOK` of libtiff, on what OpenCV's decoder lets through to it. */
function openCvReads(layout: TiffLayout): boolean {
  const { bits, colours, extra, inkSet, isPlanar, numbers, samples } = layout;
  if (numbers > 2 || samples > 4) return false;
  const isGrey = colours === minIsWhite || colours === minIsBlack;
  if (colours === paletteColours)
    return samples === 1 ? [1, 4, 8, 16].includes(bits) : bits === 16 || (bits === 8 && !isPlanar);
  if (colours === inkColours) return samples === 4 && bits === 8 && inkSet === 1;
  if (isGrey) return (samples === 1 && [1, 8, 16].includes(bits)) || (samples > 1 && (bits === 8 || bits === 16));
  return (
    (colours === rgbColours || colours === yCbCrColours) && samples - extra.length >= 3 && (bits === 8 || bits === 16)
  );
}

const uncompressed = 1;
const blockBytes = 1024;

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
  const { bits, colours, compression, extra, isPlanar, isReversed, isUniform, numbers, samples } = layout;
  const meaning = meanings[colours] ?? `colours of kind ${colours}`;
  const alpha = extra.length === 0 ? "" : extra[0] === 1 ? ", multiplied by alpha" : " and more";
  const kind = isUniform ? `${bits}-bit ${kinds[numbers] ?? "samples of no known kind"}` : "samples of different kinds";
  return `its samples are ${kind}, ${samples} a pixel (${meaning}${alpha})${isPlanar ? " in planes" : ""}${isReversed ? ", with the bits of each byte reversed" : ""}${compression === uncompressed ? "" : ", compressed"}`;
}

function describePieces({ pieces: { count, needed }, tilePixels }: TiffLayout): string {
  const kind = tilePixels === undefined ? "strips" : "tiles";
  return `it has ${count} ${kind}, and its sides ${needed === 0 ? "fit none" : `need ${needed}`}`;
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
