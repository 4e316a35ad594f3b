import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointFolder, type Precision } from "@menagerie/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { adoptedGraph } from "./adopted-graph.ts";
import { tinyModel } from "./tiny-model.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-graph-"));
  await mkdir(join(folder, "onnx"));
});
afterEach(() => rm(folder, { recursive: true }));

async function found(files: readonly string[], precision?: Precision): Promise<[string, Precision]> {
  for (const file of files) await writeFile(join(folder, file), tinyModel());
  const graph = await adoptedGraph(new CheckpointFolder(folder, precision === undefined ? {} : { precision }), "model");
  return [graph.file, graph.precision];
}

test("the most exact graph is taken where nobody asks for another, that in the folder of graphs first", async () => {
  expect(await found(["model_quantized.onnx"])).toEqual(["model_quantized.onnx", "uint8"]);
  expect(await found(["model.onnx"])).toEqual(["model.onnx", "fp32"]);
  expect(await found(["onnx/model_fp16.onnx"])).toEqual(["onnx/model_fp16.onnx", "fp16"]);
  expect(await found(["onnx/model.onnx"])).toEqual(["onnx/model.onnx", "fp32"]);
});

test("the precision that is asked for is taken, and no other where it is not there", async () => {
  const files = ["onnx/model.onnx", "onnx/model_fp16.onnx", "onnx/model_quantized.onnx", "onnx/model_int8.onnx"];
  expect(await found(files, "fp16")).toEqual(["onnx/model_fp16.onnx", "fp16"]);
  expect(await found([], "int8")).toEqual(["onnx/model_int8.onnx", "int8"]);
  expect(await found([], "uint8")).toEqual(["onnx/model_quantized.onnx", "uint8"]);
  await expect(found([], "q4")).rejects.toMatchObject({
    code: "checkpoint_invalid",
    message: expect.stringMatching(/onnx\/model_q4\.onnx.*is missing/),
  });
});
