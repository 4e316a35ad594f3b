import { ModelError } from "@menagerie/core";
import type { FloatPlanes } from "../float-planes.ts";
import type { Size } from "../geometry/size.ts";
import { combine, interpolationAxes, LineStore } from "../interpolate/interpolate.ts";

/** The class of each pixel, `[height, width]`, rows from the top: uint8, or uint16 of more than 256 classes. */
export interface ClassMap {
  readonly data: Uint8Array | Uint16Array;
  readonly width: number;
  readonly height: number;
}

const mostClasses = 65_536;

/**
 * The likeliest class of each pixel of the picture: logits enlarged (bilinear, corners not aligned), then the largest,
 * the first one of equals. What `post_process_semantic_segmentation` of transformers gives.
 *
 * One row of one class at a time: a picture of 12 megapixels with 150 classes takes 12 MB here and 7 GB there.
 * @throws ModelError `input_invalid` for more than 65,536 classes, a size without pixels, or a logit that is no number
 */
export function segment(logits: FloatPlanes, size: Size): ClassMap {
  const { channels, data } = logits;
  if (channels > mostClasses)
    throw new ModelError(
      "input_invalid",
      `A map holds ${mostClasses} classes at most, and these logits have ${channels}.`,
    );
  if (data.some(Number.isNaN))
    throw new ModelError("input_invalid", "A logit is no number: the model's answer is of no use.");
  const { width, height } = size;
  const { columns, rows } = interpolationAxes(logits, { width, height, mode: "bilinear" });
  const pixels = logits.width * logits.height;
  const stores = Array.from({ length: channels }, (_, channel) => {
    const store = new LineStore(columns, rows.taps);
    store.start(data.subarray(channel * pixels, (channel + 1) * pixels), logits.width);
    return store;
  });
  const classes = channels > 256 ? new Uint16Array(width * height) : new Uint8Array(width * height);
  const line = new Float32Array(width);
  const best = new Float32Array(width);
  for (let y = 0; y < height; y++) {
    const row = classes.subarray(y * width, (y + 1) * width);
    combine(stores[0] as LineStore, rows, y, best);
    for (let channel = 1; channel < channels; channel++) {
      combine(stores[channel] as LineStore, rows, y, line);
      for (let x = 0; x < width; x++) {
        if ((line[x] as number) <= (best[x] as number)) continue;
        best[x] = line[x] as number;
        row[x] = channel;
      }
    }
  }
  return { data: classes, width, height };
}

/** The part of the pixels that each class has, `[count]`; they sum to 1 where every class is below `count`. */
export function classCoverage({ data }: ClassMap, count: number): Float64Array {
  const pixels = new Float64Array(mostClasses);
  for (let i = 0; i < data.length; i++) pixels[data[i] as number] = (pixels[data[i] as number] as number) + 1;
  return pixels.slice(0, count).map((number) => (data.length === 0 ? 0 : number / data.length));
}
