import type { ModelError, TensorDeclaration } from "@menagerie/core";
import type { CheckpointFolder } from "@menagerie/core/adopt";
import { otherTaskWords, unknownMetadata, type YoloMetadata, yoloMetadata } from "../boxes/yolo-metadata.ts";
import type { Size } from "../geometry/size.ts";
import type { ImagePreprocessing } from "../preprocessing/image-preprocessing.ts";
import type { ImageProcessor } from "./image-processor.ts";

/** A graph and what its exporter wrote into it. */
export interface MarkedGraph {
  readonly file: string;
  readonly precision: string;
  readonly header: {
    readonly inputs: Readonly<Record<string, TensorDeclaration>>;
    readonly metadata?: Readonly<Record<string, string>> | undefined;
  };
}

/** What ultralytics says of a classifier that it exported. */
export interface UltralyticsClassifier {
  readonly labels: readonly string[] | undefined;
  readonly processor: ImageProcessor;
  readonly precision: string;
  readonly findings: readonly string[];
}

/**
 * Reads the metadata of a classifier that ultralytics exported (`yolo export model=…-cls.pt format=onnx`): the names of its
 * classes, its size, and with that how pictures are prepared: read by OpenCV, resized on Pillow, levels from 0 to 1.
 * @returns undefined for a graph that ultralytics did not export
 * @throws ModelError `checkpoint_invalid` naming the key of the metadata that does not fit
 */
export function ultralyticsClassifier(folder: CheckpointFolder, graph: MarkedGraph): UltralyticsClassifier | undefined {
  const { file, header } = graph;
  const { metadata = {} } = header;
  if (metadata.task === undefined || marks.every((key) => metadata[key] === undefined)) return undefined;
  const found = read(folder, file, metadata);
  const precision = graph.precision === "fp32" ? (found.precision ?? "fp32") : graph.precision;
  if (folder.precision !== undefined && folder.precision !== precision)
    throw folder.refusal(file, "args", `says that its weights are ${precision}; ${folder.precision} was asked for`);
  return {
    labels: found.names,
    processor: processorOf(folder, graph, found.size),
    precision,
    // The stride of a classifier is 1, and its batch is its input's.
    findings: unknownMetadata(metadata),
  };
}

/** Beside its task, each of these says that ultralytics wrote a graph. */
const marks = ["names", "imgsz", "stride"] as const;

function read(folder: CheckpointFolder, file: string, metadata: Readonly<Record<string, string>>): YoloMetadata {
  const { task, channels = "3" } = metadata;
  if (task !== "classify") throw folder.refusal(file, "task", otherTaskWords(task ?? "", "classify"));
  if (channels.trim() !== "3") throw folder.refusal(file, "channels", `is ${channels}; pictures have 3`);
  try {
    return yoloMetadata(metadata);
  } catch (error) {
    const { message, details } = error as ModelError;
    throw folder.refusal(file, String(details.key), message.replace(/\.$/, ""), error);
  }
}

/** What `classify_transforms` of ultralytics does: a square takes the short edge, another rectangle is squeezed into. */
function processorOf(folder: CheckpointFolder, { file, header }: MarkedGraph, size: Size | undefined): ImageProcessor {
  const [, , height = size?.height, width = size?.width] = Object.values(header.inputs)[0]?.shape ?? [];
  const isFixed = typeof height === "number" && typeof width === "number";
  const [chosenWidth, chosenHeight] = folder.choices.size ?? [];
  const chosen =
    chosenWidth === undefined || chosenHeight === undefined ? undefined : { width: chosenWidth, height: chosenHeight };
  const result = size ?? (isFixed ? { width, height } : chosen);
  if (result === undefined)
    throw folder.refusal(
      file,
      "imgsz",
      "is not in the metadata, and the input's sides are free. Name the size that it was trained with: --size 224",
    );
  if (isFixed && (result.width !== width || result.height !== height))
    throw folder.refusal(
      file,
      "imgsz",
      `is ${result.width} x ${result.height}, but the graph takes ${width} x ${height}`,
    );
  const isSquare = result.width === result.height;
  const preprocessing: ImagePreprocessing = {
    arithmetic: "pillow-13",
    reader: "opencv",
    convert_rgb: false,
    resize: isSquare ? { shortest_edge: result.height } : { ...result },
    filter: "bilinear",
    ...(isSquare ? { crop: { ...result } } : {}),
    crop_rounding: "round",
    rescale_factor: 1 / 255,
  };
  const how = isSquare
    ? `${result.height} px short edge, bilinear, centre ${result.width} x ${result.height}`
    : `${result.width} x ${result.height} px, bilinear`;
  return { preprocessing, result, finding: `pictures: ${how}, levels 0 to 1, as ultralytics exported it (${file})` };
}
