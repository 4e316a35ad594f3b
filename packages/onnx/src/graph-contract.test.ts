import type { Tensor, TensorDeclaration } from "@menagerie/core";
import { describe, expect, test } from "vitest";
import { checkFeeds } from "./graph-contract.ts";

const declared = (shape: (number | string)[]): TensorDeclaration => ({ dtype: "int64", shape });
const tensor = (...shape: number[]): Tensor => ({
  type: "int64",
  shape,
  data: new BigInt64Array(shape.reduce((a, b) => a * b, 1)),
});

describe("sizes of one named axis", () => {
  const tokens = { input_ids: declared(["batch", "sequence"]), attention_mask: declared(["batch", "sequence"]) };
  const feeds = { input_ids: tensor(1, 1), attention_mask: tensor(1, 5) };

  test("must agree from input to input", () => {
    expect(() => checkFeeds("m", "g", tokens, feeds)).toThrow(
      /the axis "sequence" is 1 in "input_ids" and 5 in "attention_mask"/,
    );
  });

  test("say nothing of a mask over what a cache holds already, whatever an export calls its axis", () => {
    const past = { dtype: "float32", shape: ["batch", 2, "past", 4] } as const;
    const cache: Tensor = { type: "float32", shape: [1, 2, 4, 4], data: new Float32Array(32) };
    const inputs = { ...tokens, "past_key_values.0.key": past };
    expect(() => checkFeeds("m", "g", inputs, { ...feeds, "past_key_values.0.key": cache })).not.toThrow();
    const rows = { ...feeds, attention_mask: tensor(2, 5), "past_key_values.0.key": cache };
    expect(() => checkFeeds("m", "g", inputs, rows)).toThrow(/the axis "batch" is 1/);
  });
});
