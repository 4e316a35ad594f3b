import { type EstimateDepthOutput, ModelError } from "@menagerie/core";
import { type LoadContext, ModelLoaderBase, type TaskMethods } from "@menagerie/core/loader";
import { PictureGraph, resizeDepth, type Size } from "@menagerie/vision";
import { type DepthAnythingParameters, depthAnythingParameters } from "./depth-anything-parameters.ts";

interface DepthAnything {
  readonly graph: PictureGraph;
  readonly parameters: DepthAnythingParameters;
}

/** A Depth-Anything: one graph, `pixel_values -> predicted_depth [batch, rows, columns]`, inverse depth or metres. */
export class DepthAnythingLoader extends ModelLoaderBase<DepthAnything> {
  protected override readonly tasks: TaskMethods<DepthAnything> = {
    "estimate-depth": (model, { image }) => this.#estimate(model, image),
  };

  protected override async open(context: LoadContext): Promise<DepthAnything> {
    const parameters = depthAnythingParameters(context.spec);
    return { graph: await PictureGraph.open(context, "predicted_depth"), parameters };
  }

  async #estimate({ graph, parameters }: DepthAnything, image: Uint8Array): Promise<EstimateDepthOutput> {
    const { data, shape, transforms } = await graph.run([image]);
    const [, height, width] = shape;
    const [transform] = transforms;
    if (shape.length !== 3 || height === undefined || width === undefined || transform === undefined)
      throw new ModelError(
        "graph_mismatch",
        `${this.modelName}: the graph's output "predicted_depth" is [${shape.join(", ")}], [batch, rows, columns] was expected.`,
        { model: this.modelName, details: { tensor: "predicted_depth", shape } },
      );
    const { model } = transform;
    if (!isOfWholePatches({ width, height }, model, parameters.patch_size))
      throw new ModelError(
        "graph_mismatch",
        `${this.modelName}: the graph answered with ${width} x ${height} values for ${model.width} x ${model.height} pixels: the size it was traced with ` +
          `is baked into it, or its patches are not of ${parameters.patch_size ?? usualPatch}. Export it with free sides, or give parameters.patch_size.`,
        { model: this.modelName, details: { tensor: "predicted_depth", shape, pixels: model } },
      );
    // Bicubic, which goes a little beyond the model's own values; transformers does not clamp, and neither does this.
    const depth = resizeDepth({ data, width, height }, transform.picture);
    const { minimum, maximum } = range(depth.data);
    if (!(Number.isFinite(minimum) && Number.isFinite(maximum)))
      throw new ModelError("internal", `${this.modelName} gave a depth that is no number.`, { model: this.modelName });
    return {
      width: depth.width,
      height: depth.height,
      depth: littleEndian(depth.data),
      minimum,
      maximum,
      near: parameters.depth === "metric" ? "smaller" : "larger",
    };
  }
}

const usualPatch = 14;

/** A graph into which a size was baked answers in that one, whatever it is asked. */
function isOfWholePatches(answer: Size, pixels: Size, patch: number | undefined): boolean {
  const whole = (side: number, of: number): number => Math.floor(side / of) * of;
  // Where nobody says the size of a patch, sides that are multiples of it already tell nothing of it either.
  return (patch === undefined ? [1, usualPatch] : [patch]).some(
    (of) => answer.width === whole(pixels.width, of) && answer.height === whole(pixels.height, of),
  );
}

/** Of all values; NaN where one is none. */
function range(values: Float32Array): { minimum: number; maximum: number } {
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (Number.isNaN(value)) return { minimum: value, maximum: value };
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  return { minimum, maximum };
}

/** Every machine that Node runs on today but IBM's large ones stores numbers in this order already. */
function littleEndian(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  return isLittle ? bytes : Uint8Array.from(Buffer.from(bytes).swap32());
}
