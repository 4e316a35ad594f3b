import {
  alignFace,
  boxesToPicture,
  cropPose,
  gaussianBlur,
  inferredTransform,
  interpolate,
  letterboxGeometry,
  opencvResize,
  opencvResizeBytes,
  opencvResizePlane,
  opencvWarpAffine,
  poseFrame,
  type RgbImage,
  resample,
  type Size,
} from "@menagerie/vision";
import type { Draws } from "../draws.ts";
import { type FuzzTarget, must } from "../fuzz-target.ts";

type Job = (draws: Draws) => void;

/** Resampling, interpolation, warps and letterboxes from and to sizes that make sense, and that make none. */
export const pictureSizesTarget: FuzzTarget = {
  name: "picture-sizes",
  share: 12,
  memoryMb: 256,
  refusals: ["input_invalid", "image_too_large", "model_spec_invalid"],
  async prepare() {
    return (draws) => draws.pick(jobs)(draws);
  },
};

const jobs: readonly Job[] = [
  resampled,
  resampled,
  resized,
  resized,
  interpolated,
  interpolated,
  letterboxed,
  warped,
  aligned,
  posed,
  blurred,
];

function resampled(draws: Draws): void {
  const [image, to, level] = [flatPicture(draws), size(draws), draws.integer(0, 255)];
  image.data.fill(level);
  const { width, height } = to;
  const window = draws.chance(0.2)
    ? { left: edge(draws), top: edge(draws), right: edge(draws), bottom: edge(draws) }
    : undefined;
  const result = resample(image, {
    ...to,
    window,
    filter: draws.pick(["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]),
    arithmetic: draws.pick(["pillow-12", "pillow-13", "torchvision", "opencv"]),
  });
  if (window === undefined)
    must(result.width === width && result.height === height, `${result.width} x ${result.height}`);
  mustFill(result, 3);
  must(
    window !== undefined || result.data.every((value) => value === level),
    "a picture of one colour has another now",
  );
}

function resized(draws: Draws): void {
  const [{ data, width, height }, to] = [flatPicture(draws), size(draws)];
  const level = draws.integer(0, 255);
  const options = {
    ...to,
    interpolation: draws.pick(["nearest", "nearest_exact", "bilinear", "bicubic", "area"] as const),
  };
  const grey = data.subarray(0, Math.max(0, Math.floor(data.length / 3))).fill(level);
  const results = {
    colours: () => opencvResize({ data: data.fill(level), width, height }, options).data,
    bytes: () => opencvResizeBytes({ data: grey, width, height }, options),
    floats: () => opencvResizePlane({ data: Float32Array.from(grey), width, height }, options).data,
  };
  const result = results[draws.pick(["colours", "bytes", "floats"])]();
  must(
    result.every((value) => Math.abs(value - level) < 1e-3),
    "a plane of one level has another now",
  );
}

function interpolated(draws: Draws): void {
  const [channels, width, height] = [draws.chance(0.1) ? draws.absurd() : draws.integer(1, 3), ...sides(draws)];
  const data = new Float32Array(smallProduct(channels, width, height)).fill(0.25);
  const options = {
    mode: draws.pick(["nearest", "nearest-exact", "bilinear", "bicubic"] as const),
    align_corners: draws.chance(0.3),
    recompute_scale_factor: draws.chance(0.3),
  };
  const factor = (): number => (draws.chance(0.3) ? draws.absurd() : draws.real(0.05, 4));
  const target = draws.pick([size(draws), { scale_factor: factor() }, { scale_factor: [factor(), factor()] as const }]);
  const result = interpolate({ data, channels, width, height }, { ...options, ...target });
  must(result.data.length === result.channels * result.width * result.height, "the shape is not the data's");
  must(
    result.data.every((value) => Math.abs(value - 0.25) < 1e-5),
    "a plane of one value has another now",
  );
}

function letterboxed(draws: Draws): void {
  const [picture, box] = [size(draws), size(draws)];
  const options = {
    ...box,
    center: draws.chance(0.5),
    rounding: draws.pick(["half_even", "floor"] as const),
    scaleup: draws.chance(0.5),
    auto: draws.chance(0.5),
    stride: draws.chance(0.2) ? draws.absurd() : 32,
  };
  const { resized: inner, result, left, top } = letterboxGeometry(picture, options);
  const numbers = [inner.width, inner.height, result.width, result.height, left, top];
  must(
    numbers.every((value) => Number.isSafeInteger(value) && value >= 0),
    `a letterbox of ${numbers}`,
  );
  must(left + inner.width <= result.width && top + inner.height <= result.height, "the picture sticks out of its box");
  const boxes = boxesToPicture(draws.floats(8, 0.1), inferredTransform(picture, box));
  must(
    boxes.every((value) => !(value < 0 || value > Math.max(picture.width, picture.height))),
    "a box beyond the picture",
  );
}

function warped(draws: Draws): void {
  const numbers = Array.from({ length: 6 }, () => (draws.chance(0.1) ? draws.absurd() : draws.real(-3, 3)));
  const matrix = numbers as unknown as Parameters<typeof opencvWarpAffine>[1];
  mustFill(opencvWarpAffine(flatPicture(draws), matrix, size(draws)), 3);
}

function aligned(draws: Draws): void {
  const points = Array.from({ length: draws.chance(0.9) ? 10 : draws.integer(0, 12) }, () =>
    draws.chance(0.05) ? draws.absurd() : draws.real(-10, 90),
  );
  mustFill(alignFace(flatPicture(draws), points, draws.pick([112, 112, 128, 56, side(draws)])), 3);
}

function posed(draws: Draws): void {
  const number = (): number => (draws.chance(0.1) ? draws.absurd() : draws.real(-20, 120));
  const box = { left: number(), top: number(), width: number(), height: number() };
  const model = size(draws);
  mustFill(cropPose(flatPicture(draws), poseFrame(box, model), model), 3);
}

function blurred(draws: Draws): void {
  const { data, width, height } = flatPicture(draws);
  const plane = { data: new Float32Array(Math.max(0, Math.floor(data.length / 3))).fill(0.5), width, height };
  const result = gaussianBlur(plane, draws.pick([1, 3, 7, side(draws)]), draws.pick([0.5, 1.2, draws.absurd()]));
  must(
    result.data.every((value) => Math.abs(value - 0.5) < 1e-4),
    "a plane of one value has another now",
  );
}

function mustFill({ data, width, height }: RgbImage, channels: number): void {
  must(
    width > 0 && height > 0 && data.length === width * height * channels,
    `${width} x ${height} has ${data.length} levels`,
  );
}

/** Of a size that makes sense, or of one that its data cannot have. */
function flatPicture(draws: Draws): RgbImage {
  const [width, height] = sides(draws);
  return { data: new Uint8Array(smallProduct(width, height, 3)), width, height };
}

function size(draws: Draws): Size {
  const [width, height] = sides(draws);
  return { width, height };
}

function sides(draws: Draws): [number, number] {
  const [width, height] = [side(draws), side(draws)];
  // What memory could hold is not asked for: it would be a right answer, and a slow one.
  return (width > 96 && height > 16) || (height > 96 && width > 16) ? [width, Math.min(height, 16)] : [width, height];
}

function side(draws: Draws): number {
  return draws.chance(0.12) ? draws.absurd() : draws.integer(1, 96);
}

function edge(draws: Draws): number {
  return draws.chance(0.1) ? draws.absurd() : draws.integer(0, 96);
}

function smallProduct(...factors: number[]): number {
  const product = factors.reduce((a, b) => a * b);
  return product >= 0 && product <= 2_000_000 && Number.isInteger(product) ? product : 12;
}
