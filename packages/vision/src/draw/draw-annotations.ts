import { ModelError } from "@menagerie/core";
import sharp, { type Sharp } from "sharp";
import { decodeImage } from "../decode/decode-image.ts";
import { defaultImageLimits, type ImageLimits } from "../decode/image-limits.ts";
import { decodeRuns } from "../masks/run-lengths.ts";
import { resample } from "../resample/resample.ts";
import type { RgbImage } from "../rgb-image.ts";
import type { Annotation, DrawableAnnotation } from "./annotation.ts";
import { checkAnnotations } from "./check-annotations.ts";
import { annotationColours, drawingScale, overlaySvg } from "./overlay.ts";
import { paintDepth, paintMask, paintSegmentation } from "./paint-pixels.ts";
import { panelBelow } from "./panel.ts";

/** The kinds of file that a drawing is written as. */
export type DrawingFormat = "png" | "jpeg" | "webp";

export interface DrawOptions {
  /** Default: `png`. */
  readonly format?: DrawingFormat | undefined;
  /** 1..100, of JPEG and WebP; default: 90. */
  readonly quality?: number | undefined;
  readonly limits?: ImageLimits | undefined;
}

/** Shorter pictures are enlarged to this on their long side, so that labels can be read. */
const readableSide = 640;
/** The longest side that a format can hold and librsvg can draw. */
const longestSide: Readonly<Record<DrawingFormat, number>> = { png: 32_767, jpeg: 32_767, webp: 16_383 };
const mostPixels = 100e6;
const panelColour = { r: 24, g: 26, b: 32 };

/**
 * Draws results on a picture and gives the bytes of a file. Masks, classes and depth are painted; boxes, polygons and
 * skeletons lie over them; captions, labels of a classification and legends stand below on a panel of their own.
 *
 * @param image the bytes of a file, or a picture in memory
 * @throws ModelError `image_undecodable`; `image_too_large` for a picture, or a drawing that its format cannot hold;
 *   `input_invalid` for a quality outside 1..100, an annotation that does not fit the
 *   picture or has a coordinate that is no number
 */
export async function drawAnnotations(
  image: Uint8Array | RgbImage,
  wanted: readonly Annotation[],
  options: DrawOptions = {},
): Promise<Uint8Array> {
  const picture = image instanceof Uint8Array ? await decodeImage(image, options.limits ?? defaultImageLimits) : image;
  const { format = "png", quality = 90 } = options;
  if (!Number.isInteger(quality) || quality < 1 || quality > 100)
    throw new ModelError("input_invalid", `A quality is an integer in 1..100, and ${quality} is not.`);
  const annotations = wanted.map(drawable);
  checkAnnotations(picture, annotations);
  checkDrawing(picture.width, picture.height, format);
  const colours = annotationColours(annotations);
  // A copy: what sharp decodes is a Buffer, whose slice() shares its bytes.
  const painted: RgbImage = { data: new Uint8Array(picture.data), width: picture.width, height: picture.height };
  const { line } = drawingScale(picture);
  for (const [i, annotation] of annotations.entries()) {
    if (annotation.kind === "depth") paintDepth(painted, annotation);
    else if (annotation.kind === "segmentation") paintSegmentation(painted, annotation);
    else if (annotation.kind === "mask") paintMask(painted, annotation, colours[i] ?? [0, 0, 0], line);
  }
  const factor = Math.max(1, Math.ceil(readableSide / Math.max(picture.width, picture.height)));
  const canvas = enlarged(painted, factor);
  const scale = drawingScale(canvas);
  const panel = panelBelow(annotations, canvas.width, Math.min(scale.text, canvas.width / 24));
  const height = canvas.height + panel.height;
  checkDrawing(canvas.width, height, format);
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${canvas.width}" height="${height}">` +
    `${overlaySvg(annotations, colours, canvas, factor, scale)}` +
    `<g transform="translate(0 ${canvas.height})">${panel.svg}</g></svg>`;
  const { width, data } = canvas;
  const drawn = sharp(data, { raw: { width, height: canvas.height, channels: 3 }, limitInputPixels: false })
    .extend({ bottom: panel.height, background: panelColour })
    .composite([{ input: Buffer.from(svg), left: 0, top: 0, limitInputPixels: false, unlimited: true }]);
  return encoded(drawn, format, quality);
}

function drawable(annotation: Annotation): DrawableAnnotation {
  if (annotation.kind !== "mask") return annotation;
  const { mask } = annotation;
  return { ...annotation, mask: "counts" in mask ? decodeRuns(mask) : mask };
}

/**
 * The format that a file's name asks for.
 * @throws ModelError `input_invalid` for any ending but .png, .jpg, .jpeg and .webp
 */
export function drawingFormatOf(path: string): DrawingFormat {
  const ending = /\.(png|jpe?g|webp)$/i.exec(path)?.[1]?.toLowerCase();
  if (ending === "png" || ending === "webp") return ending;
  if (ending !== undefined) return "jpeg";
  throw new ModelError(
    "input_invalid",
    `A drawing is written as .png, .jpg or .webp, which "${path}" does not end with.`,
  );
}

function enlarged(image: RgbImage, factor: number): RgbImage {
  if (factor === 1) return image;
  const { width, height } = image;
  return resample(image, {
    width: width * factor,
    height: height * factor,
    filter: "bicubic",
    arithmetic: "pillow-13",
  });
}

async function encoded(image: Sharp, format: DrawingFormat, quality: number): Promise<Uint8Array> {
  try {
    if (format === "jpeg") return await image.jpeg({ quality, chromaSubsampling: "4:4:4" }).toBuffer();
    return await (format === "webp" ? image.webp({ quality }) : image.png()).toBuffer();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ModelError("internal", `The drawing could not be written as ${format}: ${reason}`, { cause });
  }
}

function checkDrawing(width: number, height: number, format: DrawingFormat): void {
  const longest = longestSide[format];
  if (Math.max(width, height) <= longest && width * height <= mostPixels) return;
  throw new ModelError(
    "image_too_large",
    `The drawing would have ${width} x ${height} pixels; as ${format} no side may be longer than ${longest}, and all of it no more than ${mostPixels} pixels. Draw on a smaller picture.`,
    { details: { width, height, longest, mostPixels } },
  );
}
