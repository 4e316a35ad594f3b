import type { Tensor, TensorDeclaration } from "@menagerie/core";
import type { NamedTensors } from "@menagerie/core/loader";
import { gatherRows } from "./gather-rows.ts";

/**
 * The keys and values that a decoder computed so far, under the names of its inputs: `past_key_values.{layer}.key` in a
 * decoder-only graph, `.decoder.` and `.encoder.` apart in one that attends to an encoder. The first axis is the row.
 */
export class KeyValueCache {
  readonly #names: readonly string[];
  readonly #declarations: Readonly<Record<string, TensorDeclaration>>;
  #tensors = new Map<string, Tensor>();

  /** @param inputs those of the graph that takes the cache */
  constructor(inputs: Readonly<Record<string, TensorDeclaration>>) {
    this.#declarations = inputs;
    this.#names = Object.keys(inputs).filter((name) => name.startsWith("past_key_values."));
  }

  get isEmpty(): boolean {
    return this.#tensors.size === 0;
  }

  get bytes(): number {
    return [...this.#tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  }

  /** What the graph is fed: tensors of length 0 where nothing is known yet. */
  feeds(rows: number): NamedTensors {
    return Object.fromEntries(this.#names.map((name) => [name, this.#tensors.get(name) ?? this.#nothing(name, rows)]));
  }

  /** Takes `present.*` from a run's outputs. The encoder's part never changes after the first run, and is kept from it. */
  update(outputs: NamedTensors): void {
    for (const name of this.#names) {
      const isKept = name.includes(".encoder.") && this.#tensors.has(name);
      const present = outputs[presentOf(name)];
      if (present !== undefined && !isKept) this.#tensors.set(name, present);
    }
  }

  /** Row `i` becomes what was row `rows[i]`. The encoder's part is left as it is where `isSameItem` says so. */
  reorder(rows: readonly number[], isSameItem: boolean): void {
    for (const [name, tensor] of this.#tensors)
      if (!(isSameItem && name.includes(".encoder."))) this.#tensors.set(name, gatherRows(tensor, rows));
  }

  /** A copy of the first `length` positions; for graphs whose cache is `[rows, heads, length, width]`. */
  upTo(length: number): KeyValueCache {
    const copy = new KeyValueCache(this.#declarations);
    for (const [name, tensor] of this.#tensors) copy.#tensors.set(name, firstPositions(tensor, length));
    return copy;
  }

  #nothing(name: string, rows: number): Tensor {
    const { dtype, shape } = this.#declarations[name] as TensorDeclaration;
    const sizes = shape.map((size, axis) => (axis === 0 ? rows : typeof size === "number" ? size : 0));
    return { type: dtype, shape: sizes, data: dtype === "float16" ? new Uint16Array() : new Float32Array() } as Tensor;
  }
}

/** The output that holds what the input `past_key_values.*` takes at the next step. */
export function presentOf(past: string): string {
  return past.replace("past_key_values", "present");
}

function firstPositions(tensor: Tensor, length: number): Tensor {
  const [rows = 0, heads = 0, whole = 0, width = 0] = tensor.shape;
  if (whole === length) return tensor;
  const from = tensor.data as Float32Array;
  const data = new (from.constructor as Float32ArrayConstructor)(rows * heads * length * width);
  for (let i = 0; i < rows * heads; i++)
    data.set(from.subarray(i * whole * width, (i * whole + length) * width), i * length * width);
  return { type: tensor.type, shape: [rows, heads, length, width], data } as Tensor;
}
