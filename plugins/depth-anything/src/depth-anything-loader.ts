import {
  type EstimateDepthOutput,
  type LoadContext,
  ModelError,
  ModelLoaderBase,
  type TaskMethods,
} from "@menagerie/core";
import { PictureGraph, resizeDepth } from "@menagerie/vision";

/** A Depth-Anything: one graph, `pixel_values -> predicted_depth [batch, rows, columns]`, relative inverse depth. */
export class DepthAnythingLoader extends ModelLoaderBase<PictureGraph> {
  protected override readonly tasks: TaskMethods<PictureGraph> = {
    "estimate-depth": (graph, { image }) => this.#estimate(graph, image),
  };

  protected override open(context: LoadContext): Promise<PictureGraph> {
    return PictureGraph.open(context, "predicted_depth");
  }

  async #estimate(graph: PictureGraph, image: Uint8Array): Promise<EstimateDepthOutput> {
    const { data, shape, transforms } = await graph.run([image]);
    const [, height, width] = shape;
    const [transform] = transforms;
    if (shape.length !== 3 || height === undefined || width === undefined || transform === undefined)
      throw new ModelError(
        "graph_mismatch",
        `${this.modelName}: the graph's output "predicted_depth" is [${shape.join(", ")}], [batch, rows, columns] was expected.`,
        { model: this.modelName, details: { tensor: "predicted_depth", shape } },
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
      near: "larger",
    };
  }
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
