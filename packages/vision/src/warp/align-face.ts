import type { RgbImage } from "../rgb-image.ts";
import { opencvWarpAffine } from "./opencv-warp-affine.ts";
import { similarityBetween } from "./similarity.ts";

/** Where ArcFace wants the left eye, right eye, nose and mouth corners (left and right in the picture) at side 112. */
const template = [38.2946, 51.6963, 73.5318, 51.5014, 56.0252, 71.7366, 41.5493, 92.3655, 70.7299, 92.2041] as const;

/**
 * A face turned and scaled upright as ArcFace was trained on it (insightface's `norm_crop`): the similarity that brings
 * its five points nearest to the template, warped with a black border.
 *
 * @param points `[5, 2]` as x, y in the picture's pixels, in the template's order
 * @param side a multiple of 112 or of 128; the latter has the face eight pixels of 128 further right, as insightface has it
 * @throws ModelError `input_invalid` for points that are not five different ones
 */
export function alignFace(image: RgbImage, points: ArrayLike<number>, side = 112): RgbImage {
  const isWide = side % 112 !== 0;
  const ratio = isWide ? side / 128 : side / 112;
  const shift = isWide ? 8 * ratio : 0;
  const wanted = template.map((value, i) => value * ratio + (i % 2 === 0 ? shift : 0));
  return opencvWarpAffine(image, similarityBetween(points, wanted), { width: side, height: side });
}
