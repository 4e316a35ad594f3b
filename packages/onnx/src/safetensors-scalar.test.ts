import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelError } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { writeOnnx } from "@menagerie/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readTrainedScale } from "./trained-scale.ts";

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "menagerie-scale-"));
});
afterEach(() => rm(path, { recursive: true }));

/** A file of one scalar, in hexadecimal as `safetensors.numpy.save` and `safetensors.torch.save` write its bytes. */
function safetensors(dtype: string, hex: string): Buffer {
  const data = Buffer.from(hex, "hex");
  const header = Buffer.from(JSON.stringify({ logit_scale: { dtype, shape: [], data_offsets: [0, data.length] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, data]);
}

const scaleOf = (start = 2.6592) => readTrainedScale(new CheckpointFolder(path), [], start);

describe("the scale that a CLIP was trained to", () => {
  // torch.tensor(3.3) in each precision.
  test.each([
    ["F32", "33335340", 3.299999952316284],
    ["F16", "9a42", 3.30078125],
    ["BF16", "5340", 3.296875],
    ["F64", "6666666666660a40", 3.3],
  ])("is read from weights in %s", async (dtype, hex, value) => {
    await writeFile(join(path, "model.safetensors"), safetensors(dtype, hex));
    expect(await scaleOf()).toEqual({ value: Math.exp(value), source: "model.safetensors" });
  });

  test("is read from the shard that the index names", async () => {
    await writeFile(
      join(path, "model.safetensors.index.json"),
      JSON.stringify({ weight_map: { logit_scale: "model-00001-of-00002.safetensors" } }),
    );
    await writeFile(join(path, "model-00001-of-00002.safetensors"), safetensors("F32", "33335340"));
    expect((await scaleOf()).source).toBe("model-00001-of-00002.safetensors");
  });

  test("is read from the graph of both towers that lies beside those of one", async () => {
    const scalar = {
      name: "model.logit_scale",
      type: "float32" as const,
      shape: [],
      data: Buffer.from("33335340", "hex"),
    };
    await writeOnnx(join(path, "model.onnx"), {
      opset: 17,
      inputs: [{ name: "x", type: "float32", shape: [1] }],
      outputs: [{ name: "y", type: "float32", shape: [1] }],
      initializers: [scalar],
      nodes: [{ op: "Mul", inputs: ["x", scalar.name], outputs: ["y"] }],
    });
    expect(await scaleOf()).toEqual({ value: Math.exp(3.299999952316284), source: "model.onnx" });
  });

  test("is 100 where no file has it, or what config.json says where that is not the usual start", async () => {
    expect((await scaleOf()).value).toBe(100);
    const { value, source } = await scaleOf(3.5);
    expect(value).toBeCloseTo(Math.exp(3.5), 12);
    expect(source).toMatch(/^logit_scale_init_value in config\.json/);
  });

  test.each([
    ["cut off", safetensors("F32", "33335340").subarray(0, -2), /model\.safetensors: is cut off/],
    ["no safetensors", Buffer.from("\x0a\0\0\0\0\0\0\0not JSON!!"), /model\.safetensors: is not JSON/],
    ["of whole numbers", safetensors("I32", "00000000"), /key "logit_scale": is .*"I32"/],
  ])("is not guessed where the weights are %s", async (_what, bytes, message) => {
    await writeFile(join(path, "model.safetensors"), bytes);
    const error = await scaleOf().catch((thrown: ModelError) => thrown);
    expect(error).toMatchObject({ code: "checkpoint_invalid", message: expect.stringMatching(message) });
  });
});
