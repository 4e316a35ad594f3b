import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { float16Value } from "@menagerie/core";
import type { CheckpointFolder } from "@menagerie/core/adopt";

/** A number in a checkpoint's weights, and the file that has it. */
export interface FoundScalar {
  readonly value: number;
  readonly file: string;
}

/**
 * A scalar of a checkpoint's weights, whole or in shards, by its name.
 * @returns undefined where no file of weights has it
 * @throws ModelError `checkpoint_invalid` for a file that is cut off or no safetensors
 */
export async function readSafetensorsScalar(folder: CheckpointFolder, name: string): Promise<FoundScalar | undefined> {
  for (const file of await weightFiles(folder, name)) {
    if (!(await folder.has(file))) continue;
    await folder.assertItself(file);
    await using handle = await open(join(folder.path, file));
    const value = await scalarOf(folder, file, handle, name);
    if (value !== undefined) return { value, file };
  }
  return undefined;
}

async function weightFiles(folder: CheckpointFolder, name: string): Promise<string[]> {
  const files = ["model.safetensors", "open_clip_model.safetensors"];
  if (!(await folder.has(index))) return files;
  const shard = fieldOf(fieldOf(parsed(folder, index, await folder.text(index)), "weight_map"), name);
  return typeof shard === "string" ? [...files, shard] : files;
}

const index = "model.safetensors.index.json";

/** The format: an 8-byte length, a JSON header, then the data it points into. */
async function scalarOf(
  folder: CheckpointFolder,
  file: string,
  handle: FileHandle,
  name: string,
): Promise<number | undefined> {
  const bytes = async (position: number, length: number): Promise<Buffer> => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
    if (bytesRead === length) return buffer;
    throw folder.refusal(file, undefined, `is cut off: ${length} bytes at ${position} are not there`);
  };
  const length = Number((await bytes(0, 8)).readBigUInt64LE());
  // The format's own limit.
  if (length > 100e6) throw folder.refusal(file, undefined, `says that its header has ${length} bytes`);
  const entry = fieldOf(parsed(folder, file, (await bytes(8, length)).toString("utf8")), name);
  if (entry === undefined) return undefined;
  const read = readers[String(fieldOf(entry, "dtype"))];
  const start = fieldOf(fieldOf(entry, "data_offsets"), "0");
  if (read === undefined || typeof start !== "number")
    throw folder.refusal(file, name, `is ${JSON.stringify(entry)}, a floating-point number was expected`);
  return read.value(await bytes(8 + length + start, read.bytes));
}

function parsed(folder: CheckpointFolder, file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw folder.refusal(file, undefined, "is not JSON where it must be", cause);
  }
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

const readers: Readonly<Record<string, { bytes: number; value: (data: Buffer) => number }>> = {
  F64: { bytes: 8, value: (data) => data.readDoubleLE() },
  F32: { bytes: 4, value: (data) => data.readFloatLE() },
  F16: { bytes: 2, value: (data) => float16Value(data.readUInt16LE()) },
  // The upper half of a float32.
  BF16: { bytes: 2, value: (data) => Buffer.from([0, 0, ...data]).readFloatLE() },
};
