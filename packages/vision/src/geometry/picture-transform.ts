import { boxCount } from "../boxes/box-format.ts";
import { checkSides } from "../picture-sides.ts";
import { roundHalfToEven } from "../round-half-to-even.ts";
import type { Size } from "./size.ts";

/**
 * How a picture's coordinates became a model's: `model = picture * scale + offset`, per axis, in pixels. Letterboxes
 * round each side by itself, so the two scales differ a little.
 */
export interface PictureTransform {
  /** Size of the picture, and of what the model saw. */
  readonly picture: Size;
  readonly model: Size;
  readonly scaleX: number;
  readonly scaleY: number;
  readonly offsetX: number;
  readonly offsetY: number;
}

/**
 * The transform that ultralytics' `scale_boxes` infers from the two sizes alone. In a letterbox with `auto` that may not
 * be where the pixels went (two pixels off in 1633 x 517 at 608); the transforms of an `ImageTensor` are.
 * @throws ModelError `input_invalid` for sides that are no positive integers
 */
export function inferredTransform(picture: Size, model: Size): PictureTransform {
  checkSides(picture.width, picture.height);
  checkSides(model.width, model.height);
  const gain = Math.min(model.height / picture.height, model.width / picture.width);
  const width = Math.max(roundHalfToEven(picture.width * gain), 1);
  const height = Math.max(roundHalfToEven(picture.height * gain), 1);
  return {
    picture,
    model,
    scaleX: width / picture.width,
    scaleY: height / picture.height,
    offsetX: roundHalfToEven((model.width - width) / 2 - 0.1),
    offsetY: roundHalfToEven((model.height - height) / 2 - 0.1),
  };
}

/**
 * Boxes `[n, 4]` as left, top, right, bottom from the model's pixels to the picture's, clipped to the picture, in
 * float32; equal to ultralytics' `scale_boxes`. A coordinate that is no number stays so.
 * @throws ModelError `input_invalid` if the values are no multiple of four
 */
export function boxesToPicture(boxes: Float32Array, transform: PictureTransform): Float32Array {
  boxCount(boxes);
  const { picture } = transform;
  const result = pointsToPicture(boxes, transform);
  for (let i = 0; i < result.length; i++) {
    const limit = i % 2 === 0 ? picture.width : picture.height;
    result[i] = Math.min(Math.max(result[i] as number, 0), limit);
  }
  return result;
}

/** Points `[n, 2]` as x, y from the model's pixels to the picture's, not clipped, in float32. */
export function pointsToPicture(points: Float32Array, transform: PictureTransform): Float32Array {
  const { offsetX, offsetY } = transform;
  const [scaleX, scaleY] = [Math.fround(transform.scaleX), Math.fround(transform.scaleY)];
  const result = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    result[i] = Math.fround((points[i] as number) - offsetX) / scaleX;
    if (i + 1 < points.length) result[i + 1] = Math.fround((points[i + 1] as number) - offsetY) / scaleY;
  }
  return result;
}

/** Points `[n, 2]` from the picture's pixels to the model's, in float32. */
export function pointsToModel(points: Float32Array, transform: PictureTransform): Float32Array {
  const { scaleX, scaleY, offsetX, offsetY } = transform;
  return points.map((value, i) => (i % 2 === 0 ? value * scaleX + offsetX : value * scaleY + offsetY));
}
