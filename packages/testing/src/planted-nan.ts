import { readFile, writeFile } from "node:fs/promises";
import { bytesOf, decoded, type Field, fieldsOf, textOf } from "./protobuf-fields.ts";
import { Message } from "./protobuf-writer.ts";

/**
 * Changes a model file so that outputs of its graph are NaN: each is computed as before, under another name, and NaN is added.
 * @param wanted says which of the graph's outputs; those of integers are left as they are
 * @returns names of the outputs that were changed
 */
export async function plantNan(path: string, wanted: (output: string) => boolean): Promise<string[]> {
  const model = fieldsOf(await readFile(path));
  const planted: string[] = [];
  const changed = new Message();
  for (const part of model) {
    if (part.number === 7) changed.message(7, graphWithNan(fieldsOf(part.value), wanted, planted));
    else changed.raw(part.whole);
  }
  await writeFile(
    path,
    changed.parts.map((part) => (part instanceof Uint8Array ? part : part.make())),
  );
  return planted;
}

function graphWithNan(graph: readonly Field[], wanted: (output: string) => boolean, planted: string[]): Message {
  const produced = new Set(graph.filter(({ number }) => number === 1).flatMap(({ value }) => outputsOf(value)));
  const types = new Map<string, "float32" | "float16">();
  for (const { number, value } of graph) {
    if (number !== 12) continue;
    const type = floatTypes.get(elementTypeOf(value));
    const name = textOf(value, 1);
    if (type !== undefined && produced.has(name) && wanted(name)) types.set(name, type);
  }
  planted.push(...types.keys());
  const changed = new Message();
  for (const { number, value, whole } of graph) {
    if (number !== 1 || !outputsOf(value).some((name) => types.has(name))) changed.raw(whole);
    else
      changed.message(
        1,
        renamed(value, (name) => (types.has(name) ? before(name) : name)),
      );
  }
  for (const [name, type] of types) {
    changed.message(1, new Message().text(1, before(name)).text(1, `${name}/nan`).text(2, name).text(4, "Add"));
    const bytes = type === "float32" ? Uint8Array.of(0, 0, 0xc0, 0x7f) : Uint8Array.of(0, 0x7e);
    const code = type === "float32" ? 1 : 10;
    changed.message(5, new Message().varint(2, code).text(8, `${name}/nan`).bytes(9, bytes));
  }
  return changed;
}

const before = (name: string): string => `${name}/finite`;

/** Element types of TensorProto. */
const floatTypes: ReadonlyMap<number, "float32" | "float16"> = new Map([
  [1, "float32"],
  [10, "float16"],
]);

function renamed(node: Uint8Array, nameOf: (name: string) => string): Message {
  const changed = new Message();
  for (const { number, value, whole } of fieldsOf(node))
    if (number === 2) changed.text(2, nameOf(decoded(value)));
    else changed.raw(whole);
  return changed;
}

/** Of a ValueInfoProto that is a tensor: `type.tensor_type.elem_type`. */
function elementTypeOf(value: Uint8Array): number {
  return fieldsOf(bytesOf(bytesOf(value, 2), 1)).find(({ number }) => number === 1)?.integer ?? 0;
}

function outputsOf(node: Uint8Array): string[] {
  return fieldsOf(node)
    .filter(({ number }) => number === 2)
    .map(({ value }) => decoded(value));
}
