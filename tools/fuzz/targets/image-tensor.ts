import type { ImagePreprocessing } from "@menagerie/vision";
import { ImagePipeline, type RgbImage } from "@menagerie/vision";
import { readFuzzPictures } from "../bytes/fuzz-pictures.ts";
import { mutateBytes } from "../bytes/mutate-bytes.ts";
import type { Draws } from "../draws.ts";
import { type FuzzTarget, must } from "../fuzz-target.ts";
import { fuzzImageLimits } from "./decode-image.ts";

/** `ImagePipeline.toTensor` on files and on pictures in memory, under descriptions as specs have them and absurd ones. */
export const imageTensorTarget: FuzzTarget = {
  name: "image-tensor",
  share: 10,
  memoryMb: 384,
  refusals: ["image_undecodable", "image_too_large", "input_invalid", "model_spec_invalid", "insufficient_memory"],
  async prepare(pictures) {
    const bases = await readFuzzPictures(pictures);
    return async (draws) => {
      const size = draws.chance(0.2) ? () => draws.absurd() : () => draws.integer(1, 96);
      const preprocessing = description(draws, size);
      const inputs = Array.from({ length: draws.pick([1, 1, 1, 2, 0]) }, () => {
        if (draws.chance(0.4)) return rawPicture(draws);
        const [, base] = draws.pick(bases);
        return draws.chance(0.5) ? base : mutateBytes(base, draws);
      });
      const { shape, data, transforms } = await new ImagePipeline(preprocessing, fuzzImageLimits).toTensor(inputs);
      must(
        shape.every((side) => Number.isSafeInteger(side) && side > 0),
        `the tensor has the shape ${shape}`,
      );
      must(data.length === shape.reduce((product, side) => product * side), `${data.length} values in ${shape}`);
      must(transforms.length === inputs.length && shape[0] === inputs.length, "a picture is missing");
      must(data.every(Number.isFinite), "a value is no number");
    };
  },
};

/** Filters that every arithmetic has. */
const common = ["nearest", "bilinear", "bicubic"] as const;

function description(draws: Draws, size: () => number): ImagePreprocessing {
  const resize = draws.pick<ImagePreprocessing["resize"]>([
    undefined,
    { shortest_edge: size() },
    { shortest_edge: size(), crop_pct: draws.chance(0.1) ? draws.absurd() : draws.real(0.5, 1) },
    { width: size(), height: size() },
    { width: size(), height: size(), keep_aspect_ratio: true, ensure_multiple_of: draws.pick([1, 14, 32]) },
    { width: size(), height: size(), keep_aspect_ratio: draws.chance(0.5), resize_method: "lower_bound" },
    { letterbox: { width: size(), height: size(), auto: draws.chance(0.5), scaleup: draws.chance(0.5) } },
    { letterbox: { width: size(), height: size(), center: false, rounding: "floor" } },
  ]);
  return {
    arithmetic: draws.pick(["pillow-12", "pillow-13", "torchvision", "opencv"]),
    convert_rgb: draws.chance(0.5),
    resize,
    filter: draws.pick(draws.chance(0.9) ? common : ["box", "hamming", "lanczos", "area"]),
    crop: draws.chance(resize !== undefined && "letterbox" in resize ? 0.05 : 0.3)
      ? { width: size(), height: size() }
      : undefined,
    crop_rounding: draws.pick(["floor", "round"]),
    pad: draws.pick([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      { width: 128, height: 128 },
      { size_divisor: size() },
    ]),
    rescale_factor: 1 / 255,
    mean: draws.chance(0.5) ? [0.5, 0.4, 0.3] : undefined,
    std: draws.chance(0.5) ? [0.2, 0.3, 0.4] : undefined,
    channel_order: draws.pick([undefined, "bgr"]),
    data_format: draws.pick([undefined, "channels_last"]),
    dtype: draws.pick([undefined, "float16", "uint8"]),
  };
}

function rawPicture(draws: Draws): RgbImage {
  const [width, height] = [draws.pick([1, 2, 7, 64, 500]), draws.pick([1, 3, 31, 100])];
  const data = new Uint8Array(width * height * 3 + draws.pick([0, 0, 0, 0, 0, 0, 1, -1]));
  return draws.chance(0.05)
    ? { data, width: draws.absurd(), height }
    : { data: data.fill(draws.integer(0, 255)), width, height };
}
