import { fromFloat16, ModelError, type Tensor, toFloat16 } from "@menagerie/core";

/**
 * One sequence after the other: `[1, a, width]` and `[1, b, width]` to `[1, a + b, width]`, in the type of the second.
 * Graphs of one model may differ in theirs, as a picture's half does that is kept in float32.
 * @throws ModelError `graph_mismatch` for sequences of different widths
 */
export function joinSequences(first: Tensor, second: Tensor): Tensor {
  const [, before = 0, width = 0] = first.shape;
  const [, after = 0, other = 0] = second.shape;
  if (width !== other)
    throw new ModelError("graph_mismatch", `A picture's features are ${width} wide, a text's embeddings ${other}.`);
  const shape = [1, before + after, width];
  if (second.type === "float16")
    return { type: "float16", shape, data: joined(Uint16Array, halves(first), halves(second)) };
  return { type: "float32", shape, data: joined(Float32Array, floats(first), floats(second)) };
}

function joined<T extends Float32Array | Uint16Array>(Kind: new (length: number) => T, first: T, second: T): T {
  const data = new Kind(first.length + second.length);
  data.set(first);
  data.set(second, first.length);
  return data;
}

function floats({ type, data }: Tensor): Float32Array {
  return type === "float16" ? fromFloat16(data as Uint16Array) : (data as Float32Array);
}

function halves({ type, data }: Tensor): Uint16Array {
  return type === "float16" ? (data as Uint16Array) : toFloat16(data as Float32Array);
}
