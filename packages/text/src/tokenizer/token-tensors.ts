import type { Tensor } from "@menagerie/core";
import type { Graph, NamedTensors } from "@menagerie/core/loader";
import type { TokenBatch } from "./tokenizer.ts";

/**
 * Token ids as the inputs `input_ids` and, where the graph has one, `attention_mask`; in int32 where it takes them so, as
 * some conversions do.
 */
export function tokenTensors(
  graph: Pick<Graph, "inputs">,
  { inputIds, attentionMask, shape }: TokenBatch,
): NamedTensors {
  const values = { input_ids: inputIds, attention_mask: attentionMask };
  return Object.fromEntries(
    Object.entries(values)
      .filter(([name]) => graph.inputs[name] !== undefined)
      .map(([name, data]): [string, Tensor] =>
        graph.inputs[name]?.dtype === "int32"
          ? [name, { type: "int32", shape, data: Int32Array.from(data, Number) }]
          : [name, { type: "int64", shape, data }],
      ),
  );
}
