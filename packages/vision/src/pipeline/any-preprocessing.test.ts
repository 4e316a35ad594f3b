import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededPicture } from "../../fixtures/resample-cases.ts";
import type { ImagePreprocessing } from "../preprocessing/image-preprocessing.ts";
import { ImagePipeline } from "./image-pipeline.ts";

const side = fc.integer({ min: 1, max: 90 });
const optional = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(values, { nil: undefined });
const paddingValue = optional(fc.constantFrom<number | [number, number, number]>(0, 114, [1, 2, 3]));
const resize: fc.Arbitrary<ImagePreprocessing["resize"]> = fc.oneof(
  fc.record({ shortest_edge: side, crop_pct: optional(fc.double({ min: 0.1, max: 1, noNaN: true })) }),
  fc.record({
    width: side,
    height: side,
    keep_aspect_ratio: optional(fc.boolean()),
    ensure_multiple_of: optional(fc.integer({ min: 1, max: 20 })),
    resize_method: optional(fc.constantFrom("minimal", "lower_bound", "upper_bound")),
  }),
  fc.record({
    letterbox: fc.record({
      width: side,
      height: side,
      center: optional(fc.boolean()),
      rounding: optional(fc.constantFrom("half_even", "floor")),
      scaleup: optional(fc.boolean()),
      auto: optional(fc.boolean()),
      stride: optional(side),
      padding_value: paddingValue,
    }),
  }),
);
const preprocessing: fc.Arbitrary<ImagePreprocessing> = fc.record({
  arithmetic: fc.constantFrom("pillow-12", "pillow-13", "torchvision", "opencv"),
  convert_rgb: fc.boolean(),
  resize: optional(resize),
  filter: fc.constantFrom("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos", "area"),
  crop: optional(fc.record({ width: side, height: side })),
  crop_rounding: fc.constantFrom("floor", "round"),
  pad: optional(
    fc.oneof(
      fc.record({ width: side, height: side, padding_value: paddingValue }),
      fc.record({ size_divisor: side, padding_value: paddingValue }),
    ),
  ),
  rescale_factor: fc.constant(1 / 255),
  rescale_offset: optional(fc.boolean()),
  mean: optional(fc.constant<[number, number, number]>([0.5, 0.4, 0.3])),
  std: optional(fc.constant<[number, number, number]>([0.5, 0.4, 0.3])),
  channel_order: optional(fc.constantFrom("rgb", "bgr")),
  data_format: optional(fc.constantFrom("channels_first", "channels_last")),
  dtype: optional(fc.constantFrom("float32", "float16", "uint8")),
});

describe("any preprocessing of the right shape", () => {
  it("gives a whole tensor of the picture, or a ModelError, and nothing else", async () => {
    let tensors = 0;
    await fc.assert(
      fc.asyncProperty(preprocessing, side, side, async (description, width, height) => {
        try {
          const pipeline = new ImagePipeline(description);
          const { data, shape, type, transforms } = await pipeline.toTensor([seededPicture(3, width, height, 0)]);
          expect(data.length).toBe(shape.reduce((product, length) => product * length, 1));
          expect(type).toBe(description.dtype ?? "float32");
          expect(transforms).toHaveLength(1);
          expect([...data.subarray(0, 500)].every(Number.isFinite)).toBe(true);
          tensors++;
        } catch (error) {
          expect(error).toMatchObject({
            code: expect.stringMatching(/^(model_spec_invalid|input_invalid|image_too_large)$/),
          });
        }
      }),
      { numRuns: 300 },
    );
    // About sixty in the mean.
    expect(tensors).toBeGreaterThan(15);
  });

  it("refuses descriptions that contradict themselves, by name", () => {
    const letterbox = { letterbox: { width: 64, height: 64 } };
    const size = { width: 32, height: 32 };
    for (const [description, words] of [
      [{ resize: letterbox, crop: size }, "letterbox and crop"],
      [{ resize: letterbox, pad: size }, "letterbox and pad"],
      [{ resize: { shortest_edge: 20, crop_pct: 0.9 }, crop: size }, "crop_pct and crop"],
      [{ dtype: "uint8", mean: [0, 0, 0], std: [1, 1, 1] }, "dtype uint8"],
    ] as const)
      expect(() => new ImagePipeline({ ...plain, ...(description as Partial<ImagePreprocessing>) })).toThrow(
        expect.objectContaining({ code: "model_spec_invalid", message: expect.stringContaining(words) }),
      );
  });

  it("refuses pictures in memory that are no pictures", async () => {
    const pipeline = new ImagePipeline(plain);
    for (const [width, height, bytes] of [
      [0, 0, 0],
      [2, 2, 11],
      [-1, -4, 12],
      [1.5, 2, 9],
      [Number.NaN, 1, 3],
    ] as const)
      await expect(pipeline.toTensor([{ data: new Uint8Array(bytes), width, height }])).rejects.toMatchObject({
        code: "input_invalid",
      });
  });
});

const plain: ImagePreprocessing = {
  arithmetic: "opencv",
  convert_rgb: true,
  filter: "bilinear",
  crop_rounding: "floor",
  rescale_factor: 1 / 255,
};
