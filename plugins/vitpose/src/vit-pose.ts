import {
  type BoxEdges,
  type EstimatePoseInput,
  type EstimatePoseOutput,
  fromFloat16,
  type Graph,
  type LoadContext,
  ModelError,
  type PersonPose,
  type Tensor,
} from "@menagerie/core";
import { cropPose, decodeImage, heatmapKeypoints, ImagePipeline, poseFrame, type RgbImage } from "@menagerie/vision";
import { type VitPoseDescription, vitPoseDescription } from "./vitpose-parameters.ts";

/**
 * A ViTPose: each person's box, widened by a quarter, becomes a crop, the crop heatmaps, each heatmap one keypoint. What
 * `VitPoseImageProcessor` and its `post_process_pose_estimation` of transformers compute, without averaging the mirrored crop.
 */
export class VitPose {
  readonly #model: string;
  readonly #description: VitPoseDescription;
  readonly #graph: Graph;
  readonly #pipeline: ImagePipeline;
  readonly #batch: number;

  private constructor({ spec }: LoadContext, description: VitPoseDescription, graph: Graph) {
    this.#model = spec.model_name;
    this.#description = description;
    this.#graph = graph;
    this.#pipeline = new ImagePipeline(description.image);
    const axis = graph.inputs.pixel_values?.shape[0];
    this.#batch = typeof axis === "number" ? axis : spec.resource_requirements.max_batch;
  }

  static async open(context: LoadContext): Promise<VitPose> {
    return new VitPose(context, vitPoseDescription(context.spec), await context.open("model"));
  }

  /** @param input.boxes may reach over the picture; what is outside of it is black. */
  async estimate(input: EstimatePoseInput, signal: AbortSignal): Promise<EstimatePoseOutput> {
    const picture = await decodeImage(input.image);
    const boxes = input.boxes ?? [[0, 0, picture.width, picture.height] as BoxEdges];
    const people: PersonPose[] = [];
    for (let start = 0; start < boxes.length; start += this.#batch) {
      signal.throwIfAborted();
      people.push(...(await this.#poses(picture, boxes.slice(start, start + this.#batch), input.threshold)));
    }
    const { edges, names } = this.#description;
    return { people, skeleton: edges.map(([from, to]) => [names[from] ?? "", names[to] ?? ""]) };
  }

  async #poses(
    picture: RgbImage,
    boxes: readonly BoxEdges[],
    threshold = Number.NEGATIVE_INFINITY,
  ): Promise<PersonPose[]> {
    const { names, size, dataset_index } = this.#description;
    const frames = boxes.map(([x1, y1, x2, y2]) =>
      poseFrame({ left: x1, top: y1, width: x2 - x1, height: y2 - y1 }, size),
    );
    using pixels = await this.#pipeline.toTensor(frames.map((frame) => cropPose(picture, frame, size)));
    const feeds: Record<string, Tensor> = { pixel_values: pixels };
    if (this.#graph.inputs.dataset_index !== undefined) {
      const data = new BigInt64Array(boxes.length).fill(BigInt(dataset_index));
      feeds.dataset_index = { type: "int64", shape: [boxes.length], data };
    }
    const { data, shape } = this.#heatmaps((await this.#graph.run(feeds, ["heatmaps"])).heatmaps, boxes.length);
    const [, channels, height, width] = shape;
    const values = channels * height * width;
    return boxes.map(([x1, y1, x2, y2], person) => {
      const maps = { data: data.subarray(person * values, (person + 1) * values), channels, height, width };
      const { points, scores } = heatmapKeypoints(maps, { frame: frames[person] });
      const keypoints = names.map((name, i) => ({
        name,
        x: points[2 * i] as number,
        y: points[2 * i + 1] as number,
        score: scores[i] as number,
      }));
      return { box: { x1, y1, x2, y2 }, keypoints: keypoints.filter(({ score }) => score > threshold) };
    });
  }

  #heatmaps(
    tensor: Tensor | undefined,
    people: number,
  ): { data: Float32Array; shape: [number, number, number, number] } {
    const { names } = this.#description;
    const data = tensor?.data instanceof Uint16Array ? fromFloat16(tensor.data) : tensor?.data;
    const [count, channels, height, width] = tensor?.shape ?? [];
    if (
      data instanceof Float32Array &&
      count === people &&
      channels === names.length &&
      height !== undefined &&
      width !== undefined
    )
      return { data, shape: [count, channels, height, width] };
    throw new ModelError(
      "graph_mismatch",
      `${this.#model}: the graph "${this.#graph.name}" gave ${tensor === undefined ? "no" : `${tensor.type} [${tensor.shape.join(", ")}] as`} "heatmaps", ` +
        `float32 [${people}, ${names.length}, height, width] was expected.`,
      { model: this.#model },
    );
  }
}
