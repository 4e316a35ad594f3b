import type { CheckpointFolder } from "@menagerie/core/adopt";
import type { AdoptedGraph } from "./adopted-graph.ts";

/** Shapes by name: a number is the size that the configuration asks for, a word an axis that the graph leaves free, or fixes at 1. */
type Shapes = Readonly<Record<string, readonly (number | string)[]>>;

/** The tensors of a graph as a checkpoint's configuration has them. */
export interface ExpectedTensors {
  readonly inputs: Shapes;
  readonly outputs: Shapes;
}

/**
 * Holds a graph to its configuration: every tensor there, no size fixed to another one, and no input that nobody feeds.
 * @throws ModelError `checkpoint_invalid` naming the file, the tensor and both shapes
 */
export function checkTensors(
  folder: CheckpointFolder,
  { file, header }: Pick<AdoptedGraph, "file" | "header">,
  expected: ExpectedTensors,
): void {
  for (const side of ["inputs", "outputs"] as const) {
    for (const [name, shape] of Object.entries(expected[side])) {
      const tensor = header[side][name];
      if (tensor === undefined) {
        const there = Object.keys(header[side]).join(", ");
        throw folder.refusal(file, name, `the graph has no such tensor among its ${side}: ${there}`);
      }
      const fits = tensor.shape.every(
        (size, i) => typeof size !== "number" || size === (typeof shape[i] === "number" ? shape[i] : 1),
      );
      if (tensor.shape.length !== shape.length || !fits)
        throw folder.refusal(
          file,
          name,
          `is [${tensor.shape.join(", ")}], by config.json it would be [${shape.join(", ")}]`,
        );
    }
  }
  const extra = Object.keys(header.inputs).find((name) => !Object.hasOwn(expected.inputs, name));
  if (extra !== undefined) throw folder.refusal(file, extra, "is an input that such a model does not have");
}
