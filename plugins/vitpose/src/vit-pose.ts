import {
  type BoxEdges,
  type EstimatePoseInput,
  type EstimatePoseOutput,
  fromFloat16,
  ModelError,
  type PersonPose,
  type Tensor,
} from "@menagerie/core";
import type { Graph, LoadContext } from "@menagerie/core/loader";
import {
  cropPose,
  decodeImage,
  type FloatPlanes,
  heatmapKeypoints,
  ImagePipeline,
  type PersonBox,
  paintWhite,
  poseFrame,
  type RgbImage,
} from "@menagerie/vision";
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
  /** How many people the graph takes at once, where it was exported for so many. */
  readonly #people: number | undefined;
  readonly #most: number;

  private constructor({ spec }: LoadContext, description: VitPoseDescription, graph: Graph) {
    this.#model = spec.model_name;
    this.#description = description;
    this.#graph = graph;
    this.#pipeline = new ImagePipeline(description.image);
    const axis = graph.inputs.pixel_values?.shape[0];
    this.#people = typeof axis === "number" ? axis : undefined;
    this.#most = this.#people ?? spec.resource_requirements.max_batch;
  }

  static async open(context: LoadContext): Promise<VitPose> {
    return new VitPose(context, vitPoseDescription(context.spec), await context.open("model"));
  }

  /** @param input.boxes may reach over the picture; what is outside of it is black. */
  async estimate(input: EstimatePoseInput, signal: AbortSignal): Promise<EstimatePoseOutput> {
    const picture = await decodeImage(input.image);
    const { convert_rgb: isPainted } = this.#description.image;
    if (isPainted && picture.transparentColour !== undefined) paintWhite(picture.data, picture.transparentColour);
    const boxes = input.boxes ?? [[0, 0, picture.width, picture.height] as BoxEdges];
    const people: PersonPose[] = [];
    let first: FloatPlanes | undefined;
    let before: FloatPlanes | undefined;
    for (let start = 0; start < boxes.length; start += this.#most) {
      signal.throwIfAborted();
      const some = boxes.slice(start, start + this.#most);
      for (const [i, maps] of (await this.#heatmaps(picture, some)).entries()) {
        people.push(this.#pose(some[i] as BoxEdges, maps, before, input.threshold));
        first ??= maps;
        before = maps;
      }
    }
    // What comes before the first person, in a reference that has all of them in one array, is the last.
    if (first !== undefined && boxes.length > 1)
      people[0] = this.#pose(boxes[0] as BoxEdges, first, before, input.threshold);
    const { edges, names } = this.#description;
    return { people, skeleton: edges.map(([from, to]) => [names[from] ?? "", names[to] ?? ""]) };
  }

  /** Those of each person. */
  async #heatmaps(picture: RgbImage, boxes: readonly BoxEdges[]): Promise<FloatPlanes[]> {
    const { size, dataset_index, normalize_factor } = this.#description;
    const crops = boxes.map((box) => cropPose(picture, poseFrame(personBox(box), size, normalize_factor), size));
    // A graph that takes exactly so many people is given the last one again; what it says of those is left out.
    while (crops.length < (this.#people ?? 0)) crops.push(crops.at(-1) as RgbImage);
    using pixels = await this.#pipeline.toTensor(crops);
    const feeds: Record<string, Tensor> = { pixel_values: pixels };
    if (this.#graph.inputs.dataset_index !== undefined) {
      const data = new BigInt64Array(crops.length).fill(BigInt(dataset_index));
      feeds.dataset_index = { type: "int64", shape: [crops.length], data };
    }
    const { data, shape } = this.#checked((await this.#graph.run(feeds, ["heatmaps"])).heatmaps, crops.length);
    const [channels, height, width] = shape;
    const values = channels * height * width;
    return boxes.map((_, person) => {
      // Copied: some are kept while the next ones are computed.
      return { data: data.slice(person * values, (person + 1) * values), channels, height, width };
    });
  }

  #pose(
    box: BoxEdges,
    maps: FloatPlanes,
    before: FloatPlanes | undefined,
    threshold = Number.NEGATIVE_INFINITY,
  ): PersonPose {
    const { names, size } = this.#description;
    const last = before?.data.subarray(-maps.height * maps.width);
    const { points, scores } = heatmapKeypoints(maps, { frame: poseFrame(personBox(box), size), before: last });
    const keypoints = names.map((name, i) => ({
      name,
      x: points[2 * i] as number,
      y: points[2 * i + 1] as number,
      score: scores[i] as number,
    }));
    const [x1, y1, x2, y2] = box;
    return { box: { x1, y1, x2, y2 }, keypoints: keypoints.filter(({ score }) => score > threshold) };
  }

  #checked(tensor: Tensor | undefined, people: number): { data: Float32Array; shape: [number, number, number] } {
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
      return { data, shape: [channels, height, width] };
    throw new ModelError(
      "graph_mismatch",
      `${this.#model}: the graph "${this.#graph.name}" gave ${tensor === undefined ? "no" : `${tensor.type} [${tensor.shape.join(", ")}] as`} "heatmaps", ` +
        `float32 [${people}, ${names.length}, height, width] was expected.`,
      { model: this.#model },
    );
  }
}

function personBox([x1, y1, x2, y2]: BoxEdges): PersonBox {
  return { left: x1, top: y1, width: x2 - x1, height: y2 - y1 };
}
