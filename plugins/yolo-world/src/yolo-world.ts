import {
  type DetectObjectsInput,
  type DetectObjectsOutput,
  ModelError,
  type ModelSpec,
  type Tensor,
} from "@menagerie/core";
import type { Graph, LoadContext } from "@menagerie/core/loader";
import {
  boxesToPicture,
  detectedObjects,
  ImagePipeline,
  inferredTransform,
  yoloAnswer,
  yoloDetections,
  yoloMetadata,
} from "@menagerie/vision";
import { LabelVectors } from "./label-vectors.ts";
import { unusable, type YoloWorldParameters, yoloWorldParameters } from "./yolo-world-parameters.ts";

/**
 * A YOLO-World v2: a graph that takes the vocabulary's vectors beside the picture (`txt_feats`), or one with its vocabulary
 * baked in, as ultralytics exports it.
 */
export class YoloWorld {
  readonly #spec: ModelSpec;
  readonly #parameters: YoloWorldParameters;
  readonly #graph: Graph;
  readonly #pipeline: ImagePipeline;
  /** Undefined where the vocabulary is baked in. */
  readonly #vectors: LabelVectors | undefined;
  readonly #labels: readonly string[];

  private constructor(spec: ModelSpec, graph: Graph, vectors: LabelVectors | undefined) {
    const { image, ...parameters } = yoloWorldParameters(spec);
    const { names, suppressedBy } = yoloMetadata(graph.metadata);
    if (suppressedBy !== undefined)
      throw unusable(spec, `its graph suppresses overlaps itself (${suppressedBy}); export it without`);
    this.#spec = spec;
    this.#parameters = parameters;
    this.#graph = graph;
    this.#pipeline = new ImagePipeline(image);
    this.#vectors = vectors;
    // What is baked in is the graph's to name; what is not is the spec's to propose.
    this.#labels = (vectors === undefined ? names : undefined) ?? spec.labels ?? [];
  }

  static async open(context: LoadContext): Promise<YoloWorld> {
    const { spec } = context;
    const graph = await context.open("model");
    const vectors = graph.inputs.txt_feats === undefined ? undefined : await LabelVectors.open(context);
    return new YoloWorld(spec, graph, vectors);
  }

  /** Equal to ultralytics' `predict` on the whole letterbox, with these labels as `set_classes` takes them. */
  async detect(input: DetectObjectsInput, signal: AbortSignal): Promise<DetectObjectsOutput> {
    const labels = this.#vocabulary(input.labels);
    const half = this.#graph.inputs.txt_feats?.dtype === "float16";
    const txt_feats = await this.#vectors?.tensor(labels, half ? "float16" : "float32", signal);
    using pixels = await this.#pipeline.toTensor([input.image]);
    const [transform] = pixels.transforms;
    if (transform === undefined) throw new TypeError("a picture came without its transform");
    signal.throwIfAborted();
    const feeds: Record<string, Tensor> = { images: pixels, ...(txt_feats === undefined ? {} : { txt_feats }) };
    const { output0 } = await this.#graph.run(feeds, ["output0"]);
    const detections = yoloDetections(yoloAnswer(this.#graph, output0, { classes: labels.length, extras: 0 }), {
      classes: labels.length,
      confidence: input.threshold ?? this.#parameters.threshold,
      iouThreshold: input.iou ?? this.#parameters.iou,
    });
    // Where ultralytics takes the picture to lie in its letterbox, which is not always where it lies.
    const boxes = boxesToPicture(detections.boxes, inferredTransform(transform.picture, transform.model));
    const objects = detectedObjects(detections, boxes, labels);
    const asked = this.#vectors === undefined ? input.labels : undefined;
    return { objects: asked === undefined ? objects : objects.filter(({ label }) => asked.includes(label)) };
  }

  #vocabulary(asked: readonly string[] | undefined): readonly string[] {
    if (this.#vectors !== undefined) {
      const labels = [...new Set(asked ?? this.#labels)];
      if (labels.length > 0) return labels;
      throw this.#refusal('has no labels of its own: say what to look for, as "labels"');
    }
    const unknown = (asked ?? []).filter((label) => !this.#labels.includes(label));
    if (unknown.length === 0) return this.#labels;
    throw this.#refusal(
      `cannot look for ${unknown.join(", ")}: its vocabulary is baked in (${this.#labels.join(", ")}). Export it with txt_feats as an input`,
    );
  }

  #refusal(problem: string): ModelError {
    return new ModelError("input_invalid", `${this.#spec.model_name} ${problem}.`, { model: this.#spec.model_name });
  }
}
