import type { CheckpointFolder } from "@menagerie/core/adopt";
import type { AdoptedGraph } from "@menagerie/onnx";
import type { FlorenceTextConfig } from "./florence-config.ts";

const cacheKey = /^(past_key_values|present)\.(\d+)\.(decoder|encoder)\.(key|value)$/;

/**
 * Refuses a decoder whose keys and values are not of the layers and heads that config.json says, as those of another
 * checkpoint are that is as wide and has the same words.
 */
export function checkCache(
  folder: CheckpointFolder,
  { file, header }: AdoptedGraph,
  { decoder_layers, decoder_attention_heads, d_model }: FlorenceTextConfig,
): void {
  const tensors = Object.entries({ ...header.inputs, ...header.outputs }).flatMap(([name, { shape }]) => {
    const layer = cacheKey.exec(name)?.[2];
    return layer === undefined ? [] : [{ name, layer: Number(layer), shape }];
  });
  const last = tensors.reduce((most, { layer }) => Math.max(most, layer), -1);
  if (last === -1) throw folder.refusal(file, "past_key_values.0.decoder.key", "the graph has no keys and values");
  if (decoder_layers !== undefined && last + 1 !== decoder_layers)
    throw folder.refusal(
      file,
      `past_key_values.${last}.decoder.key`,
      `the graph has ${last + 1} layers, config.json says text_config.decoder_layers ${decoder_layers}`,
    );
  if (decoder_attention_heads === undefined) return;
  const expected = [decoder_attention_heads, d_model / decoder_attention_heads];
  for (const { name, shape } of tensors) {
    for (const [i, found] of [shape[1], shape[3]].entries())
      if (typeof found === "number" && found !== expected[i])
        throw folder.refusal(
          file,
          name,
          `has ${found} ${i === 0 ? "heads" : "values per head"}, config.json says ${expected[i]} (text_config.decoder_attention_heads, d_model)`,
        );
  }
}

/** What may differ from one run to the next, by the names of the tensors: the axis of texts, or of their tokens. */
const free: Readonly<Record<string, readonly (readonly [axis: number, what: string])[]>> = {
  input_ids: [[1, "tokens"]],
  inputs_embeds: [[1, "tokens"]],
  attention_mask: [[1, "tokens"]],
  encoder_hidden_states: [[1, "tokens"]],
  encoder_attention_mask: [[1, "tokens"]],
};

/** Refuses a graph that was exported for texts of one length, or for another number of them than is asked. */
export function checkAxes(folder: CheckpointFolder, name: string, { file, header }: AdoptedGraph, beams: number): void {
  const texts = name === "vision_encoder" || name === "encoder_model" ? 1 : beams;
  // A decoder of one text at a time, step by step, takes one embedding after the other.
  const isStep = name === "decoder_with_past_model";
  for (const [tensor, { shape }] of Object.entries(header.inputs)) {
    const [batch] = shape;
    if (typeof batch === "number" && tensor !== "use_cache_branch" && batch !== texts)
      throw folder.refusal(
        file,
        tensor,
        `takes ${batch} at a time, ${texts} are needed: export it with a free batch axis`,
      );
    for (const [axis, what] of free[tensor] ?? []) {
      const size = shape[axis];
      if (typeof size === "number" && !(isStep && tensor === "inputs_embeds" && size === 1))
        throw folder.refusal(file, tensor, `takes ${size} ${what}, no more and no fewer: export it with a free length`);
    }
  }
}
