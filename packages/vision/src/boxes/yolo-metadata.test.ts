import { expect, test } from "vitest";
import { yoloMetadata } from "./yolo-metadata.ts";
import { yoloPreprocessing } from "./yolo-preprocessing.ts";

test("names are read as Python writes them, quotes, escapes and commas inside included", () => {
  const read = (names: string) => yoloMetadata({ names }).names;
  expect(read("{0: 'dent', 1: \"it's\", 2: 'a, \"b\": \\'c\\'', 3: 'caf\\xe9 \\\\ \\u20ac'}")).toEqual([
    "dent",
    "it's",
    "a, \"b\": 'c'",
    "café \\ €",
  ]);
  expect(read("['a', 'b']")).toEqual(["a", "b"]);
  expect(read("{0: 'new\\nline', 1: '\\r', 2: '🚗', 3: '\\U0001f697', 4: 'a\\'\"b'}")).toEqual([
    "new\nline",
    "\r",
    "🚗",
    "🚗",
    "a'\"b",
  ]);
  // As AutoBackend reads them: keys in any order or as texts, names that YAML took for something else.
  expect(read("{1: 'b', 0: 'a'}")).toEqual(["a", "b"]);
  expect(read("{'0': 'a', '1': 5, '2': True}")).toEqual(["a", "5", "True"]);
  for (const wrong of [
    "{}",
    "{1: 'a'}",
    "{0: 'a', 2: 'b'}",
    "{0: a}",
    "{0: 'a' 1: 'b'}",
    "dent",
    "",
    "{0: 'a'",
    "{0: 'a'} b",
    "{0: ['a']}",
    "{0: 'a', 0: 'b'}",
  ])
    expect(() => read(wrong), wrong).toThrow('"names" in a form that ultralytics does not write');
});

test("size, stride, task and form are read, and what is not there is undefined", () => {
  expect(yoloMetadata({ imgsz: "[640, 320]", stride: "32", task: "segment", end2end: "True" })).toEqual({
    names: undefined,
    task: "segment",
    size: { width: 320, height: 640 },
    stride: 32,
    suppressedBy: "end2end",
    precision: undefined,
  });
  expect(yoloMetadata({ imgsz: "640" }).size).toEqual({ width: 640, height: 640 });
  expect(yoloMetadata({})).toMatchObject({ size: undefined, stride: undefined, suppressedBy: undefined });
  for (const imgsz of ["big", "[]", "[640, 0]", "[1, 2, 3]", "6.5"])
    expect(() => yoloMetadata({ imgsz }), imgsz).toThrow('"imgsz"');
});

test("what the graph was exported with is read: suppression in the graph, and rounded weights", () => {
  const of = (args: string) => yoloMetadata({ args });
  expect(of("{'batch': 1, 'fraction': 1.0, 'quantize': 16, 'nms': None}")).toMatchObject({
    precision: "fp16",
    suppressedBy: undefined,
  });
  expect(of("{'half': True, 'nms': True}")).toMatchObject({ precision: "fp16", suppressedBy: "args" });
  expect(of("{'int8': True}").precision).toBe("int8");
  expect(of("{'quantize': 8}").precision).toBe("int8");
  expect(of("{'half': False, 'quantize': None, 'nms': False}")).toMatchObject({
    precision: undefined,
    suppressedBy: undefined,
  });
});

test("a graph of a fixed size gets the whole letterbox, one with free sides as little filling as its stride asks for", () => {
  const size = { width: 320, height: 640 };
  const letterbox = (shape: (number | string)[], metadata: Parameters<typeof yoloPreprocessing>[1]) =>
    yoloPreprocessing(shape, metadata)?.resize.letterbox;
  expect(letterbox([1, 3, 96, 64], { size, stride: 32 })).toEqual({ width: 64, height: 96 });
  expect(letterbox([1, 3, "height", "width"], { size, stride: 16 })).toEqual({ ...size, auto: true, stride: 16 });
  expect(letterbox(["batch", 3, "height", "width"], { size: undefined, stride: undefined })).toBeUndefined();
});
