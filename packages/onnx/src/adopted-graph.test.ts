import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DataType } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { type OnnxInitializer, writeOnnx } from "@menagerie/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { adoptedGraph, graphAt } from "./adopted-graph.ts";
import { tinyModel } from "./tiny-model.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-graph-"));
  await mkdir(join(folder, "onnx"));
});
afterEach(() => rm(folder, { recursive: true }));

async function found(files: readonly string[], precision?: string): Promise<[string, string]> {
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

test("the precision of a graph whose name says none is that of most of its weights, or of its pictures", async () => {
  const weights = (type: DataType, size: number): OnnxInitializer => ({
    ...{ name: type, type, shape: [size] },
    data: new Uint8Array(size * (type === "float32" ? 4 : type === "float16" ? 2 : 1)),
  });
  const precision = async (initializers: readonly OnnxInitializer[], type: DataType = "float32", name = "model") => {
    const tensor = (name: string) => ({ name, type, shape: ["batch", 3] });
    const nodes = [{ op: "Relu", inputs: ["x"], outputs: ["y"] }];
    const model = { inputs: [tensor("x")], outputs: [tensor("y")], initializers, nodes };
    await writeOnnx(join(folder, `${name}.onnx`), model);
    return (await graphAt(new CheckpointFolder(folder), `${name}.onnx`, "model")).precision;
  };
  expect(await precision([weights("float32", 9), weights("float16", 8)])).toBe("fp32");
  expect(await precision([weights("float32", 8), weights("float16", 9)])).toBe("fp16");
  expect(await precision([weights("float32", 8), weights("int8", 90)])).toBe("int8");
  expect(await precision([weights("float16", 8), weights("uint8", 90)])).toBe("uint8");
  expect(await precision([weights("float32", 8)], "float16")).toBe("fp16");
  expect(await precision([weights("float16", 8)], "float16", "best")).toBe("fp16");
  expect(await precision([weights("float16", 8)], "float16", "model_q4f16")).toBe("q4f16");
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
