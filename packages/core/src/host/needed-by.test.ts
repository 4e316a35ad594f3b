import { expect, test } from "vitest";
import type { EngineManifest } from "../contract/engine-manifest.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import { neededBy, needsInWords } from "./needed-by.ts";

const key = "${" + "parameters.url}";
const needs = (network: string[]): EngineManifest => ({ needs: { network } }) as unknown as EngineManifest;
const spec = (parameters: Record<string, unknown>): ModelSpec =>
  ({ model_name: "m", engine: "v2", parameters }) as never;

test.each([
  ["http://triton.local/v2", "triton.local:80"],
  ["https://Triton.local/v2", "triton.local:443"],
  ["http://[::1]:8000", "[::1]:8000"],
  ["grpc://triton:8001", "triton:8001"],
  ["triton:8001", "triton:8001"],
  ["triton", "triton"],
  ["127.0.0.1:1", "127.0.0.1:1"],
])("of the address %s in a spec, the host and port are granted: %s", (url, host) => {
  expect(neededBy(spec({ url }), needs([key]))).toEqual({ network: [host] });
});

test.each([[{}], [{ url: 3 }], [{ url: "" }], [{ url: "http://" }]])(
  "an address that is none is refused: %j",
  (parameters) => {
    expect(() => neededBy(spec(parameters), needs([key]))).toThrow(
      expect.objectContaining({ code: "model_spec_invalid" }),
    );
  },
);

test("what is granted is said in words, and nothing where nothing is", () => {
  expect(needsInWords(undefined)).toBe("");
  expect(neededBy(spec({}), undefined)).toBeUndefined();
  expect(needsInWords({ child_process: true, network: ["a:1", "b"], environment: ["KEY"], threads: true })).toBe(
    "other programs; network to a:1, b; environment KEY; threads",
  );
});
