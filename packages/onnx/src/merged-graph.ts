import { readFile } from "node:fs/promises";
import { MalformedFile } from "./protobuf-reader.ts";

/** The two graphs that a merged decoder chooses from: with a cache of what was computed before, and without. */
export const branches = ["then_branch", "else_branch"] as const;
export type Branch = (typeof branches)[number];

/** The input that chooses; bool `[1]`, true for `then_branch`. */
export const branchInput = "use_cache_branch";

/**
 * A merged decoder taken apart: a graph of nothing but an `If` over `use_cache_branch` becomes two models with all of its
 * inputs, outputs and weights. As bytes in pieces, whose sum is the file.
 * @returns undefined for any other graph, and for one whose weights lie in another file, which is found by its place
 */
export async function splitMergedGraph(file: string): Promise<ReadonlyMap<Branch, readonly Uint8Array[]> | undefined> {
  const model = await readFile(file);
  const graph = fieldsOf(model).find(({ number }) => number === 7);
  if (graph === undefined) return undefined;
  const outer = fieldsOf(graph.value);
  const [node, ...others] = outer.filter(({ number }) => number === 1);
  if (node === undefined || others.length > 0 || outer.some(isExternal)) return undefined;
  const parts = fieldsOf(node.value);
  const isChoice = textOf(parts, 4) === "If" && textOf(parts, 1) === branchInput;
  if (!isChoice) return undefined;
  const attributes = parts.filter(({ number }) => number === 5).map(({ value }) => fieldsOf(value));
  const split = new Map<Branch, readonly Uint8Array[]>();
  for (const branch of branches) {
    const inner = attributes.find((attribute) => textOf(attribute, 1) === branch)?.find(({ number }) => number === 6);
    if (inner === undefined) return undefined;
    const own = fieldsOf(inner.value);
    const pieces = [
      ...outer.filter(({ number }) => number !== 1).map(({ whole }) => whole),
      ...own.filter(({ number }) => !(number in outerFields)).map(({ whole }) => whole),
      ...renamed(namesOf(own), namesOf(outer)),
    ];
    const rest = fieldsOf(model).filter(({ number }) => number !== 7);
    split.set(branch, [...rest.map(({ whole }) => whole), ...delimited(7, pieces)]);
  }
  return split;
}

/** Fields of a GraphProto that are the outer graph's: name, documentation, inputs, outputs. */
const outerFields: Readonly<Record<number, true>> = { 2: true, 10: true, 11: true, 12: true };

interface Part {
  readonly number: number;
  /** Of length-delimited fields; empty for others. */
  readonly value: Uint8Array;
  /** Key and length included. */
  readonly whole: Uint8Array;
}

function fieldsOf(bytes: Uint8Array): readonly Part[] {
  const parts: Part[] = [];
  let at = 0;
  const varint = (): number => {
    for (let value = 0, scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new MalformedFile(`a number at byte ${at} has no end`);
  };
  while (at < bytes.length) {
    const start = at;
    const key = varint();
    const wireType = key % 8;
    if (wireType === 0) varint();
    const length = wireType === 2 ? varint() : wireType === 5 ? 4 : wireType === 1 ? 8 : 0;
    if (at + length > bytes.length) throw new MalformedFile(`a field of ${length} bytes at byte ${at} is cut off`);
    const value = bytes.subarray(at, at + length);
    at += length;
    parts.push({ number: Math.floor(key / 8), value, whole: bytes.subarray(start, at) });
  }
  return parts;
}

function textOf(parts: readonly Part[], number: number): string | undefined {
  const found = parts.find((part) => part.number === number);
  return found && new TextDecoder().decode(found.value);
}

/** Whether a field of a graph is a tensor whose values lie in another file. */
function isExternal({ number, value }: Part): boolean {
  return number === 5 && fieldsOf(value).some((part) => part.number === 13);
}

/** Names of a graph's outputs. */
function namesOf(graph: readonly Part[]): readonly string[] {
  return graph.filter(({ number }) => number === 12).map(({ value }) => textOf(fieldsOf(value), 1) ?? "");
}

/** Nodes that give a branch's outputs the names of the outer graph's. */
function renamed(own: readonly string[], outer: readonly string[]): readonly Uint8Array[] {
  if (own.length !== outer.length)
    throw new MalformedFile(`a branch has ${own.length} outputs, the graph ${outer.length}`);
  return own.flatMap((name, i) => {
    const wanted = outer[i] as string;
    return name === wanted ? [] : delimited(1, [...text(1, name), ...text(2, wanted), ...text(4, "Identity")]);
  });
}

function text(number: number, value: string): readonly Uint8Array[] {
  return delimited(number, [new TextEncoder().encode(value)]);
}

function delimited(number: number, pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return [Uint8Array.from([...varintBytes(number * 8 + 2), ...varintBytes(length)]), ...pieces];
}

function varintBytes(value: number): readonly number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varintBytes(Math.floor(value / 128))];
}
