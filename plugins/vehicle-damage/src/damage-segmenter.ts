import {
  describeIssues,
  fromFloat16,
  ModelError,
  type ModelSpec,
  plainWords,
  type SegmentedObject,
  type SegmentObjectsInput,
  type SegmentObjectsOutput,
  type Tensor,
} from "@menagerie/core";
import type { Graph, LoadContext } from "@menagerie/core/loader";
import {
  boxesToPicture,
  detectedObjects,
  type FloatPlanes,
  ImagePipeline,
  imagePreprocessing,
  inferredTransform,
  modelMaskRuns,
  packRuns,
  pictureMaskRuns,
  yoloAnswer,
  yoloDetections,
  yoloMetadata,
} from "@menagerie/vision";
import { z } from "zod";

/** What a spec says in `parameters`; a question may say otherwise. */
interface SegmenterParameters {
  /** Only scores above count; default: 0.25, as in ultralytics. */
  threshold: number;
  /** Overlap above which the worse of two boxes of one class goes; default: 0.7, as in ultralytics. */
  iou: number;
}

const share = z.number().min(0).max(1);
const parametersSchema: z.ZodType<SegmenterParameters> = z.strictObject({
  threshold: share.default(0.25),
  iou: share.default(0.7),
});

/** A segmenting YOLO as ultralytics exports it: `output0` with boxes, classes and coefficients, `output1` with prototypes. */
export class DamageSegmenter {
  readonly #graph: Graph;
  readonly #pipeline: ImagePipeline;
  readonly #names: readonly string[];
  readonly #parameters: SegmenterParameters;

  private constructor(
    graph: Graph,
    pipeline: ImagePipeline,
    names: readonly string[],
    parameters: SegmenterParameters,
  ) {
    this.#graph = graph;
    this.#pipeline = pipeline;
    this.#names = names;
    this.#parameters = parameters;
  }

  static async open(context: LoadContext): Promise<DamageSegmenter> {
    const { spec } = context;
    const parameters = parametersSchema.safeParse(spec.parameters, { error: plainWords });
    if (!parameters.success)
      throw unusable(spec, `"parameters": ${describeIssues(parametersSchema, parameters.error).join("; ")}`);
    const pipeline = new ImagePipeline(imagePreprocessing(spec));
    const graph = await context.open("model");
    // The order of the classes is the checkpoint's: it stands in the graph, unless the spec knows better.
    const { names: exported, suppressedBy } = yoloMetadata(graph.metadata);
    const names = spec.labels ?? exported;
    if (names === undefined) throw unusable(spec, 'neither "labels" nor the graph\'s metadata names the classes');
    if (suppressedBy !== undefined)
      throw unusable(spec, `its graph suppresses overlaps itself (${suppressedBy}); export it without`);
    return new DamageSegmenter(graph, pipeline, names, parameters.data);
  }

  /** Equal to ultralytics' `predict`: with `retina_masks` for masks as large as the picture, without for the model's. */
  async segment(input: SegmentObjectsInput, signal: AbortSignal): Promise<SegmentObjectsOutput> {
    const { mask_size = "picture", threshold, iou } = input;
    using pixels = await this.#pipeline.toTensor([input.image]);
    const [transform] = pixels.transforms;
    if (transform === undefined) throw new TypeError("a picture came without its transform");
    const { output0, output1 } = await this.#graph.run({ images: pixels }, ["output0", "output1"]);
    const prototypes = this.#prototypes(output1);
    const answer = yoloAnswer(this.#graph, output0, { classes: this.#names.length, extras: prototypes.channels });
    const detections = yoloDetections(answer, {
      classes: this.#names.length,
      confidence: threshold ?? this.#parameters.threshold,
      iouThreshold: iou ?? this.#parameters.iou,
    });
    // Where ultralytics takes the picture to lie in its letterbox, which is not always where it lies.
    const boxes = boxesToPicture(detections.boxes, inferredTransform(transform.picture, transform.model));
    const objects = detectedObjects(detections, boxes, this.#names).flatMap((object, i): SegmentedObject[] => {
      signal.throwIfAborted();
      const coefficients = detections.extras.subarray(i * prototypes.channels, (i + 1) * prototypes.channels);
      const edges = (mask_size === "picture" ? boxes : detections.boxes).subarray(4 * i, 4 * i + 4);
      const one = { prototypes, coefficients, boxes: edges };
      const [mask] =
        mask_size === "picture" ? pictureMaskRuns(one, transform.picture) : modelMaskRuns(one, transform.model);
      if (mask === undefined || mask.area === 0) return [];
      const { size, counts, area } = mask;
      return [{ ...object, mask: { size: [size[0], size[1]], counts: packRuns(counts) }, area }];
    });
    return { mask_size, objects };
  }

  #prototypes(tensor: Tensor | undefined): FloatPlanes {
    const data = tensor?.data instanceof Uint16Array ? fromFloat16(tensor.data) : tensor?.data;
    const [count, channels, height, width] = tensor?.shape ?? [];
    if (
      data instanceof Float32Array &&
      count === 1 &&
      channels !== undefined &&
      height !== undefined &&
      width !== undefined
    )
      return { data, channels, height, width };
    const found = tensor === undefined ? 'no "output1"' : `${tensor.type} [${tensor.shape.join(", ")}] as "output1"`;
    throw new ModelError(
      "graph_mismatch",
      `The graph "${this.#graph.name}" gave ${found}, float32 [1, masks, height, width] was expected.`,
      { details: { graph: this.#graph.name, tensor: "output1" } },
    );
  }
}

function unusable(spec: ModelSpec, problem: string): ModelError {
  return new ModelError(
    "model_spec_invalid",
    `${spec.model_name} is not a spec that the vehicle damage loader can use: ${problem}.`,
    { model: spec.model_name },
  );
}
