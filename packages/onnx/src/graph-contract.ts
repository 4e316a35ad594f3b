import { ModelError, type ModelSpec, type TensorDeclaration } from "@menagerie/core";
import type { NamedTensors } from "@menagerie/core/loader";

type Declarations = Readonly<Record<string, TensorDeclaration>>;

/** Refuses a graph whose inputs or outputs are not those that the spec declares. A named axis fits any size. */
export function checkDeclared(spec: ModelSpec, graph: string, inputs: Declarations, outputs: Declarations): void {
  compare(spec, graph, "input", spec.input_schema[graph], inputs, true);
  compare(spec, graph, "output", spec.output_schema[graph], outputs, false);
}

function compare(
  spec: ModelSpec,
  graph: string,
  side: "input" | "output",
  declared: Declarations | undefined,
  actual: Declarations,
  all: boolean,
): void {
  if (declared === undefined) return;
  const problems: string[] = [];
  for (const [name, wanted] of Object.entries(declared)) {
    const found = actual[name];
    if (found === undefined) problems.push(`has no ${side} "${name}" (it has ${Object.keys(actual).join(", ")})`);
    else if (!fits(wanted, found))
      problems.push(`${side} "${name}" is ${describe(found)}, the spec says ${describe(wanted)}`);
  }
  if (all)
    for (const name of Object.keys(actual))
      if (declared[name] === undefined) problems.push(`needs the ${side} "${name}", which the spec does not declare`);
  if (problems.length === 0) return;
  throw new ModelError(
    "graph_mismatch",
    `${spec.model_name}: the graph "${graph}" does not fit its spec: ${problems.join("; ")}.`,
    {
      model: spec.model_name,
      details: { graph, problems },
    },
  );
}

/** Refuses feeds that the graph cannot take, and sizes of one named axis that contradict each other. */
export function checkFeeds(model: string, graph: string, inputs: Declarations, feeds: NamedTensors): void {
  const problems: string[] = [];
  const axes = new Map<string, { size: number; input: string }>();
  // A mask is as long as what was computed before and what comes now, whatever exporters call that axis.
  const hasPast = Object.keys(inputs).some((name) => name.startsWith("past_key_values"));
  for (const [name, wanted] of Object.entries(inputs)) {
    const tensor = feeds[name];
    if (tensor === undefined) {
      problems.push(`input "${name}" is missing`);
      continue;
    }
    const length = tensor.shape.reduce((a, b) => a * b, 1);
    if (!fits(wanted, { dtype: tensor.type, shape: tensor.shape }))
      problems.push(
        `input "${name}" is ${describe({ dtype: tensor.type, shape: tensor.shape })}, the graph takes ${describe(wanted)}`,
      );
    if (tensor.data.length !== length)
      problems.push(`input "${name}" has ${tensor.data.length} values, its shape ${length}`);
    // A tensor without values (a cache before the first token) says nothing of the axes that it shares with others.
    if (length === 0) continue;
    for (const [i, axis] of wanted.shape.entries()) {
      const size = tensor.shape[i];
      if (typeof axis !== "string" || size === undefined) continue;
      if (hasPast && name === "attention_mask" && i === 1) continue;
      const known = axes.get(axis);
      if (known !== undefined && known.size !== size)
        problems.push(`the axis "${axis}" is ${known.size} in "${known.input}" and ${size} in "${name}"`);
      axes.set(axis, { size, input: name });
    }
  }
  for (const name of Object.keys(feeds))
    if (inputs[name] === undefined)
      problems.push(`there is no input "${name}" (there are ${Object.keys(inputs).join(", ")})`);
  if (problems.length === 0) return;
  throw new ModelError("graph_mismatch", `${model}: the graph "${graph}" cannot be run: ${problems.join("; ")}.`, {
    model,
    details: { graph, problems },
  });
}

function fits(wanted: TensorDeclaration, found: TensorDeclaration): boolean {
  if (wanted.dtype !== found.dtype || wanted.shape.length !== found.shape.length) return false;
  return wanted.shape.every(
    (size, i) => typeof size === "string" || typeof found.shape[i] === "string" || size === found.shape[i],
  );
}

function describe({ dtype, shape }: TensorDeclaration): string {
  return `${dtype} [${shape.join(", ")}]`;
}
