import { describe, expect, it } from "vitest";
import { imagePreprocessingSchema } from "./image-preprocessing.ts";

const plain = { arithmetic: "torchvision" };

describe("imagePreprocessingSchema", () => {
  it("leaves a description as it was before it knew more: only the old keys have defaults", () => {
    expect(imagePreprocessingSchema.parse({ ...plain, resize: { shortest_edge: 224 } })).toEqual({
      arithmetic: "torchvision",
      convert_rgb: true,
      resize: { shortest_edge: 224 },
      filter: "bicubic",
      crop_rounding: "floor",
      rescale_factor: 1 / 255,
    });
  });

  it.each([
    { resize: { shortest_edge: 224, crop_pct: 0.875 } },
    { resize: { shortest_edge: 224, longest_edge: 300 } },
    {
      resize: {
        width: 518,
        height: 518,
        keep_aspect_ratio: true,
        ensure_multiple_of: 14,
        resize_method: "lower_bound",
      },
    },
    { resize: { letterbox: { width: 640, height: 640, auto: true, stride: 32, padding_value: [114, 114, 114] } } },
    { arithmetic: "opencv", filter: "area", channel_order: "bgr", data_format: "channels_last", dtype: "float16" },
    { pad: { size_divisor: 32, padding_value: 0 }, rescale_offset: true },
  ])("takes %j", (description) => {
    expect(imagePreprocessingSchema.safeParse({ ...plain, ...description }).success).toBe(true);
  });

  it.each([
    { resize: { shortest_edge: 0 } },
    { resize: { shortest_edge: 224, crop_pct: 1.5 } },
    { resize: { shortest_edge: 224, width: 3 } },
    { resize: { shortest_edge: 224, longest_edge: 300, crop_pct: 0.9 } },
    { resize: { letterbox: { width: 640 } } },
    { resize: { letterbox: { width: 640, height: 640, padding_value: 300 } } },
    { pad: { size_divisor: 32, width: 3 } },
    { dtype: "float64" },
    { channel_order: "grb" },
  ])("refuses %j", (description) => {
    expect(imagePreprocessingSchema.safeParse({ ...plain, ...description }).success).toBe(false);
  });
});
