import { readFile } from "node:fs/promises";
import { delimited, fieldsOf, type Part, textField, textOf } from "./protobuf-bytes.ts";
import { MalformedFile } from "./protobuf-reader.ts";

/** The two graphs that a merged decoder chooses from: with a cache of what was computed before, and without. */
export const branches = ["then_branch", "else_branch"] as const;
export type Branch = (typeof branches)[number];

/** The input that chooses; bool `[1]`, true for `then_branch`. */
export const branchInput = "use_cache_branch";

/**
 * A merged decoder taken apart: a graph with an `If` over `use_cache_branch` becomes two models with all of its inputs,
 * outputs, weights and other nodes, in which a branch takes the place of the `If`. As bytes in pieces, whose sum is the file.
 * @returns undefined for any other graph, and for one whose weights lie in another file, which is found by its place
 */
export async function splitMergedGraph(file: string): Promise<ReadonlyMap<Branch, readonly Uint8Array[]> | undefined> {
  const model = fieldsOf(await readFile(file));
  const graph = fieldsOf(model.find(({ number }) => number === 7)?.value ?? new Uint8Array());
  const [choice, ...others] = graph.filter(isChoice);
  if (choice === undefined || others.length > 0 || graph.some(isExternal)) return undefined;
  const parts = fieldsOf(choice.value);
  const outputs = parts.filter(({ number }) => number === 2).map(({ value }) => new TextDecoder().decode(value));
  const attributes = parts.filter(({ number }) => number === 5).map(({ value }) => fieldsOf(value));
  const split = new Map<Branch, readonly Uint8Array[]>();
  for (const branch of branches) {
    const inner = attributes.find((attribute) => textOf(attribute, 1) === branch)?.find(({ number }) => number === 6);
    if (inner === undefined) return undefined;
    const own = fieldsOf(inner.value);
    const body = [
      ...own.filter(({ number }) => !(number in outerFields)).map(({ whole }) => whole),
      ...renamed(namesOf(own), outputs),
    ];
    const pieces = graph.flatMap((part) => (part === choice ? body : [part.whole]));
    const rest = model.filter(({ number }) => number !== 7).map(({ whole }) => whole);
    split.set(branch, [...rest, ...delimited(7, pieces)]);
  }
  return split;
}

/** Whether a field of a graph is the node that chooses between the branches. */
function isChoice({ number, value }: Part): boolean {
  if (number !== 1) return false;
  const node = fieldsOf(value);
  return textOf(node, 4) === "If" && textOf(node, 1) === branchInput;
}

/** Fields of a GraphProto that are the outer graph's: name, documentation, inputs, outputs. */
const outerFields: Readonly<Record<number, true>> = { 2: true, 10: true, 11: true, 12: true };

/** Whether a field of a graph is a tensor whose values lie in another file. */
function isExternal({ number, value }: Part): boolean {
  return number === 5 && fieldsOf(value).some((part) => part.number === 13);
}

/** Names of a graph's outputs. */
function namesOf(graph: readonly Part[]): readonly string[] {
  return graph.filter(({ number }) => number === 12).map(({ value }) => textOf(fieldsOf(value), 1) ?? "");
}

/** Nodes that give a branch's outputs the names that they have outside of it. */
function renamed(own: readonly string[], outer: readonly string[]): readonly Uint8Array[] {
  if (own.length !== outer.length)
    throw new MalformedFile(`a branch has ${own.length} outputs, its node ${outer.length}`);
  return own.flatMap((name, i) => {
    const wanted = outer[i] as string;
    return name === wanted
      ? []
      : delimited(1, [...textField(1, name), ...textField(2, wanted), ...textField(4, "Identity")]);
  });
}
