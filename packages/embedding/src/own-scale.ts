import { ModelError } from "@menagerie/core";
import type { Graph, NamedTensors } from "@menagerie/core/loader";
import { dot, unitRows } from "./vectors.ts";

/**
 * The factor that a graph of pictures and texts takes of a cosine before the softmax: its own logits over its own cosines, by
 * least squares. Good to some six digits, as the graph's float32 is.
 * @param runs feeds of one picture and one text each
 * @returns undefined for a graph without logits
 * @throws ModelError `graph_mismatch` where logits are no multiple of cosines
 */
export async function ownScale(graph: Graph, runs: readonly NamedTensors[]): Promise<number | undefined> {
  if (outputs.some((name) => graph.outputs[name]?.dtype !== "float32")) return undefined;
  const pairs: { cosine: number; logit: number }[] = [];
  for (const feeds of runs) {
    const answer = await graph.run(feeds, outputs);
    const [[logit], picture, text] = outputs.map((name) => answer[name]?.data as Float32Array) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const [[a], [b]] = [picture, text].map((values) => unitRows(values, values.length)) as [Vector[], Vector[]];
    pairs.push({ logit: logit as number, cosine: dot(a as Vector, b as Vector) });
  }
  const sum = (of: (pair: (typeof pairs)[number]) => number): number => pairs.reduce((all, pair) => all + of(pair), 0);
  const scale = sum(({ logit, cosine }) => logit * cosine) / sum(({ cosine }) => cosine * cosine);
  const off = Math.max(...pairs.map(({ logit, cosine }) => Math.abs(logit - scale * cosine)));
  if (scale > 0 && off < 1e-3 * Math.max(1, scale)) return scale;
  throw new ModelError(
    "graph_mismatch",
    `The graph "${graph.name}" has logits that are no multiple of its cosines (${scale} is off by up to ${off}), so its scores cannot be told. Say the factor as "logit_scale" in "parameters" if it has one.`,
    { details: { tensor: outputs[0], scale, off } },
  );
}

type Vector = Float64Array;

const outputs = ["logits_per_image", "image_embeds", "text_embeds"] as const;
