import type { CheckpointFolder } from "@menagerie/core/adopt";
import type { AdoptedGraph } from "@menagerie/onnx";
import { framesPerPosition, type WhisperConfig } from "./whisper-files.ts";

type Side = "inputs" | "outputs";
type SizeKey = keyof WhisperConfig & ("num_mel_bins" | "vocab_size" | "d_model" | "decoder_attention_heads");

/**
 * Holds the graphs to config.json, so that those of another checkpoint are refused: mels, widths, heads, layers, ids.
 * @throws `checkpoint_invalid` naming the file and the tensor
 */
export function checkWhisperGraphs(
  folder: CheckpointFolder,
  config: WhisperConfig,
  encoder: AdoptedGraph,
  decoders: readonly AdoptedGraph[],
): void {
  const shapeOf = ({ file, header }: AdoptedGraph, side: Side, name: string): readonly (number | string)[] => {
    const tensor = header[side][name];
    if (tensor !== undefined) return tensor.shape;
    const there = Object.keys(header[side]).join(", ");
    throw folder.refusal(file, name, `the graph has no such tensor among its ${side}: ${there}`);
  };
  const expect = (graph: AdoptedGraph, side: Side, name: string, axis: number, key: SizeKey): void => {
    const found = shapeOf(graph, side, name)[axis];
    if (typeof found !== "number" || found === config[key]) return;
    throw folder.refusal(graph.file, name, `has ${found} of them, config.json says ${key} ${config[key]}`);
  };
  const frames = shapeOf(encoder, "inputs", "input_features")[2];
  expect(encoder, "inputs", "input_features", 1, "num_mel_bins");
  if (typeof frames === "number" && frames !== framesPerPosition * config.max_source_positions) {
    const problem = `takes ${frames} frames, config.json says max_source_positions ${config.max_source_positions}`;
    throw folder.refusal(encoder.file, "input_features", problem);
  }
  expect(encoder, "outputs", "last_hidden_state", 2, "d_model");
  for (const [place, decoder] of decoders.entries()) {
    shapeOf(decoder, "inputs", "input_ids");
    expect(decoder, "outputs", "logits", 2, "vocab_size");
    checkRole(folder, decoder, decoders.length === 1 ? "merged" : place === 0 ? "first" : "with a cache");
    if ("encoder_hidden_states" in decoder.header.inputs)
      expect(decoder, "inputs", "encoder_hidden_states", 2, "d_model");
    const first = "present.0.decoder.key";
    if (first in decoder.header.outputs) expect(decoder, "outputs", first, 1, "decoder_attention_heads");
    const attention = "cross_attentions.0";
    if (attention in decoder.header.outputs) expect(decoder, "outputs", attention, 1, "decoder_attention_heads");
    checkLayers(folder, decoder, config.decoder_layers);
  }
}

/** A merged decoder takes a cache and is told when, the first of a pair takes none, the second always. */
function checkRole(
  folder: CheckpointFolder,
  { file, header: { inputs } }: AdoptedGraph,
  role: "merged" | "first" | "with a cache",
): void {
  const cached = Object.keys(inputs).find((name) => name.startsWith("past_key_values."));
  const refuse = (name: string, problem: string): never => {
    throw folder.refusal(file, name, `${problem}: it is not the decoder that its name says`);
  };
  if (role !== "with a cache" && !("encoder_hidden_states" in inputs)) refuse("encoder_hidden_states", "is not taken");
  if (role === "with a cache" && cached === undefined) refuse("past_key_values", "is not taken");
  if (role !== "merged" && branchInput in inputs) refuse(branchInput, "is taken");
  if (role === "merged" && !(branchInput in inputs)) refuse(branchInput, "is not taken");
  if (role === "first" && cached !== undefined) refuse(cached, "is taken");
}

/** The input that says whether a merged decoder has a cache yet. */
const branchInput = "use_cache_branch";

function checkLayers(folder: CheckpointFolder, { file, header }: AdoptedGraph, layers: number): void {
  const layerOf = (name: string): number => Number(/^(?:past_key_values|present)\.(\d+)\./.exec(name)?.[1] ?? -1);
  const last = Math.max(-1, ...[...Object.keys(header.inputs), ...Object.keys(header.outputs)].map(layerOf));
  if (last + 1 === layers) return;
  const problem = `keeps ${last + 1} layers, config.json says decoder_layers ${layers}`;
  throw folder.refusal(file, `present.${Math.max(last, 0)}`, problem);
}
