import type { TensorDeclaration } from "@menagerie/core";

/**
 * The name of the only tensor, where it is one that a family could mean by `name`: pictures have four axes, tokens and vectors
 * two. Undefined where there are more, or none.
 */
export function soleLike(name: string, tensors: Readonly<Record<string, TensorDeclaration>>): string | undefined {
  const [[sole, { dtype, shape }] = ["", { dtype: "", shape: [] }], another] = Object.entries(tensors);
  if (sole === "" || another !== undefined) return undefined;
  const isTokens = name === "input_ids";
  const axes = name === "pixel_values" ? 4 : 2;
  return shape.length === axes && /^int/.test(dtype) === isTokens ? sole : undefined;
}
