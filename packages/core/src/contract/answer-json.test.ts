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
