import { createHash } from "node:crypto";
import { type FileHandle, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { delimited, fieldsOf, type Part, textField, textOf } from "./protobuf-bytes.ts";

/** A tensor whose values lie in another file of the folder. */
interface ExternalTensor {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** Weights begin where a page does, so that they can be mapped; 64 KiB is the longest page of common systems. */
const page = 65_536;

/**
 * Takes out of a graph's file of weights what lies in another graph's, and points the graph there: two branches of one
 * decoder have nearly all of their weights in common.
 * @param first name of the graph whose file stays as it is
 * @param second name of the graph that is written anew, with its file of weights
 */
export async function shareWeights(folder: string, first: string, second: string): Promise<void> {
  const model = await readFile(join(folder, second));
  const firstWeights = externalTensors(await readFile(join(folder, first)));
  // Graphs within the graph may have weights in the file too.
  if (firstWeights.length === 0 || externalTensors(model).length === 0 || hasInnerGraphs(model)) return;
  const known = new Map<string, ExternalTensor>();
  await using own = await open(join(folder, `${first}_data`));
  for (const tensor of firstWeights) known.set(await digest(own, tensor), tensor);
  const data = `${second}_data`;
  let end = 0;
  {
    await using from = await open(join(folder, data));
    await using to = await open(join(folder, `${data}.new`), "w");
    const place = async (tensor: ExternalTensor): Promise<ExternalTensor> => {
      const shared = known.get(await digest(from, tensor));
      if (shared !== undefined) return shared;
      const offset = Math.ceil(end / page) * page;
      end = offset + tensor.length;
      await to.write(await bytesOf(from, tensor), 0, tensor.length, offset);
      return { location: data, offset, length: tensor.length };
    };
    await writeFile(join(folder, second), await replaced(model, place));
  }
  await rename(join(folder, `${data}.new`), join(folder, data));
  if (end === 0) await rm(join(folder, data));
}

function graphOf(model: Uint8Array): readonly Part[] {
  return fieldsOf(model)
    .filter(({ number }) => number === 7)
    .flatMap(({ value }) => fieldsOf(value));
}

/** The weights of a graph that lie in other files. */
export function externalTensors(model: Uint8Array): readonly ExternalTensor[] {
  const tensors = graphOf(model).filter(({ number }) => number === 5);
  return tensors.flatMap(({ value }) => externalOf(fieldsOf(value)) ?? []);
}

function hasInnerGraphs(model: Uint8Array): boolean {
  const nodes = graphOf(model).filter(({ number }) => number === 1);
  const attributes = nodes.flatMap(({ value }) => fieldsOf(value)).filter(({ number }) => number === 5);
  return attributes.some(({ value }) => fieldsOf(value).some(({ number }) => number === 6 || number === 11));
}

function externalOf(tensor: readonly Part[]): ExternalTensor | undefined {
  const entries = tensor.filter(({ number }) => number === 13).map(({ value }) => fieldsOf(value));
  const entry = (key: string) => entries.find((pair) => textOf(pair, 1) === key);
  const valueAt = (key: string) => textOf(entry(key) ?? [], 2);
  const location = valueAt("location");
  if (location === undefined) return undefined;
  return { location, offset: Number(valueAt("offset") ?? 0), length: Number(valueAt("length") ?? 0) };
}

/** The model with every external tensor where `place` says. */
async function replaced(
  model: Uint8Array,
  place: (tensor: ExternalTensor) => Promise<ExternalTensor>,
): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for (const field of fieldsOf(model)) {
    if (field.number !== 7) {
      pieces.push(field.whole);
      continue;
    }
    const graph: Uint8Array[] = [];
    for (const part of fieldsOf(field.value)) {
      const tensor = part.number === 5 ? fieldsOf(part.value) : [];
      const external = externalOf(tensor);
      if (external === undefined) graph.push(part.whole);
      else graph.push(...pointed(tensor, await place(external)));
    }
    pieces.push(...delimited(7, graph));
  }
  return pieces;
}

function pointed(tensor: readonly Part[], { location, offset, length }: ExternalTensor): readonly Uint8Array[] {
  const entries = Object.entries({ location, offset: String(offset), length: String(length) });
  return delimited(5, [
    ...tensor.filter(({ number }) => number !== 13).map(({ whole }) => whole),
    ...entries.flatMap(([key, value]) => delimited(13, [...textField(1, key), ...textField(2, value)])),
  ]);
}

async function digest(file: FileHandle, tensor: ExternalTensor): Promise<string> {
  return createHash("sha256")
    .update(await bytesOf(file, tensor))
    .digest("hex");
}

async function bytesOf(file: FileHandle, { offset, length }: ExternalTensor): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await file.read(bytes, 0, length, offset);
  return bytes;
}
