import { open } from "node:fs/promises";
import { join } from "node:path";
import type { CheckpointFolder } from "@menagerie/core";
import type { OnnxHeader } from "./onnx-header.ts";

/** The factor of the cosine, and where it was found. */
export interface TrainedScale {
  readonly value: number;
  readonly source: string;
}

/**
 * The scale that a CLIP was trained to, which graphs that end in embeddings do not hold. Looked for in the graphs' metadata,
 * then in the weights beside them; a folder that has it nowhere gets 100, where training CLIP ends and OpenAI's own models are.
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
  const trained = await readScalar(folder, "model.safetensors", "logit_scale");
  if (trained !== undefined) return { value: Math.exp(trained), source: "model.safetensors" };
  return {
    value: 100,
    source: `nowhere in the folder; 100 is where training ends, config.json has only its start, ${Math.exp(start).toFixed(2)}`,
  };
}

/** A float32 scalar of a safetensors file: an 8-byte length, a JSON header, then the data it points into. */
async function readScalar(folder: CheckpointFolder, file: string, tensor: string): Promise<number | undefined> {
  if (!(await folder.has(file))) return undefined;
  await using handle = await open(join(folder.path, file));
  const prefix = Buffer.alloc(8);
  await handle.read(prefix, 0, 8, 0);
  const length = Number(prefix.readBigUInt64LE());
  // The format's own limit.
  if (length > 100e6) throw folder.refusal(file, undefined, `says that its header has ${length} bytes`);
  const header = Buffer.alloc(length);
  await handle.read(header, 0, length, 8);
  const entry = (
    JSON.parse(header.toString("utf8")) as Record<
      string,
      { dtype?: string; data_offsets?: [number, number] } | undefined
    >
  )[tensor];
  if (entry?.dtype !== "F32" || entry.data_offsets === undefined) return undefined;
  const value = Buffer.alloc(4);
  await handle.read(value, 0, 4, 8 + length + entry.data_offsets[0]);
  return value.readFloatLE();
}
