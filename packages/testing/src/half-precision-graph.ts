import { readFile, writeFile } from "node:fs/promises";
import { bytesOf, decoded, fieldsOf, textOf } from "./protobuf-fields.ts";
import { Message } from "./protobuf-writer.ts";

/** Element types of TensorProto. */
const [float32, float16] = [1, 10];

/**
 * Changes a model file so that its graph takes and gives float16 where it took and gave float32, as an export in half
 * precision does; inside it stays as it is.
 */
export async function halvePrecision(path: string): Promise<void> {
  const changed = new Message();
  for (const { number, value, whole } of fieldsOf(await readFile(path)))
    if (number === 7) changed.message(7, halvedGraph(value));
    else changed.raw(whole);
  await writeFile(
    path,
    changed.parts.map((part) => (part instanceof Uint8Array ? part : part.make())),
  );
}

function halvedGraph(graph: Uint8Array): Message {
  const fields = fieldsOf(graph);
  const weights = new Set(fields.filter(({ number }) => number === 5).map(({ value }) => textOf(value, 8)));
  const named = (wanted: number): string[] =>
    fields
      .filter(({ number, value }) => number === wanted && elementTypeOf(value) === float32)
      .map(({ value }) => textOf(value, 1))
      .filter((name) => !weights.has(name));
  const [inputs, outputs] = [new Set(named(11)), new Set(named(12))];
  const changed = new Message();
  for (const name of inputs) changed.message(1, cast(name, inside(name), float32));
  for (const { number, value, whole } of fields) {
    if (number === 1) changed.message(1, renamed(value, inputs, outputs));
    else if ((number === 11 && inputs.has(textOf(value, 1))) || (number === 12 && outputs.has(textOf(value, 1))))
      changed.message(number, halvedValue(value));
    else changed.raw(whole);
  }
  for (const name of outputs) changed.message(1, cast(inside(name), name, float16));
  return changed;
}

const inside = (name: string): string => `${name}/float32`;

function cast(from: string, to: string, type: number): Message {
  const attribute = new Message().text(1, "to").varint(3, type).varint(20, 2);
  return new Message().text(1, from).text(2, to).text(4, "Cast").message(5, attribute);
}

/** A node with other names; one that holds graphs of its own reads the same tensors in them. */
function renamed(node: Uint8Array, inputs: ReadonlySet<string>, outputs: ReadonlySet<string>): Message {
  const changed = new Message();
  for (const { number, value, whole } of fieldsOf(node)) {
    const name = number === 1 || number === 2 ? decoded(value) : "";
    if (number === 1) changed.text(1, inputs.has(name) || outputs.has(name) ? inside(name) : name);
    else if (number === 2) changed.text(2, outputs.has(name) ? inside(name) : name);
    else if (number === 5 && bytesOf(value, 6).length > 0) changed.message(5, attributeWith(value, inputs));
    else changed.raw(whole);
  }
  return changed;
}

function attributeWith(attribute: Uint8Array, inputs: ReadonlySet<string>): Message {
  const changed = new Message();
  for (const { number, value, whole } of fieldsOf(attribute)) {
    if (number !== 6) {
      changed.raw(whole);
      continue;
    }
    const graph = new Message();
    for (const part of fieldsOf(value))
      if (part.number === 1) graph.message(1, renamed(part.value, inputs, new Set()));
      else graph.raw(part.whole);
    changed.message(6, graph);
  }
  return changed;
}

/** Of a ValueInfoProto that is a tensor: `type.tensor_type.elem_type`. */
function elementTypeOf(value: Uint8Array): number {
  return fieldsOf(bytesOf(bytesOf(value, 2), 1)).find(({ number }) => number === 1)?.integer ?? 0;
}

function halvedValue(value: Uint8Array): Message {
  const tensor = new Message();
  for (const { number, whole } of fieldsOf(bytesOf(bytesOf(value, 2), 1)))
    if (number === 1) tensor.varint(1, float16);
    else tensor.raw(whole);
  return new Message().text(1, textOf(value, 1)).message(2, new Message().message(1, tensor));
}
