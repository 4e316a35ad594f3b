import type { Graph } from "@menagerie/core/loader";
import { expect, test } from "vitest";
import { EmbeddingGraph } from "./embedding-graph.ts";

const giving = (rows: readonly number[]): EmbeddingGraph => {
  const shape = [rows.length / 2, 2];
  const graph: Graph = {
    name: "tower",
    inputs: {},
    outputs: { image_embeds: { dtype: "float32", shape: ["batch", 2] } },
    metadata: {},
    run: () => Promise.resolve({ image_embeds: { type: "float32", shape, data: Float32Array.from(rows) } }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return new EmbeddingGraph("clip", graph, [], ["image_embeds"]);
};

test("a vector of zeros has no direction, and is the model's fault", async () => {
  expect((await giving([3, 4, 0, -2]).run({})).map((row) => [...row])).toEqual([
    [0.6, 0.8],
    [0, -1],
  ]);
  await expect(giving([3, 4, 0, 0]).run({})).rejects.toMatchObject({
    code: "model_output_invalid",
    model: "clip",
    message: expect.stringContaining('gave 1 of 2 vectors of "image_embeds" that are all zeros'),
  });
});
