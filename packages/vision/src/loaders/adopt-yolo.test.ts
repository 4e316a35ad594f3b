import type { ModelSpec, TensorDeclaration } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { expect, test } from "vitest";
import { adoptYolo } from "./adopt-yolo.ts";

const letterbox = { width: 640, height: 640 };
const like = { preprocessing: { image: { resize: { letterbox } } } } as unknown as ModelSpec;
const unlike = { preprocessing: {} } as ModelSpec;

function adopted(
  shape: TensorDeclaration["shape"],
  metadata: Record<string, string>,
  {
    dtype = "float32",
    spec = like,
    precision,
  }: { dtype?: TensorDeclaration["dtype"]; spec?: ModelSpec; precision?: string } = {},
) {
  const header = { inputs: { images: { dtype, shape } }, outputs: { output0: { dtype, shape: [1, 6, 9] } }, metadata };
  return adoptYolo(
    new CheckpointFolder("/folder", precision === undefined ? {} : { precision }),
    { file: "best.onnx", precision: "fp32", header },
    spec,
    "segment",
  );
}

test("a graph's own size, stride and precision are taken, and half precision goes in as such", () => {
  const fixed = adopted([1, 3, 96, 160], { task: "segment", imgsz: "[96, 160]", args: "{'quantize': 16}" });
  expect(fixed.image.resize).toEqual({ letterbox: { width: 160, height: 96 } });
  expect(fixed).toMatchObject({
    precision: "fp16",
    finding: "pictures: letterbox of 160 x 96 px, weights fp16 (best.onnx)",
  });
  const free = adopted(["batch", 3, "?", "height:1"], { imgsz: "[320, 320]", stride: "64" }, { dtype: "float16" });
  expect(free.image).toMatchObject({
    dtype: "float16",
    resize: { letterbox: { width: 320, height: 320, auto: true, stride: 64 } },
  });
  expect(free.inputs.images?.shape).toEqual(["axis_0", 3, "axis_2", "axis_3"]);
});

test("rounded weights are refused where exact ones were asked for", () => {
  const rounded = { args: "{'half': True}" };
  expect(adopted([1, 3, 96, 96], rounded, { precision: "fp16" }).precision).toBe("fp16");
  expect(() => adopted([1, 3, 96, 96], rounded, { precision: "fp32" })).toThrow(
    /key "args": says that its weights are fp16; fp32 was asked for/,
  );
});

test("free sides of which the graph does not say the size take that of the model it is like, and the finding says so", () => {
  const free = adopted(["batch", 3, "height", "width"], {});
  expect(free.image.resize).toEqual({ letterbox: { ...letterbox, auto: true, stride: 32 } });
  expect(free.finding).toBe("pictures: letterbox of 640 x 640 px, filled up to the stride, weights fp32 (best.onnx)");
  expect(() => adopted(["batch", 3, "height", "width"], {}, { spec: unlike })).toThrow(
    /key "imgsz": is not in the metadata, and the input's sides are free/,
  );
});

test.each<[string, TensorDeclaration["shape"], Record<string, string>, RegExp]>([
  ["several pictures at once", [4, 3, 96, 96], {}, /key "images": takes 4 pictures at once. Export it with batch=1/],
  ["grey pictures", [1, 1, 96, 96], {}, /key "images": is float32 \[1, 1, 96, 96\]; float32 or float16 \[1, 3,/],
  ["channels last", [1, 96, 96, 3], {}, /key "images": is float32 \[1, 96, 96, 3\]/],
  ["another task", [1, 3, 96, 96], { task: "pose" }, /key "task": is "pose", and "segment" is needed/],
  ["a head that chooses", [1, 3, 96, 96], { end2end: "True" }, /key "end2end": is True.*Export it with end2end=False/],
  ["suppression inside", [1, 3, 96, 96], { args: "{'nms': True}" }, /key "args": has nms=True: .*Export it without/],
  ["no numbers", [1, 3, 96, 96], { stride: "many" }, /best\.onnx, key "stride": /],
])("a graph with %s is refused with the tensor or the key named, and the remedy", (_what, shape, metadata, message) => {
  expect(() => adopted(shape, metadata)).toThrow(message);
});

test("a graph of another task is refused with what takes it, or with what to export", () => {
  expect(() => adopted([1, 3, 96, 96], { task: "pose" })).toThrow(
    /key "task": is "pose", and "segment" is needed\. No family here reads such an answer: export a model that detects/,
  );
  expect(() => adopted([1, 3, 96, 96], { task: "detect" })).toThrow(
    /Another family takes it: zoo adopt DIR without --like/,
  );
});

test("a graph of other channels is refused, and a key of its metadata that is not looked at is told", () => {
  const said = { task: "segment", imgsz: "[96, 96]" };
  expect(() => adopted([1, 3, 96, 96], { ...said, channels: "1" })).toThrow(/key "channels": is 1; pictures have 3/);
  expect(adopted([1, 3, 96, 96], { ...said, gamma: "2" }).finding).toMatch(
    /has the key "gamma", which is not looked at/,
  );
  // Another exporter's metadata is its own.
  expect(adopted([1, 3, 96, 96], { gamma: "2", imgsz: "[96, 96]" }).finding).not.toMatch(/gamma/);
});
