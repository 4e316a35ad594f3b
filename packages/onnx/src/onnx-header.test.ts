import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isModelError } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { writeMlp, writeOnnx } from "@menagerie/testing";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adoptedGraph } from "./adopted-graph.ts";
import { readOnnxHeader } from "./onnx-header.ts";

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-header-"));
  file = join(folder, "model.onnx");
  await writeOnnx(file, {
    opset: 17,
    inputs: [
      { name: "pixels", type: "float32", shape: ["batch", 3, 8, 8] },
      { name: "ids", type: "int64", shape: ["batch", "sequence"] },
    ],
    outputs: [{ name: "y", type: "float16", shape: ["batch"] }],
    initializers: [
      { name: "w", type: "float32", shape: [2], data: new Uint8Array(8) },
      { name: "text_model.position_embedding.weight", type: "float32", shape: [1, 2], data: new Uint8Array(8) },
      // What `torch.tensor(3.3)` is in memory.
      { name: "clip.logit_scale", type: "float32", shape: [], data: Uint8Array.of(0x33, 0x33, 0x53, 0x40) },
    ],
    nodes: [{ op: "Relu", inputs: ["pixels"], outputs: ["y"] }],
    metadata: { logit_scale: "4.6", names: "ä, 🍕" },
  });
});
afterAll(() => rm(folder, { recursive: true }));

describe("a file that is no ONNX model", () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    [
      "a git-lfs pointer",
      "version https://git-lfs.github.com/spec/v1\nsize 605804513\n",
      /git-lfs pointer, which promises 605\.8 MB/,
    ],
    ["a web page", "<!DOCTYPE html><html>", /is a web page/],
    ["a zip", Buffer.from("PK\x03\x04aaaaaaaaaaaa", "latin1"), /is not a whole ONNX model: it is an archive/],
    ["nothing", "", /is empty/],
    ["noise", Uint8Array.of(0xf3, 0x17, 0x99, 0x42, 0x11), /is not a whole ONNX model: what stands at byte/],
  ])("is told as what it is: %s", async (_what, content, message) => {
    const path = join(folder, "other.onnx");
    await writeFile(path, content);
    const error = await readOnnxHeader(path).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: "checkpoint_invalid", message: expect.stringMatching(message) });
    expect((error as Error).message).not.toContain("wire type");
  });
});

describe("weights beside a graph", () => {
  const model = {
    inputs: [{ name: "x", type: "float32", shape: [4] }],
    outputs: [{ name: "y", type: "float32", shape: [4] }],
    initializers: [{ name: "w", type: "float32", shape: [4], data: new Uint8Array(16) }],
    nodes: [{ op: "Add", inputs: ["x", "w"], outputs: ["y"] }],
  } as const;

  test("that are cut off are refused before the engine sees them", async () => {
    const own = join(folder, "weights");
    await mkdir(join(own, "onnx"), { recursive: true });
    await writeOnnx(join(own, "onnx/model.onnx"), model, { externalData: "model.onnx_data" });
    expect((await readOnnxHeader(join(own, "onnx/model.onnx"))).externalBytes).toEqual({ "model.onnx_data": 16 });
    await adoptedGraph(new CheckpointFolder(own), "model");
    await truncate(join(own, "onnx/model.onnx_data"), 12);
    await expect(adoptedGraph(new CheckpointFolder(own), "model")).rejects.toThrow(
      /onnx\/model\.onnx_data: has 12 bytes, and onnx\/model\.onnx finds its weights in the first 16/,
    );
  });
});

describe("the header of a model file", () => {
  test("has inputs, outputs, opset and metadata, and no weights among the inputs", async () => {
    expect(await readOnnxHeader(file)).toEqual({
      inputs: {
        pixels: { dtype: "float32", shape: ["batch", 3, 8, 8] },
        ids: { dtype: "int64", shape: ["batch", "sequence"] },
      },
      outputs: { y: { dtype: "float16", shape: ["batch"] } },
      opset: 17,
      metadata: { logit_scale: "4.6", names: "ä, 🍕" },
      scalars: { "clip.logit_scale": 3.299999952316284 },
      embeddings: { "text_model.position_embedding.weight": [1, 2] },
      weights: { float32: 5 },
      externalData: [],
      externalBytes: {},
    });
  });

  test("names the files beside it that hold weights", async () => {
    await writeMlp(join(folder, "mlp.onnx"), { megabytes: 0.1, width: 64, externalData: "mlp.onnx_data" });
    expect((await readOnnxHeader(join(folder, "mlp.onnx"))).externalData).toEqual(["mlp.onnx_data"]);
  });

  test("of a file that is cut off anywhere is refused", async () => {
    const bytes = await readFile(file);
    const cut = join(folder, "cut.onnx");
    // A cut between two top-level fields leaves a file that is whole for protobuf; without its graph it is still none.
    for (let length = 0; length < bytes.length; length += 3) {
      await writeFile(cut, bytes.subarray(0, length));
      const error = await readOnnxHeader(cut).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error !== undefined) expect(isModelError(error) && error.code).toBe("checkpoint_invalid");
      else expect(bytes.subarray(length)).not.toHaveLength(0);
    }
    await writeFile(cut, "this is no model");
    await expect(readOnnxHeader(cut)).rejects.toMatchObject({ code: "checkpoint_invalid" });
    await expect(readOnnxHeader(join(folder, "nowhere"))).rejects.toMatchObject({ code: "checkpoint_invalid" });
  });

  test("of a damaged file is a header or an error with a code, never anything else", async () => {
    const bytes = await readFile(file);
    const damaged = join(folder, "damaged.onnx");
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const copy = Uint8Array.from(bytes);
        copy[at] = (copy[at] ?? 0) ^ flip;
        await writeFile(damaged, copy);
        await readOnnxHeader(damaged).catch((error: unknown) => {
          if (!isModelError(error) || error.code !== "checkpoint_invalid") throw error;
        });
      }),
      { numRuns: 300 },
    );
  });
});
