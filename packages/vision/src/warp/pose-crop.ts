import { ModelError } from "@menagerie/core";
import type { Size } from "../geometry/size.ts";
import { checkSides } from "../picture-sides.ts";
import type { RgbImage } from "../rgb-image.ts";

/** A person's box in the picture's pixels, as COCO writes it. */
export interface PersonBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The part of a picture that a top-down pose model sees, in pixels: widened to the model's aspect and by a quarter. */
export interface PoseFrame {
  readonly centreX: number;
  readonly centreY: number;
  readonly width: number;
  readonly height: number;
}

/**
 * transformers' `box_to_center_and_scale`, rounded to float32 where it rounds.
 * @param model sides of the model's input
 * @param normalizeFactor what sides are divided by before they are multiplied by 200; 200 in every published processor
 * @throws ModelError `input_invalid` for a box without an area, or with a coordinate that is no number
 */
export function poseFrame(box: PersonBox, model: Size, normalizeFactor = 200): PoseFrame {
  checkSides(model.width, model.height);
  let { width, height } = box;
  if (!(width > 0 && height > 0 && Number.isFinite(box.left + box.top + width + height)))
    throw new ModelError("input_invalid", "A person's box must have four numbers, and a width and a height above 0.", {
      details: { box },
    });
  const f = Math.fround;
  const aspect = model.width / model.height;
  const [centreX, centreY] = [f(box.left + width * 0.5), f(box.top + height * 0.5)];
  if (width > aspect * height) height = width / aspect;
  else if (width < aspect * height) width = height * aspect;
  // The scale travels as a part of so many pixels, in float32.
  const side = (length: number): number => f(f(f(length / normalizeFactor) * 1.25) * 200);
  return { centreX, centreY, width: side(width), height: side(height) };
}

/**
 * The picture inside `frame` at the model's size: ViTPose's affine warp as transformers does it on scipy
 * (`ndimage.affine_transform`, order 1, uint8), to the bit. Corner pixels lie on corner pixels; what is outside the
 * picture is 0 at once, without blending; values are rounded half up.
 */
export function cropPose(image: RgbImage, frame: PoseFrame, model: Size): RgbImage {
  const pixels = checkSides(model.width, model.height);
  checkSides(image.width, image.height);
  const columns = positions(model.width, frame.centreX, frame.width, image.width);
  const rows = positions(model.height, frame.centreY, frame.height, image.height);
  const data = new Uint8Array(pixels * 3);
  const source = image.data;
  const stride = image.width * 3;
  let write = 0;
  for (let y = 0; y < model.height; y++) {
    const row = rows[y] as number;
    if (Number.isNaN(row)) {
      write += model.width * 3;
      continue;
    }
    const upper = Math.floor(row);
    const fractionY = row - upper;
    const above = upper * stride;
    const below = fractionY === 0 ? above : above + stride;
    for (let x = 0; x < model.width; x++, write += 3) {
      const column = columns[x] as number;
      if (Number.isNaN(column)) continue;
      const left = Math.floor(column);
      const fractionX = column - left;
      const near = left * 3;
      const far = fractionX === 0 ? near : near + 3;
      for (let channel = 0; channel < 3; channel++) {
        const value =
          (source[above + near + channel] as number) * (1 - fractionY) * (1 - fractionX) +
          (source[above + far + channel] as number) * (1 - fractionY) * fractionX +
          (source[below + near + channel] as number) * fractionY * (1 - fractionX) +
          (source[below + far + channel] as number) * fractionY * fractionX;
        data[write + channel] = value + 0.5;
      }
    }
  }
  return { data, width: model.width, height: model.height };
}

/** For each of the model's pixels along one axis, where it lies in the picture; NaN outside. */
function positions(count: number, centre: number, length: number, limit: number): Float64Array {
  const f = Math.fround;
  // `get_warp_matrix` makes float32 of a float64 scale; its inverse, of a triangular matrix, multiplies by a reciprocal.
  const exactScale = (count - 1) / length;
  const scale = f(exactScale);
  const offset = f(exactScale * f(f(-0.5 * f(centre * 2)) + f(0.5 * length)));
  const step = 1 / scale;
  const shift = -(step * offset);
  return Float64Array.from({ length: count }, (_, i) => {
    const position = i * step + shift;
    return position < 0 || position > limit - 1 ? Number.NaN : position;
  });
}
