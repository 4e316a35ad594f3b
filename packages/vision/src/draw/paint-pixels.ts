import { maskBox } from "../masks/mask-measures.ts";
import type { RgbImage } from "../rgb-image.ts";
import type { DepthAnnotation, DrawableMask, SegmentationAnnotation } from "./annotation.ts";
import { depthRamp, distinctColour, type Rgb } from "./colour.ts";

/** How much of a painted pixel is paint. */
const opacity = 0.45;

/** Tints the pixels of a mask, in place, and draws its edge `line` pixels wide in full colour. */
export function paintMask({ data, width, height }: RgbImage, { mask }: DrawableMask, colour: Rgb, line: number): void {
  const reach = Math.max(1, Math.round(line / 2));
  const isSet = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && mask.data[y * width + x] !== 0;
  const [left, top, right, bottom] = maskBox(mask) ?? [0, 0, 0, 0];
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      if (mask.data[y * width + x] === 0) continue;
      const isInside = isSet(x - reach, y) && isSet(x + reach, y) && isSet(x, y - reach) && isSet(x, y + reach);
      blend(data, (y * width + x) * 3, colour, isInside ? opacity : 0.95);
    }
  }
}

/** Tints every pixel with the colour of its class, in place, with a light line between classes. */
export function paintSegmentation(
  { data, width }: RgbImage,
  { classes, unpainted = [] }: SegmentationAnnotation,
): void {
  const colours = Array.from({ length: 256 }, (_, i) => distinctColour(i));
  const isUnpainted = Uint8Array.from({ length: 256 }, (_, i) => (unpainted.includes(i) ? 1 : 0));
  const labels = classes.data;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    const isEdge = (i % width !== 0 && labels[i - 1] !== label) || (i >= width && labels[i - width] !== label);
    if (isEdge) blend(data, i * 3, [255, 255, 255], 0.65);
    else if (isUnpainted[label] === 0) blend(data, i * 3, colours[label] as Rgb, opacity + 0.1);
  }
}

/** Puts the colours of a depth map in the picture's place; a flat map is all dark, a value that is no number black. */
export function paintDepth({ data }: RgbImage, { depth }: DepthAnnotation): void {
  const ramp = depthRamp();
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of depth.data) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const factor = high > low ? 255 / (high - low) : 0;
  for (let i = 0; i < depth.data.length; i++) {
    const value = depth.data[i] as number;
    if (!Number.isFinite(value)) {
      data.fill(0, 3 * i, 3 * i + 3);
      continue;
    }
    const level = Math.round((value - low) * factor) * 3;
    data[3 * i] = ramp[level] as number;
    data[3 * i + 1] = ramp[level + 1] as number;
    data[3 * i + 2] = ramp[level + 2] as number;
  }
}

function blend(data: Uint8Array, at: number, [red, green, blue]: Rgb, part: number): void {
  data[at] = (data[at] as number) * (1 - part) + red * part + 0.5;
  data[at + 1] = (data[at + 1] as number) * (1 - part) + green * part + 0.5;
  data[at + 2] = (data[at + 2] as number) * (1 - part) + blue * part + 0.5;
}
