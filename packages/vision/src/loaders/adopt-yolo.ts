import type { ModelError, ModelSpec, TensorDeclaration } from "@menagerie/core";
import type { CheckpointFolder } from "@menagerie/core/adopt";
import { otherTaskWords, unknownMetadata, type YoloMetadata, yoloMetadata } from "../boxes/yolo-metadata.ts";
import { type YoloPreprocessing, yoloPreprocessing } from "../boxes/yolo-preprocessing.ts";
import type { ImagePreprocessing } from "../preprocessing/image-preprocessing.ts";

/** A YOLO's graph that was found in the folder, as the engine's kit describes it. */
export interface YoloGraph {
  readonly file: string;
  readonly precision: string;
  readonly header: {
    readonly inputs: Readonly<Record<string, TensorDeclaration>>;
    readonly outputs: Readonly<Record<string, TensorDeclaration>>;
    readonly metadata: Readonly<Record<string, string>>;
  };
}

/** What is the same for every YOLO: how pictures go into its graph, and what the graph says of itself. */
export interface AdoptedYolo {
  readonly metadata: YoloMetadata;
  /** Tensors of the graph, in names of axes that a spec may have. */
  readonly inputs: Record<string, TensorDeclaration>;
  readonly image: ImagePreprocessing;
  readonly precision: string;
  readonly finding: string;
  /** Where the names of the classes stand. */
  readonly namesSource: string;
  /** What neither the graph nor the person says, and was taken for granted. */
  readonly assumptions: readonly string[];
}

/**
 * Reads the graph that ultralytics exported of a YOLO, or another one with its tensors `images` and `output0`.
 * @param task that its metadata must name, where they name one
 * @throws ModelError `checkpoint_invalid` naming the tensor or the key of the metadata that does not fit
 */
export function adoptYolo(
  folder: CheckpointFolder,
  graph: YoloGraph,
  like: Pick<ModelSpec, "preprocessing">,
  task: "detect" | "segment",
): AdoptedYolo {
  const { file, header } = graph;
  const { labels } = folder.choices;
  const own = readMetadata(folder, graph, task);
  const metadata = labels === undefined ? own : { ...own, names: labels };
  const images = yoloTensor(folder, graph, "inputs", "images");
  yoloTensor(folder, graph, "outputs", "output0");
  checkImages(folder, file, images);
  const { image, finding, assumptions } = preprocessingOf(folder, file, images, metadata, like);
  // ultralytics calls a graph alike whatever its weights were rounded to.
  const precision = graph.precision === "fp32" ? (metadata.precision ?? "fp32") : graph.precision;
  if (folder.precision !== undefined && folder.precision !== precision)
    throw folder.refusal(file, "args", `says that its weights are ${precision}; ${folder.precision} was asked for`);
  return {
    metadata,
    inputs: Object.fromEntries(Object.entries(header.inputs).map(([name, tensor]) => [name, declared(tensor)])),
    image: images.dtype === "float16" ? { ...image, dtype: "float16" } : image,
    precision,
    finding: [`${finding}, weights ${precision} (${file})`, ...unknownMetadata(ofUltralytics(header.metadata))].join(
      "; ",
    ),
    namesSource: labels === undefined ? `metadata of ${file}` : "--labels",
    assumptions,
  };
}

/** A tensor of the graph by name. @throws ModelError `checkpoint_invalid` naming it and those that are there */
export function yoloTensor(
  folder: CheckpointFolder,
  { file, header }: YoloGraph,
  side: "inputs" | "outputs",
  name: string,
): TensorDeclaration {
  const tensor = header[side][name];
  if (tensor !== undefined) return tensor;
  const there = Object.keys(header[side]).join(", ");
  throw folder.refusal(file, name, `the graph has no such tensor among its ${side}: ${there}`);
}

function readMetadata(folder: CheckpointFolder, { file, header }: YoloGraph, wanted: string): YoloMetadata {
  let metadata: YoloMetadata;
  try {
    metadata = yoloMetadata(header.metadata);
  } catch (error) {
    const { message, details } = error as ModelError;
    throw folder.refusal(file, String(details.key), message.replace(/\.$/, ""), error);
  }
  const { task, suppressedBy } = metadata;
  const { channels = "3" } = header.metadata;
  if (channels.trim() !== "3") throw folder.refusal(file, "channels", `is ${channels}; pictures have 3`);
  if (task !== undefined && task !== wanted) throw folder.refusal(file, "task", otherTaskWords(task, wanted));
  const suppression = {
    end2end:
      "is True: the graph chooses among overlapping boxes itself. Export it with end2end=False, and without nms=False",
    args: "has nms=True: the graph suppresses overlaps itself. Export it without",
  };
  if (suppressedBy !== undefined) throw folder.refusal(file, suppressedBy, suppression[suppressedBy]);
  return metadata;
}

/** Other exporters' metadata is theirs. */
function ofUltralytics(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return metadata.task === undefined ? {} : metadata;
}

function checkImages(folder: CheckpointFolder, file: string, { dtype, shape }: TensorDeclaration): void {
  const [pictures, channels] = shape;
  if (shape.length !== 4 || channels !== 3 || (dtype !== "float32" && dtype !== "float16"))
    throw folder.refusal(
      file,
      "images",
      `is ${dtype} [${shape.join(", ")}]; float32 or float16 [1, 3, height, width] was expected`,
    );
  if (typeof pictures === "number" && pictures !== 1)
    throw folder.refusal(file, "images", `takes ${pictures} pictures at once. Export it with batch=1 or dynamic=True`);
}

function preprocessingOf(
  folder: CheckpointFolder,
  file: string,
  { shape }: TensorDeclaration,
  metadata: YoloMetadata,
  like: Pick<ModelSpec, "preprocessing">,
): { image: YoloPreprocessing; finding: string; assumptions: string[] } {
  const exported = yoloPreprocessing(shape, metadata);
  const { resize } = (like.preprocessing.image ?? {}) as Pick<ImagePreprocessing, "resize">;
  const letterbox = resize !== undefined && "letterbox" in resize ? resize.letterbox : undefined;
  const [width, height] = folder.choices.size ?? [];
  const chosen = width === undefined || height === undefined ? undefined : { width, height };
  const image = exported ?? yoloPreprocessing(shape, { ...metadata, size: chosen ?? letterbox });
  if (image === undefined)
    throw folder.refusal(
      file,
      "imgsz",
      "is not in the metadata, and the input's sides are free. Name the size that it was trained with: --size 640",
    );
  const box = image.resize.letterbox;
  const size = `${box.width} x ${box.height} px`;
  return {
    image,
    finding: `pictures: letterbox of ${size}${box.auto === true ? ", filled up to the stride" : ""}`,
    assumptions:
      exported === undefined && chosen === undefined
        ? [
            `pictures are fitted into ${size}, as those of the model it is like: the graph says no size. Name another with --size`,
          ]
        : [],
  };
}

/** Names of free axes are the exporter's, and not always such as a spec may have. */
function declared({ dtype, shape }: TensorDeclaration): TensorDeclaration {
  return { dtype, shape: shape.map((axis, i) => (typeof axis === "number" ? axis : `axis_${i}`)) };
}
