import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { type OnnxBody, type OnnxNode, writeOnnx } from "@menagerie/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { classifierGraph } from "./classifier-graph.ts";
import { readOutputOrigins } from "./output-origins.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-operators-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** `OPERATOR of, these` for each node, which gives the tensor that is called after its place: a, b, c … `@2` is its axis. */
function parsed(nodes: readonly string[], first = "a"): OnnxNode[] {
  return nodes.map((node, i): OnnxNode => {
    const [op = "", ...inputs] = node.split(/[\s,]+/);
    const [name = "", axis] = op.split("@");
    return {
      op: name,
      inputs,
      outputs: [String.fromCharCode(first.charCodeAt(0) + i)],
      ...(axis === undefined ? {} : { attributes: { axis: Number(axis) } }),
    };
  });
}

async function originOf(nodes: readonly OnnxNode[], functions: Record<string, OnnxBody> = {}): Promise<string> {
  const last = nodes.at(-1)?.outputs[0] as string;
  const path = join(folder, "model.onnx");
  await writeOnnx(path, {
    inputs: [{ name: "x", type: "float32", shape: ["batch", 3] }],
    outputs: [{ name: last, type: "float32", shape: ["batch", 3] }],
    initializers: [{ name: "w", type: "float32", shape: [1], data: new Uint8Array(4) }],
    nodes,
    functions,
  });
  const { operator = "", gives = "" } = (await readOutputOrigins(path, [last]))[last] ?? {};
  return `${gives} of ${operator}`;
}

test.each<[string, ...string[]]>([
  ["logits of Gemm", "Gemm x w w"],
  ["distribution of Softmax", "Gemm x w w", "Softmax a"],
  ["scores of Sigmoid", "MatMul x w", "Add a w", "Sigmoid b"],
  ["scores of HardSigmoid", "MatMul x w", "HardSigmoid a"],
  ["logits of Mul", "MatMul x w", "HardSigmoid a", "Mul a b"],
  // Behind what passes values on.
  ["distribution of Softmax", "Softmax x", "Cast a", "Identity b", "Reshape c w", "Squeeze d w"],
  ["scores of Sigmoid", "QLinearSigmoid x w w", "DequantizeLinear a w w"],
  ["scores of Softmax", "Softmax x", "QuantizeLinear a w w", "DequantizeLinear b w w"],
  ["logits of Add", "MatMul x w", "Add a w", "Flatten b"],
  [
    "scores of Sigmoid",
    "Sigmoid x",
    ...Array.from({ length: 20 }, (_, i) => `Identity ${String.fromCharCode(97 + i)}`),
  ],
  // Behind what leaves scores scores.
  ["scores of Sigmoid", "Sigmoid x", "Max a w"],
  ["scores of Softmax", "Softmax x", "Min a w"],
  ["scores of Sigmoid", "Sigmoid x", "Greater a w", "Where b a w"],
  ["scores of Sigmoid", "Sigmoid x", "Round a"],
  ["scores of Softmax", "Softmax x", "Unsqueeze a w", "ReduceMax b"],
  ["scores of Softmax", "Softmax x", "Unsqueeze a w", "ReduceSum b w"],
  ["scores of Softmax", "Softmax x", "Gather a w"],
  ["distribution of Softmax", "Softmax x", "Mul a w"],
  ["scores of Softmax", "Softmax x", "Sigmoid x", "Mul a b"],
  // As functions of PyTorch's exporter.
  ["distribution of Softmax", "aten_softmax_no_dtype x"],
  ["unknown of LogSoftmax", "aten_log_softmax x"],
  // Written out.
  ["distribution of Softmax", "Sub x w", "Exp a", "ReduceSum b", "Div b c"],
  ["distribution of Softmax", "Exp x", "ReduceSum a w", "Reciprocal b", "Mul a c"],
  ["distribution of Sigmoid", "Sigmoid x", "ReduceSum a w", "Add b w", "Div a c"],
  ["distribution of Div", "Gemm x w w", "Relu a", "ReduceL1 b", "Expand c w", "Div b d"],
  ["scores of Sigmoid", "Neg x", "Exp a", "Add b w", "Div w c"],
  ["scores of Sigmoid", "Neg x", "Exp a", "Add w b", "Reciprocal c"],
  ["unknown of LogSoftmax", "Exp x", "ReduceSum a", "Log b", "Sub x c"],
  ["unknown of LogSoftmax", "Softmax x", "Log a"],
  // Two models averaged, and the other side of a single score beside it.
  ["distribution of Softmax", "Softmax x", "Gemm x w", "Softmax b", "Add a c", "Div d w"],
  ["scores of Sigmoid", "Sigmoid x", "Sub w a", "Concat b a"],
  ["distribution of Softmax", "Softmax x", "ReduceMean a"],
  // Logits that had a softmax or a sigmoid on their way, a temperature or whole numbers.
  ["unknown of MatMul of Softmax's scores", "Gemm x w w", "Softmax a", "MatMul b w"],
  ["unknown of Gemm of Softmax's scores", "Softmax x", "Reshape a w", "Gemm b w w"],
  ["logits of MatMul", "Softmax x", "Gemm x w w", "MatMul a b"],
  ["logits of Gemm", "Softmax x", "MatMul a x", "Gemm b w w"],
  ["logits of Gemm", "Gemm x w w", "Sigmoid a", "Gemm b w w"],
  ["logits of Mul", "Gemm x w", "Sigmoid a", "Mul a b"],
  ["logits of GlobalAveragePool", "Conv x w", "Relu a", "GlobalAveragePool b", "Flatten c"],
  ["logits of Div", "Gemm x w", "Constant", "Div a b"],
  ["logits of Mul", "Exp w", "Gemm x w", "Mul a b"],
  ["logits of Add", "MatMulInteger x w", "Cast a", "Mul b w", "Add c w"],
  // What is not understood, or is neither.
  ["unknown of Tanh", "Gemm x w", "Tanh a"],
  ["unknown of Tanh", "Gemm x w", "Mul a w", "Tanh b", "Add c w", "Mul d w"],
  ["unknown of Exp", "Gemm x w", "Exp a", "Div b w"],
  ["unknown of Neg", "Softmax x", "Neg a"],
  ["unknown of CumSum", "Softmax x", "CumSum a w"],
  ["unknown of Mystery", "Gemm x w", "Mystery a", "Add b w"],
  ["unknown of Softmax over the pictures (axis 0)", "Gemm x w", "Softmax@0 a", "Identity b"],
  ["distribution of Softmax", "Gemm x w", "Softmax@1 a"],
])("an output is %s where the nodes are %j", async (origin, ...nodes) => {
  expect(await originOf(parsed(nodes))).toBe(origin);
});

