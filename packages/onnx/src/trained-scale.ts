import { join } from "node:path";
import type { CheckpointFolder } from "@menagerie/core/adopt";
import { type OnnxHeader, readOnnxHeader } from "./onnx-header.ts";
import { readSafetensorsScalar } from "./safetensors-scalar.ts";

/** The factor of the cosine, and where it was found. */
export interface TrainedScale {
  readonly value: number;
  readonly source: string;
}

/**
 * The scale that a CLIP was trained to, which graphs that end in embeddings do not hold. Looked for in the graphs' metadata,
 * in the weights beside them, and in the graph of both towers that public conversions have as well. Of a folder that has neither, config.json's start of training counts where somebody changed
 * it; where it is the usual one, 100 does, at which training CLIP ends and OpenAI's own models are.
 * @param start logarithm of the scale that training began with, as config.json says it
 */
export async function readTrainedScale(
  folder: CheckpointFolder,
  headers: readonly OnnxHeader[],
  start: number,
): Promise<TrainedScale> {
  for (const { metadata } of headers) {
    const trained = Number(metadata.logit_scale ?? Number.NaN);
    if (Number.isFinite(trained)) return { value: Math.exp(trained), source: "metadata of the graphs" };
  }
  const trained = await readSafetensorsScalar(folder, "logit_scale");
  if (trained !== undefined) return { value: Math.exp(trained.value), source: trained.file };
  for (const header of headers) {
    const within = scaleWithin(header);
    if (within !== undefined) return { value: Math.exp(within), source: "weights of the graph" };
  }
  for (const file of ["onnx/model.onnx", "model.onnx"]) {
    if (!(await folder.has(file))) continue;
    const within = scaleWithin(await readOnnxHeader(join(folder.path, file)));
    if (within !== undefined) return { value: Math.exp(within), source: file };
  }
  if (start !== usualStart)
    return {
      value: Math.exp(start),
      source: `logit_scale_init_value in config.json; no file has the trained one, and another can be written into "parameters"`,
    };
  return {
    value: 100,
    source: `nowhere in the folder; 100 is where training ends, config.json has only its start, ${Math.exp(start).toFixed(2)}`,
  };
}

/** Exporters put the name of whatever they wrapped before it. */
function scaleWithin({ scalars }: OnnxHeader): number | undefined {
  const name = Object.keys(scalars).find((key) => key === "logit_scale" || key.endsWith(".logit_scale"));
  return name === undefined ? undefined : scalars[name];
}

/** ln(1 / 0.07), as transformers rounds it. */
const usualStart = 2.6592;
