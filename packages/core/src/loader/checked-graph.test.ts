import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { contractVersion } from "../contract/contract-version.ts";
import { float16Bits, toFloat16 } from "../contract/float16.ts";
import { logTo } from "../contract/log.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import type { Tensor } from "../contract/tensor.ts";
import { ArtifactStore } from "../files/artifact-store.ts";
import { CheckedGraph } from "./checked-graph.ts";
import { noNumbersOf } from "./every-number.ts";
import type { Graph, NamedTensors } from "./graph.ts";
import { createLoadContext } from "./load-context.ts";
import type { ModelProvider } from "./model-provider.ts";

const floats = (values: readonly number[], shape: readonly number[] = [values.length]): Tensor => ({
  type: "float32",
  shape,
  data: Float32Array.from(values),
});
const halves = (values: readonly number[], shape: readonly number[] = [values.length]): Tensor => ({
  type: "float16",
  shape,
  data: toFloat16(Float32Array.from(values)),
});
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

describe("values that are no numbers", () => {
  test.each([
    ["float32", floats],
    ["float16", halves],
  ])("are found at every place of %s, whatever its length", (_, tensor) => {
    for (let length = 0; length < 12; length++) {
      const numbers = Array.from({ length }, (__, i) => (i % 2 === 0 ? 65_504 : -65_504) / 2 ** i);
      expect(noNumbersOf(tensor(numbers))).toBeUndefined();
      for (const value of [nan, infinity, -infinity])
        for (let at = 0; at < length; at++) {
          const found = noNumbersOf(tensor(numbers.with(at, value)));
          expect(found, `${value} at ${at} of ${length}`).toEqual(
            Number.isNaN(value) ? { nan: 1, infinite: 0 } : { nan: 0, infinite: 1 },
          );
        }
    }
  });

  test("are found in float64, in halves that begin between two words, and under either sign and any payload", () => {
    expect(noNumbersOf({ type: "float64", shape: [2], data: Float64Array.of(1e308, nan) })).toEqual({
      nan: 1,
      infinite: 0,
    });
    const whole = Uint16Array.of(0x7e00, 0x3c00, 0x7bff, 0xfbff, 0x0001);
    expect(noNumbersOf({ type: "float16", shape: [4], data: whole.subarray(1) })).toBeUndefined();
    for (const pattern of [0x7c01, 0xfe00, 0xffff, 0xfc00]) {
      const data = Uint16Array.of(0, ...whole.subarray(1), pattern).subarray(1);
      expect(noNumbersOf({ type: "float16", shape: [5], data }), pattern.toString(16)).toBeDefined();
    }
    for (let pattern = 0; pattern < 65_536; pattern++) {
      const isNumber = (pattern & 0x7c00) !== 0x7c00;
      if ((noNumbersOf({ type: "float16", shape: [1], data: Uint16Array.of(pattern) }) === undefined) !== isNumber)
        expect.unreachable(`float16 ${pattern.toString(16)}`);
    }
  });

  test("are not looked for among integers, whose bits say something else", () => {
    const data = Int32Array.of(0x7fc0_0000, -1);
    expect(noNumbersOf({ type: "int32", shape: [2], data })).toBeUndefined();
    expect(noNumbersOf({ type: "uint16", shape: [1], data: Uint16Array.of(0x7e00) })).toBeUndefined();
  });

  test("may be -Infinity among scores, where at least one score of the place is a number", () => {
    const found = (values: readonly number[], shape: readonly number[]) =>
      [floats, halves].map((tensor) => noNumbersOf(tensor(values, shape), { allowsImpossible: true }));
    const none = [undefined, undefined];
    expect(found([-infinity, 1, 2, -infinity], [2, 2])).toEqual(none);
    expect(found([-infinity, -infinity, 2, 3], [2, 2])).toEqual([
      { nan: 0, infinite: 2 },
      { nan: 0, infinite: 2 },
    ]);
    // Of a map the scores of a pixel lie apart.
    expect(found([-infinity, -infinity, 2, 3], [1, 2, 1, 2])).toEqual(none);
    expect(found([-infinity, 1, -infinity, 2], [1, 2, 1, 2])[0]).toEqual({ nan: 0, infinite: 2 });
    expect(found([-infinity, infinity, 1, nan], [1, 4])[0]).toEqual({ nan: 1, infinite: 1 });
  });
});

describe("a graph that was opened", () => {
  const answering = (answer: NamedTensors): Graph => ({
    name: "tower",
    inputs: {},
    outputs: {},
    metadata: {},
    run: () => Promise.resolve(answer),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
  const run = (answer: NamedTensors): Promise<NamedTensors> => new CheckedGraph("clip", answering(answer)).run({});

  test("gives its answer as it is where all values are numbers", async () => {
    const answer = {
      a: floats([1, 2]),
      b: halves([3]),
      c: { type: "int64", shape: [1], data: BigInt64Array.of(1n) },
    } as const;
    expect(await run(answer)).toBe(answer);
  });

  test("is named with its model, the tensor, how many values of how many are none, and a remedy", async () => {
    const vectors: Tensor = { ...floats([1, nan, infinity, -infinity, nan, 2], [2, 3]) };
    await expect(run({ fine: floats([1]), text_embeds: vectors })).rejects.toMatchObject({
      code: "model_output_invalid",
      model: "clip",
      message: expect.stringMatching(
        /^clip: the graph "tower" gave 4 of 6 values of "text_embeds" that are no numbers \(2 NaN, 2 infinite\).* fp32 weights/,
      ),
      details: {
        graph: "tower",
        tensor: "text_embeds",
        dtype: "float32",
        shape: [2, 3],
        values: 6,
        nan: 2,
        infinite: 2,
      },
    });
  });

  test("may give -Infinity among logits, and nowhere else", async () => {
    const masked = floats([-infinity, 1], [1, 2]);
    await expect(run({ logits: masked })).resolves.toBeDefined();
    await expect(run({ heatmaps: masked })).rejects.toMatchObject({ code: "model_output_invalid" });
    await expect(run({ logits: floats([-infinity, -infinity], [1, 2]) })).rejects.toMatchObject({
      code: "model_output_invalid",
    });
  });

  test("keeps what its next step takes unread: it is as large as the weights, and shows in the logits", async () => {
    const halfNan: Tensor = { type: "float16", shape: [1], data: Uint16Array.of(float16Bits(nan)) };
    await expect(run({ logits: floats([1]), "present.0.key": halfNan })).resolves.toBeDefined();
  });

  test("is looked at whichever engine opened it, an application's own too", async () => {
    const root = await mkdtemp(join(tmpdir(), "menagerie-engine-"));
    try {
      await writeFile(join(root, "model.bin"), "weights");
      const model = { name: "model", path: "model.bin", sha256: createHash("sha256").update("weights").digest("hex") };
      const spec = {
        model_name: "clip",
        local_artifacts: [{ ...model, kind: "file" }],
        graphs: { tower: { artifact: "model" } },
      } as unknown as ModelSpec;
      const own: ModelProvider = {
        name: "own",
        contract: contractVersion,
        engineVersion: () => Promise.resolve("1"),
        supports: () => true,
        validateLocalArtifacts: () => Promise.resolve(),
        open: () => Promise.resolve(answering({ logits: floats([nan]) })),
      };
      using artifacts = new ArtifactStore(spec, root);
      const context = createLoadContext({
        spec,
        artifacts,
        device: "cpu",
        log: logTo(() => {}),
        providers: [own],
        threads: 1,
      });
      const graph = await context.open("tower");
      await expect(graph.run({})).rejects.toMatchObject({ code: "model_output_invalid", model: "clip" });
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
