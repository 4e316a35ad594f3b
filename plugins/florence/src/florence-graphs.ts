import { isModelError, type ModelSpec, type TensorDeclaration } from "@menagerie/core";
import type { CheckpointFolder } from "@menagerie/core/adopt";
import { type AdoptedGraph, adoptedGraph } from "@menagerie/onnx";
import { checkAxes, checkCache } from "./check-decoder.ts";
import type { FlorenceTextConfig } from "./florence-config.ts";

/** Graphs of a decoder: one that holds both of its steps, or one for each. */
export const mergedDecoder = ["decoder_model_merged"] as const;
export const splitDecoder = ["decoder_model", "decoder_with_past_model"] as const;

/** The graphs of a folder under the names that the public conversions give them. */
export async function florenceGraphs(folder: CheckpointFolder): Promise<Readonly<Record<string, AdoptedGraph>>> {
  const graphs: Record<string, AdoptedGraph> = {};
  for (const name of ["vision_encoder", "embed_tokens", "encoder_model"])
    graphs[name] = await adoptedGraph(folder, name);
  return { ...graphs, ...(await decoderGraphs(folder)) };
}

/** The merged decoder; the split pair where there is none, or where only the pair is in full precision. */
async function decoderGraphs(folder: CheckpointFolder): Promise<Record<string, AdoptedGraph>> {
  const [merged] = mergedDecoder;
  const [first, second] = splitDecoder;
  const isPairFiner =
    !(await isExact(folder, merged)) && (await isExact(folder, first)) && (await isExact(folder, second));
  if (isPairFiner) return { [first]: await adoptedGraph(folder, first), [second]: await adoptedGraph(folder, second) };
  try {
    return { [merged]: await adoptedGraph(folder, merged) };
  } catch (error) {
    if (!(await isMissing(folder, error))) throw error;
    const pair = await adoptedGraph(folder, first).catch(async (other: unknown) => {
      throw (await isMissing(folder, other)) ? error : other;
    });
    return { [first]: pair, [second]: await adoptedGraph(folder, second) };
  }
}

/** Whether a graph is there in full precision. */
async function isExact(folder: CheckpointFolder, name: string): Promise<boolean> {
  return (await folder.has(`onnx/${name}.onnx`)) || (await folder.has(`${name}.onnx`));
}

/** Whether the refused file is not there. One that is there and broken is not passed over for others. */
async function isMissing(folder: CheckpointFolder, error: unknown): Promise<boolean> {
  const { details = {} } = isModelError(error) ? error : {};
  return details.folder === folder.path && typeof details.file === "string" && !(await folder.has(details.file));
}

/** What a graph of that name must take and give, and what its last axis counts. */
const tensors: Readonly<
  Record<string, readonly (readonly ["inputs" | "outputs", string, "width" | "words" | undefined])[]>
> = {
  vision_encoder: [
    ["inputs", "pixel_values", undefined],
    ["outputs", "image_features", "width"],
  ],
  embed_tokens: [
    ["inputs", "input_ids", undefined],
    ["outputs", "inputs_embeds", "width"],
  ],
  encoder_model: [
    ["inputs", "inputs_embeds", "width"],
    ["inputs", "attention_mask", undefined],
    ["outputs", "last_hidden_state", "width"],
  ],
  decoder: [
    ["inputs", "inputs_embeds", "width"],
    ["inputs", "encoder_attention_mask", undefined],
    ["outputs", "logits", "words"],
  ],
};

/**
 * Refuses graphs that lack a tensor, or whose sizes are not config.json's.
 * @param beams that are followed where nobody says how many
 */
export function checkFlorenceGraphs(
  folder: CheckpointFolder,
  graphs: Readonly<Record<string, AdoptedGraph>>,
  sizes: FlorenceTextConfig,
  beams: number,
): void {
  for (const [graph, adopted] of Object.entries(graphs)) {
    const { file, header } = adopted;
    for (const [side, name, counts] of tensors[graph] ?? tensors.decoder ?? []) {
      const tensor = header[side][name];
      if (tensor === undefined) {
        const there = Object.keys(header[side]).join(", ");
        throw folder.refusal(file, name, `the graph has no such tensor among its ${side}: ${there}`);
      }
      if (counts === undefined) continue;
      const key = counts === "width" ? "d_model" : "vocab_size";
      const found = tensor.shape.at(-1);
      if (typeof found === "number" && found !== sizes[key])
        throw folder.refusal(file, name, `ends in ${found} values, config.json says text_config.${key} ${sizes[key]}`);
    }
    checkAxes(folder, graph, adopted, beams);
    if (tensors[graph] === undefined) checkCache(folder, adopted, sizes);
  }
}

/**
 * The tensors by which a graph that is exchanged for another is known when the model is loaded. A decoder's inputs are left
 * out: they are a cache's, of every layer.
 */
export function florenceSchemas(
  graphs: Readonly<Record<string, AdoptedGraph>>,
): Pick<ModelSpec, "input_schema" | "output_schema"> {
  const input_schema: ModelSpec["input_schema"] = {};
  const output_schema: ModelSpec["output_schema"] = {};
  for (const [graph, { header }] of Object.entries(graphs)) {
    const isDecoder = tensors[graph] === undefined;
    for (const [side, name] of tensors[graph] ?? tensors.decoder ?? []) {
      const tensor = header[side][name];
      if (tensor === undefined || (isDecoder && side === "inputs")) continue;
      const schema = side === "inputs" ? input_schema : output_schema;
      schema[graph] = { ...schema[graph], [name]: { ...tensor, shape: tensor.shape.map(axisName) } };
    }
  }
  return { input_schema, output_schema };
}

/** An axis gets a name by its place where the graph has none, or one that the exporter made up (`Addinputs_embeds_dim_1`). */
function axisName(axis: TensorDeclaration["shape"][number], i: number): TensorDeclaration["shape"][number] {
  return typeof axis === "number" || /^[a-z][a-z0-9_]*$/.test(axis) ? axis : `axis_${i}`;
}
