import type { ResampleArithmetic } from "../preprocessing/image-preprocessing.ts";
import type { PixelWindow, RgbImage } from "../rgb-image.ts";

/** Picks, for each result pixel inside `window`, the source pixel that the reference picks. */
export function resampleNearest(
  image: RgbImage,
  size: { readonly width: number; readonly height: number },
  window: PixelWindow,
  arithmetic: ResampleArithmetic,
): RgbImage {
  const isSmall = size.width + size.height <= 128;
  const torchIndices = isSmall ? torchIndicesOfSmall : torchIndicesOfLarge;
  const pick = arithmetic === "torchvision" ? torchIndices : pillowIndices;
  const columns = pick(image.width, size.width).subarray(window.left, window.right);
  const rows = pick(image.height, size.height).subarray(window.top, window.bottom);
  const data = new Uint8Array(columns.length * rows.length * 3);
  let write = 0;
  for (const row of rows) {
    for (const column of columns) {
      // Pillow's running sum can end one past the last pixel; it leaves that pixel black.
      if (row < image.height && column < image.width) {
        const read = (row * image.width + column) * 3;
        data[write] = image.data[read] as number;
        data[write + 1] = image.data[read + 1] as number;
        data[write + 2] = image.data[read + 2] as number;
      }
      write += 3;
    }
  }
  return { data, width: columns.length, height: rows.length };
}

/** Pillow adds the scale up pixel by pixel (`ImagingScaleAffine`), and the rounding of that sum decides ties. */
function pillowIndices(from: number, to: number): Int32Array {
  const scale = from / to;
  const indices = new Int32Array(to);
  let position = scale * 0.5;
  for (let i = 0; i < to; i++) {
    indices[i] = Math.trunc(position);
    position += scale;
  }
  return indices;
}

/**
 * torch's `nearest-exact` has two kernels, and takes one for results whose sides add up to at most 128. This one
 * (`nearest_exact_idx`) rounds scale and position to float32.
 */
function torchIndicesOfSmall(from: number, to: number): Int32Array {
  const scale = Math.fround(from / to);
  return Int32Array.from({ length: to }, (_, i) => Math.min(Math.floor(Math.fround((i + 0.5) * scale)), from - 1));
}

/** The general kernel takes half a pixel away (with one rounding, fused) and adds it again. */
function torchIndicesOfLarge(from: number, to: number): Int32Array {
  const scale = Math.fround(from / to);
  return Int32Array.from({ length: to }, (_, i) => {
    const position = Math.max(Math.fround((i + 0.5) * scale - 0.5), 0);
    return Math.min(Math.floor(Math.fround(position + 0.5)), from - 1);
  });
}