test("a function that the model brings with it is entered, whatever it is called", async () => {
  const functions = {
    MyClassifier_1: { inputs: ["i"], outputs: ["o"], nodes: parsed(["Softmax i", "Inner n"], "n") },
    Inner: { inputs: ["p"], outputs: ["q"], nodes: parsed(["Identity p"], "q") },
    SoftmaxModel: { inputs: ["i"], outputs: ["n"], nodes: parsed(["Gemm i w w"], "n") },
  };
  expect(await originOf(parsed(["Gemm x w w", "MyClassifier_1 a"]), functions)).toBe("distribution of Softmax");
  expect(await originOf(parsed(["SoftmaxModel x"]), functions)).toBe("logits of Gemm");
});

test("a function that calls itself has an end", async () => {
  const twice = { inputs: ["i"], outputs: ["p"], nodes: parsed(["Twice i", "Twice i", "Add n o"], "n") };
  expect(await originOf(parsed(["Twice x"]), { Twice: twice })).toMatch(/^unknown of /);
});

test("both branches of a choice are looked at", async () => {
  const choice = (...nodes: readonly string[]): OnnxNode => ({
    op: "If",
    inputs: ["w"],
    outputs: ["z"],
    attributes: {
      then_branch: { inputs: [], outputs: ["n"], nodes: parsed(["Identity b"], "n") },
      else_branch: { inputs: [], outputs: ["p"], nodes: parsed(nodes, "p") },
    },
  });
  const before = parsed(["Gemm x w w", "Softmax a"]);
  expect(await originOf([...before, choice("Identity b")])).toBe("distribution of Softmax");
  expect(await originOf([...before, choice("Identity a")])).toBe("unknown of If");
});

test("an output that no node computes has no operator, and a circle has an end", async () => {
  expect(await originOf(parsed(["Identity b", "Identity a"]))).toBe("unknown of Identity");
  const path = join(folder, "model.onnx");
  expect(await readOutputOrigins(path, ["x", "w", "nobody"])).toEqual({});
});

test("a node that is damaged is refused with the file", async () => {
  await originOf(parsed(["Gemm x w w", "Softmax a"]));
  const path = join(folder, "model.onnx");
  const whole = await readFile(path, "latin1");
  // The length of the operator's name becomes longer than the node.
  await writeFile(path, whole.replace("\x04Gemm", "\x7fGemm"), "latin1");
  await expect(classifierGraph(new CheckpointFolder(folder))).rejects.toMatchObject({
    code: "checkpoint_invalid",
    message: expect.stringContaining("model.onnx: is not a whole ONNX model"),
  });
});
