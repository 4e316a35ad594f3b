import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointFolder } from "@menagerie/core";
import { type OnnxNode, writeOnnx } from "@menagerie/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { classifierGraph } from "./classifier-graph.ts";
import { readOutputOperators } from "./output-operators.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-operators-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** `OPERATOR of, these` for each node, which gives the tensor that is called after its place: a, b, c … */
async function operatorOf(...nodes: readonly string[]): Promise<string | undefined> {
  const names = nodes.map((_, i) => String.fromCharCode(97 + i));
  const last = names.at(-1) as string;
  const parsed = nodes.map((node, i): OnnxNode => {
    const [op = "", ...inputs] = node.split(/[\s,]+/);
    return { op, inputs, outputs: [names[i] as string] };
  });
  const path = join(folder, "model.onnx");
  await writeOnnx(path, {
    inputs: [{ name: "x", type: "float32", shape: ["batch", 3] }],
    outputs: [{ name: last, type: "float32", shape: ["batch", 3] }],
    initializers: [{ name: "w", type: "float32", shape: [1], data: new Uint8Array(4) }],
    nodes: parsed,
  });
  return (await readOutputOperators(path, [last]))[last];
}

test.each<[string, ...string[]]>([
  ["Gemm", "Gemm x w w"],
  ["Softmax", "Gemm x w w", "Softmax a"],
  ["Sigmoid", "MatMul x w", "Add a w", "Sigmoid b"],
  // Behind what passes values on.
  ["Softmax", "Softmax x", "Cast a", "Identity b", "Reshape c w", "Squeeze d w"],
  ["Sigmoid", "QLinearSigmoid x w w", "DequantizeLinear a w w"],
  ["Softmax", "Softmax x", "QuantizeLinear a w w", "DequantizeLinear b w w"],
  ["Add", "MatMul x w", "Add a w", "Flatten b"],
  // As functions of PyTorch's exporter.
  ["Softmax", "aten_softmax_no_dtype x"],
  ["LogSoftmax", "aten_log_softmax x"],
  // Written out.
  ["Softmax", "Sub x w", "Exp a", "ReduceSum b", "Div b c"],
  ["Sigmoid", "Neg x", "Exp a", "Add b w", "Div w c"],
  ["Sigmoid", "Neg x", "Exp a", "Add w b", "Reciprocal c"],
  ["LogSoftmax", "Exp x", "ReduceSum a", "Log b", "Sub x c"],
  ["LogSoftmax", "Softmax x", "Log a"],
  // Two models averaged, and the other side of a single score beside it.
  ["Softmax", "Softmax x", "Gemm x w", "Softmax b", "Add a c", "Div d w"],
  ["Sigmoid", "Sigmoid x", "Sub w a", "Concat b a"],
  ["Softmax", "Softmax x", "ReduceMean a"],
  // Logits that had a softmax or a sigmoid on their way.
  ["MatMul", "Softmax x", "MatMul a w"],
  ["Mul", "Gemm x w", "Sigmoid a", "Mul a b"],
  ["GlobalAveragePool", "Conv x w", "Relu a", "GlobalAveragePool b", "Flatten c"],
  ["Div", "Gemm x w", "Constant", "Div a b"],
  ["Tanh", "Gemm x w", "Tanh a"],
])("an output is of %s where the nodes are %j", async (operator, ...nodes) => {
  expect(await operatorOf(...nodes)).toBe(operator);
});

test("an output that no node computes has no operator, and a circle has an end", async () => {
  expect(await operatorOf("Identity b", "Identity a")).toBe("Identity");
  const path = join(folder, "model.onnx");
  expect(await readOutputOperators(path, ["x", "w", "nobody"])).toEqual({});
});

test("a node that is damaged is refused with the file", async () => {
  await operatorOf("Gemm x w w", "Softmax a");
  const path = join(folder, "model.onnx");
  const whole = await readFile(path, "latin1");
  // The length of the operator's name becomes longer than the node.
  await writeFile(path, whole.replace("\x04Gemm", "\x7fGemm"), "latin1");
  await expect(classifierGraph(new CheckpointFolder(folder))).rejects.toMatchObject({
    code: "checkpoint_invalid",
    message: expect.stringContaining("model.onnx: is not a whole ONNX model"),
  });
});
