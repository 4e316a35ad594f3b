import type { ArtifactDeclaration, GraphDeclaration, ModelSpec, TensorDeclaration } from "@menagerie/core";
import { type AdoptedCheckpoint, adoptedRequirements, type CheckpointFolder } from "@menagerie/core/adopt";
import type { Size } from "../geometry/size.ts";
import { type ImagePreprocessing, usualImagePreprocessing } from "../preprocessing/image-preprocessing.ts";
import { type ImageProcessor, readImageProcessor } from "./image-processor.ts";
import { timmProcessor } from "./timm-processor.ts";

/** A graph that was found in the folder, as the engine's kit describes it. */
export interface PictureModelGraph {
  readonly file: string;
  readonly precision: string;
  readonly header: {
    readonly inputs: Readonly<Record<string, TensorDeclaration>>;
    readonly outputs: Readonly<Record<string, TensorDeclaration>>;
  };
  readonly artifacts: readonly ArtifactDeclaration[];
  readonly declaration: GraphDeclaration;
}

export interface PictureModelParts {
  /** Name of the tensor that the graph takes; default: `pixel_values`. */
  readonly input?: string | undefined;
  /** Name of the tensor that the graph answers with. */
  readonly output: string;
  /** What the graph itself says of how pictures are prepared; a processor's file in the folder is read before it. */
  readonly processor?: ImageProcessor | undefined;
  /** How pictures are prepared where the folder has no processor's file; without it, such a folder is refused. */
  readonly preprocessing?: ImagePreprocessing | undefined;
}

/**
 * The parts of a spec that are the same for every model with one graph `model`, from pictures to one tensor: artifacts,
 * preprocessing, tensors and memory.
 * @throws ModelError `checkpoint_invalid` for a graph without these tensors, or that takes another size than the processor makes
 */
export async function adoptPictureModel(
  folder: CheckpointFolder,
  like: ModelSpec,
  graph: PictureModelGraph,
  parts: PictureModelParts,
): Promise<AdoptedCheckpoint> {
  const { input = "pixel_values", output, processor: own, preprocessing: usual } = parts;
  const pixels = pixelsOf(folder, graph, input);
  const answer = tensorOf(folder, graph, "outputs", output);
  if (answer.dtype !== "float32" && answer.dtype !== "float16")
    throw folder.refusal(graph.file, output, `is ${answer.dtype}; float32 or float16 was expected`);
  const [pictures, , height, width] = pixels.shape;
  const { preprocessing, result, finding, assumption } = await processorOf(folder, { height, width }, own, usual);
  const takes = [width, height].map((side, i) =>
    typeof side === "number" ? side : [result?.width, result?.height][i],
  );
  if (result !== undefined && (takes[0] !== result.width || takes[1] !== result.height))
    throw folder.refusal(
      await sizeFile(folder),
      "size",
      `pictures come out as ${result.width} x ${result.height}, but the graph takes ${takes.join(" x ")} (${graph.file}, ${input})`,
    );
  if (result === undefined && (typeof height === "number" || typeof width === "number"))
    throw folder.refusal(
      graph.file,
      input,
      `takes pictures of ${width} x ${height} alone, and they come out in many sizes, as their sides are (${await sizeFile(folder)}). Export it with free sides, or write a size there that does not keep the aspect`,
    );
  const { batch_axis: _axis, ...unbatched } = graph.declaration;
  const requirements = adoptedRequirements(like, graph.artifacts);
  const isFixed = typeof pictures === "number";
  return {
    spec: {
      precision: graph.precision,
      local_artifacts: [...graph.artifacts],
      preprocessing: { image: { ...preprocessing, ...(result === undefined ? limitOf(like) : {}) } },
      graphs: { model: isFixed ? unbatched : graph.declaration },
      input_schema: {
        model: {
          [input]: {
            dtype: pixels.dtype,
            shape: [isFixed ? pictures : "batch", 3, result?.height ?? "height", result?.width ?? "width"],
          },
        },
      },
      output_schema: { model: { [output]: { dtype: answer.dtype, shape: answer.shape.map(axisName) } } },
      resource_requirements: isFixed ? { ...requirements, max_batch: pictures } : requirements,
    },
    findings: [
      finding,
      `weights ${graph.precision} (${graph.file})`,
      ...(isFixed && pictures > 1 ? [`the graph takes ${pictures} pictures at once; fewer are filled up`] : []),
    ],
    assumptions: assumption === undefined ? [] : [assumption],
  };
}

