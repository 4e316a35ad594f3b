import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { mixedInteger, writeOnnx } from "@menagerie/testing";

const dimensions = 512;

/** The two graphs of a CLIP ViT-B/32 by their inputs and outputs, with next to nothing between them. */
export async function writeClipGraphs(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const weights = (name: string, rows: number) => ({
    name,
    type: "float32" as const,
    shape: [rows, dimensions],
    data: new Uint8Array(
      Float32Array.from({ length: rows * dimensions }, (_, i) => (mixedInteger(i) % 1000) / 1000 - 0.5).buffer,
    ),
  });
  await writeOnnx(join(folder, "vision_model.onnx"), {
    inputs: [{ name: "pixel_values", type: "float32", shape: ["batch", 3, 224, 224] }],
    outputs: [{ name: "image_embeds", type: "float32", shape: ["batch", dimensions] }],
    initializers: [weights("w", 3)],
    nodes: [
      { op: "GlobalAveragePool", inputs: ["pixel_values"], outputs: ["mean"] },
      { op: "Flatten", inputs: ["mean"], outputs: ["flat"], attributes: { axis: 1 } },
      { op: "MatMul", inputs: ["flat", "w"], outputs: ["image_embeds"] },
    ],
  });
  await writeOnnx(join(folder, "text_model.onnx"), {
    inputs: [{ name: "input_ids", type: "int64", shape: ["batch", "length"] }],
    outputs: [{ name: "text_embeds", type: "float32", shape: ["batch", dimensions] }],
    initializers: [weights("w", 1)],
    nodes: [
      { op: "Cast", inputs: ["input_ids"], outputs: ["ids"], attributes: { to: 1 } },
      { op: "ReduceMean", inputs: ["ids"], outputs: ["mean"], attributes: { axes: [1], keepdims: 1 } },
      { op: "MatMul", inputs: ["mean", "w"], outputs: ["text_embeds"] },
    ],
  });
}
