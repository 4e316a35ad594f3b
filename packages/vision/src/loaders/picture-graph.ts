import { fromFloat16, ModelError, type ModelSpec, type Tensor } from "@menagerie/core";
import type { Graph, LoadContext } from "@menagerie/core/loader";
import type { PictureTransform } from "../geometry/picture-transform.ts";
import { ImagePipeline } from "../pipeline/image-pipeline.ts";
import { imagePreprocessing } from "../preprocessing/image-preprocessing.ts";

/** What a graph answered about a batch of pictures. */
export interface PictureAnswer {
  readonly data: Float32Array;
  /** Pictures first. */
  readonly shape: readonly number[];
  /** Of each picture, with its own size. */
  readonly transforms: readonly PictureTransform[];
}

/** The one graph of a model that looks at pictures: `pixel_values [batch, 3, height, width]` to one tensor. */
export class PictureGraph {
  readonly spec: ModelSpec;
  readonly #graph: Graph;
  readonly #input: string;
  readonly #output: string;
  readonly #pipeline: ImagePipeline;

  private constructor(spec: ModelSpec, graph: Graph, [input, output]: [string, string], pipeline: ImagePipeline) {
    this.spec = spec;
    this.#graph = graph;
    this.#input = input;
    this.#output = output;
    this.#pipeline = pipeline;
  }

  /**
   * Opens the spec's graph `model`.
   * @param usual name of the tensor that it answers with, where the spec declares no other one
   * @throws ModelError `model_spec_invalid` without a preprocessing of pictures, `graph_mismatch` without these tensors
   */
  static async open(context: LoadContext, usual: string): Promise<PictureGraph> {
    const { spec } = context;
    const image = imagePreprocessing(spec);
    const graph = await context.open("model");
    const name = soleName(spec.input_schema?.model) ?? "pixel_values";
    const input = graph.inputs[name];
    if (input === undefined) throw mismatch(spec, "input", name, Object.keys(graph.inputs));
    const output = soleName(spec.output_schema?.model) ?? usual;
    if (graph.outputs[output] === undefined) throw mismatch(spec, "output", output, Object.keys(graph.outputs));
    const dtype = input.dtype === "float16" ? { dtype: input.dtype } : {};
    return new PictureGraph(spec, graph, [name, output], new ImagePipeline({ ...image, ...dtype }));
  }

  /** What the graph says of an axis of its answer: a size, or undefined where it is free. */
  axis(position: number): number | undefined {
    const size = this.#graph.outputs[this.#output]?.shape[position];
    return typeof size === "number" ? size : undefined;
  }

  /** @param images the bytes of one file each; all must come out in one size */
  async run(images: readonly Uint8Array[]): Promise<PictureAnswer> {
    const [last] = images.slice(-1);
    const missing = Math.max((this.#pictures ?? 0) - images.length, 0);
    // A graph that takes exactly so many pictures is given the last one again; what it says of those is left out.
    const filled = last === undefined ? images : [...images, ...new Array<Uint8Array>(missing).fill(last)];
    using pixels = await this.#pipeline.toTensor(filled);
    const answer = (await this.#graph.run({ [this.#input]: pixels }, [this.#output]))[this.#output];
    const data = this.#floats(answer);
    const [count = 0, ...rest] = answer?.shape ?? [];
    const kept = (data.length / Math.max(count, 1)) * (count - missing);
    return {
      data: missing === 0 ? data : data.subarray(0, kept),
      shape: [count - missing, ...rest],
      transforms: pixels.transforms.slice(0, images.length),
    };
  }

  /** How many pictures the graph takes at once; undefined where any number will do. */
  get #pictures(): number | undefined {
    const size = this.#graph.inputs[this.#input]?.shape[0];
    return typeof size === "number" ? size : undefined;
  }

  /** In batches as large as the spec allows. */
  async inBatches<Result>(
    images: readonly Uint8Array[],
    signal: AbortSignal,
    read: (answer: PictureAnswer) => readonly Result[],
  ): Promise<Result[]> {
    const size = this.#pictures ?? this.spec.resource_requirements.max_batch;
    const results: Result[] = [];
    for (let start = 0; start < images.length; start += size) {
      signal.throwIfAborted();
      results.push(...read(await this.run(images.slice(start, start + size))));
    }
    return results;
  }

  #floats(answer: Tensor | undefined): Float32Array {
    if (answer?.data instanceof Float32Array) return answer.data;
    if (answer?.type === "float16") return fromFloat16(answer.data as Uint16Array);
    throw new ModelError(
      "graph_mismatch",
      `${this.spec.model_name}: the graph gave ${answer?.type ?? "nothing"} as "${this.#output}", float32 was expected.`,
      { model: this.spec.model_name },
    );
  }
}

/** The name of the one tensor that a spec declares. */
function soleName(tensors: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const [name, another] = Object.keys(tensors ?? {});
  return another === undefined ? name : undefined;
}

function mismatch(spec: ModelSpec, side: string, name: string, there: readonly string[]): ModelError {
  return new ModelError(
    "graph_mismatch",
    `${spec.model_name}: the graph "model" has no ${side} "${name}" (it has ${there.join(", ")}).`,
    { model: spec.model_name, details: { side, tensor: name, found: there } },
  );
}