function pixelsOf(folder: CheckpointFolder, graph: PictureModelGraph, name: string): TensorDeclaration {
  const pixels = tensorOf(folder, graph, "inputs", name);
  const surplus = Object.keys(graph.header.inputs).find((other) => other !== name);
  if (surplus !== undefined)
    throw folder.refusal(graph.file, surplus, "is an input that a model of pictures alone does not have");
  const { dtype, shape } = pixels;
  const isPixels = shape.length === 4 && (typeof shape[1] !== "number" || shape[1] === 3);
  if (isPixels && (dtype === "float32" || dtype === "float16")) return pixels;
  const found = `${dtype} [${shape.join(", ")}]`;
  if (shape.length === 4 && shape[3] === 3)
    throw folder.refusal(
      graph.file,
      name,
      `is ${found}: its colours come last, as TensorFlow and Keras have them, and they are fed first here, [batch, 3, height, width]. Export it so: tf2onnx with --inputs-as-nchw ${name}`,
    );
  throw folder.refusal(graph.file, name, `is ${found}; pictures are float32 [batch, 3, height, width]`);
}

async function processorOf(
  folder: CheckpointFolder,
  graph: { readonly height: number | string | undefined; readonly width: number | string | undefined },
  own: ImageProcessor | undefined,
  usual: ImagePreprocessing | undefined,
): Promise<ImageProcessor & { readonly assumption?: string }> {
  const isSaid = (await folder.has("preprocessor_config.json")) || (await folder.has("processor_config.json"));
  if (own !== undefined && !isSaid) return own;
  const timm = isSaid ? undefined : await timmProcessor(folder);
  if (timm !== undefined) return timm;
  if (usual === undefined || isSaid) return readImageProcessor(folder);
  const { resize, filter } = usual;
  if (resize === undefined || !("width" in resize)) return readImageProcessor(folder);
  const [chosenWidth, chosenHeight] = folder.choices.size ?? [];
  const side = (own: number | string | undefined, other: number): number => (typeof own === "number" ? own : other);
  const result: Size = {
    width: side(graph.width, chosenWidth ?? resize.width),
    height: side(graph.height, chosenHeight ?? resize.height),
  };
  const isGraphs = typeof graph.width === "number" && typeof graph.height === "number";
  const isSaidSize = isGraphs || folder.choices.size !== undefined;
  const size = `${result.width} x ${result.height} px`;
  return {
    preprocessing: { ...usual, resize: { ...resize, ...result } },
    result,
    finding: `pictures: ${size}, ${filter}, as in this family's training (there is no preprocessor_config.json)`,
    assumption: isSaidSize
      ? `pictures are prepared as in this family's training (${filter}, mean ${usual.mean?.join(", ")}): there is no preprocessor_config.json that says it`
      : `pictures are ${size}, as in this family's training: neither the graph nor a preprocessor_config.json says it. If yours was trained on another size, name it: --size 256`,
  };
}

/** The file that says what size pictures come out in. */
async function sizeFile(folder: CheckpointFolder): Promise<string> {
  const files = ["preprocessor_config.json", "processor_config.json"];
  for (const file of files) if (await folder.has(file)) return file;
  return "config.json";
}

function tensorOf(
  folder: CheckpointFolder,
  graph: PictureModelGraph,
  side: "inputs" | "outputs",
  name: string,
): TensorDeclaration {
  const tensor = graph.header[side][name];
  if (tensor !== undefined) return tensor;
  const there = Object.keys(graph.header[side]).join(", ");
  throw folder.refusal(graph.file, name, `the graph has no such tensor among its ${side}: ${there}`);
}

/** Exporters write whole formulas as names of axes; a spec's are words. The first axis counts pictures. */
function axisName(size: number | string, position: number): number | string {
  if (typeof size === "number") return size;
  return position === 0 ? "batch" : `axis_${position}`;
}

/** What a question may cost is the model's architecture's, not the checkpoint's. */
function limitOf(like: ModelSpec): Pick<ImagePreprocessing, "max_pixels"> {
  const most = usualImagePreprocessing(like)?.max_pixels;
  return most === undefined ? {} : { max_pixels: most };
}
