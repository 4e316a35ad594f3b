import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelSpec } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { afterEach, beforeEach, expect, test } from "vitest";
import { adoptPictureModel } from "./adopt-picture-model.ts";

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "menagerie-picture-"));
});
afterEach(() => rm(path, { recursive: true }));

test("a graph that takes and gives half precision is declared as it is, whatever is computed inside", async () => {
  await writeFile(
    join(path, "preprocessor_config.json"),
    JSON.stringify({ image_processor_type: "SegformerImageProcessor", size: { height: 32, width: 32 } }),
  );
  const like = { resource_requirements: { vram_mb: 1, ram_mb: 1, max_batch: 4 } } as ModelSpec;
  const graph = {
    file: "onnx/model.onnx",
    precision: "fp16",
    header: {
      inputs: { pixel_values: { dtype: "float16", shape: ["batch", 3, 32, 32] } },
      outputs: { logits: { dtype: "float16", shape: ["batch", 5, 8, 8] } },
    },
    artifacts: [],
    declaration: { artifact: "model", batch_axis: 0 },
  } as const;
  const { spec } = await adoptPictureModel(new CheckpointFolder(path), like, graph, { output: "logits" });
  expect(spec.input_schema?.model?.pixel_values).toEqual({ dtype: "float16", shape: ["batch", 3, 32, 32] });
  expect(spec.output_schema?.model?.logits?.dtype).toBe("float16");
});
