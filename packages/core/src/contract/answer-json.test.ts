import { expect, test } from "vitest";
import { answerJson } from "./answer-json.ts";

test("bytes in an answer become base64, wherever they are and however they came, and the rest stays as it is", () => {
  const values = Float32Array.of(1.5, -2);
  const view = new Uint8Array(values.buffer, 4, 4);
  const output = {
    depth: view,
    list: [new Uint8Array([1, 2, 3]), Buffer.from("a")],
    width: 2,
    name: "x",
    none: undefined,
  };
  expect(JSON.parse(answerJson({ output }))).toEqual({
    output: { depth: "AAAAwA==", list: ["AQID", "YQ=="], width: 2, name: "x" },
  });
});

test("typed arrays in untyped places become lists, and integers of 64 bits numbers", () => {
  const output = { scores: Float32Array.of(0.5, -2), ids: BigInt64Array.of(7n, -1n), count: 5n };
  expect(JSON.parse(answerJson({ output }))).toEqual({ output: { scores: [0.5, -2], ids: [7, -1], count: 5 } });
});

test("what JSON cannot say is refused by its name", () => {
  const itself: Record<string, unknown> = {};
  itself.again = itself;
  const cases: [unknown, RegExp][] = [
    [{ count: 2n ** 60n }, /"count" is the integer 1152921504606846976/],
    [{ scores: Float32Array.of(1, Number.NaN) }, /"scores" is an array with NaN/],
    [itself, /cannot be said in JSON/],
  ];
  for (const [output, words] of cases) {
    expect(() => answerJson({ output })).toThrow(expect.objectContaining({ code: "model_output_invalid" }));
    expect(() => answerJson({ output })).toThrow(words);
  }
});
