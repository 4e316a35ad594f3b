import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { TensorDeclaration } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { expect, test } from "vitest";
import { ImagePipeline } from "../pipeline/image-pipeline.ts";
import { ultralyticsClassifier } from "./ultralytics-classifier.ts";

interface Case {
  readonly imgsz: string;
  readonly pictures: Readonly<Record<string, { readonly shape: number[]; readonly digest: string }>>;
}

const fixtures = new URL("../../fixtures/", import.meta.url);
const cases = Object.entries(
  (JSON.parse(readFileSync(new URL("ultralytics-classify.json", fixtures), "utf8")) as { cases: Record<string, Case> })
    .cases,
);

const ofMetadata = (
  metadata: Record<string, string>,
  shape: TensorDeclaration["shape"] = ["batch", 3, "height", "width"],
  precision?: "fp16" | "fp32",
) =>
  ultralyticsClassifier(new CheckpointFolder("/folder", precision === undefined ? {} : { precision }), {
    file: "best.onnx",
    precision: "fp32",
    header: { inputs: { images: { dtype: "float32", shape } }, metadata },
  });

// Made by tools/export/vision/ultralytics_classify.py with OpenCV 5.0 and Pillow 13.0.
test.each(cases)("pictures for %s come out as ultralytics makes them", async (_, { imgsz, pictures }) => {
  const found = ofMetadata({ task: "classify", imgsz });
  if (found === undefined) throw new Error("nothing was found");
  const pipeline = new ImagePipeline(found.processor.preprocessing);
  for (const [name, { shape, digest }] of Object.entries(pictures)) {
    using tensor = await pipeline.toTensor([new Uint8Array(readFileSync(new URL(`pictures/${name}`, fixtures)))]);
    expect(tensor.shape, name).toEqual([1, ...shape]);
    expect(createHash("sha256").update(tensor.data).digest("hex"), name).toBe(digest);
  }
});

test("names, size and precision are those of the metadata, and a key that nobody knows is told", () => {
  const metadata = {
    ...{ author: "Ultralytics", task: "classify", imgsz: "[64, 64]", stride: "1", batch: "1", channels: "3" },
    ...{
      names: "{0: 'bus', 1: 'it\\'s a \"car\"'}",
      args: "{'batch': 1, 'half': True}",
      end2end: "False",
      tint: "warm",
    },
  };
  const found = ofMetadata(metadata, [1, 3, 64, 64]);
  expect(found).toMatchObject({
    labels: ["bus", 'it\'s a "car"'],
    precision: "fp16",
    processor: { result: { width: 64, height: 64 } },
    findings: ['the graph\'s metadata has the key "tint", which is not looked at'],
  });
  expect(found?.processor.finding).toBe(
    "pictures: 64 px short edge, bilinear, centre 64 x 64, levels 0 to 1, as ultralytics exported it (best.onnx)",
  );
});

test("a graph of fixed sides says its size without metadata, and one of another exporter says nothing", () => {
  expect(ofMetadata({ task: "classify", stride: "1" }, [1, 3, 40, 56])?.processor.preprocessing).toMatchObject({
    resize: { width: 56, height: 40 },
  });
  expect(ofMetadata({ producer: "someone", task: "classify" })).toBeUndefined();
  expect(ofMetadata({ names: "['a']", imgsz: "[8, 8]" })).toBeUndefined();
});

test.each<[string, Record<string, string>, TensorDeclaration["shape"], RegExp]>([
  [
    "another task",
    { task: "detect" },
    [1, 3, 8, 8],
    /best\.onnx, key "task": is "detect", and "classify" is needed\. Another family takes it/,
  ],
  ["another size than the graph's", {}, [1, 3, 8, 9], /key "imgsz": is 8 x 8, but the graph takes 9 x 8/],
  ["no size", { imgsz: "" }, [1, 3, "h", "w"], /key "imgsz"/],
  ["channels that are no colours", { channels: "4" }, [1, 3, 8, 8], /key "channels": is 4/],
  ["names that have a gap", { names: "{0: 'a', 2: 'b'}" }, [1, 3, 8, 8], /key "names"/],
])("metadata with %s is refused by its key", (_, changed, shape, message) => {
  const metadata = { task: "classify", imgsz: "[8, 8]", stride: "1", ...changed };
  expect(() => ofMetadata(metadata, shape)).toThrow(message);
});

test("rounded weights are refused where exact ones were asked for", () => {
  const rounded = { task: "classify", imgsz: "[8, 8]", args: "{'half': True}" };
  expect(() => ofMetadata(rounded, [1, 3, 8, 8], "fp32")).toThrow(/key "args": says that its weights are fp16/);
});

test("free sides of which the metadata does not say the size take the one that is named, and say how to name it", () => {
  const graph = {
    file: "best.onnx",
    precision: "fp32",
    header: {
      inputs: { images: { dtype: "float32", shape: ["batch", 3, "height", "width"] } },
      metadata: { task: "classify", stride: "1" },
    },
  } as const;
  expect(() => ultralyticsClassifier(new CheckpointFolder("/folder"), graph)).toThrow(/"imgsz": .*: --size 224/);
  const named = ultralyticsClassifier(new CheckpointFolder("/folder", { size: [96, 96] }), graph);
  expect(named?.processor.result).toEqual({ width: 96, height: 96 });
});
