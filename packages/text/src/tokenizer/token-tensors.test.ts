import { expect, test } from "vitest";
import { tokenTensors } from "./token-tensors.ts";

const tokens = { inputIds: BigInt64Array.of(5n, 9n), attentionMask: BigInt64Array.of(1n, 0n), shape: [1, 2] as const };
const axis = { shape: ["batch", "sequence"] };

test("a graph gets the tensors that it has inputs for, in the type that it takes", () => {
  const graph = { inputs: { input_ids: { dtype: "int32" as const, ...axis } } };
  expect(tokenTensors(graph, tokens)).toEqual({
    input_ids: { type: "int32", shape: [1, 2], data: Int32Array.of(5, 9) },
  });
  const both = {
    inputs: { input_ids: { dtype: "int64" as const, ...axis }, attention_mask: { dtype: "int64" as const, ...axis } },
  };
  expect(Object.keys(tokenTensors(both, tokens))).toEqual(["input_ids", "attention_mask"]);
  expect(tokenTensors(both, tokens).attention_mask).toEqual({
    type: "int64",
    shape: [1, 2],
    data: tokens.attentionMask,
  });
});
