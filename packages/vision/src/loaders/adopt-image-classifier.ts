import type { ModelSpec, TensorDeclaration } from "@menagerie/core";
import type { AdoptedCheckpoint, CheckpointFolder } from "@menagerie/core/adopt";
import { z } from "zod";
import type { ImagePreprocessing } from "../preprocessing/image-preprocessing.ts";
import { adoptPictureModel, type PictureModelGraph } from "./adopt-picture-model.ts";
import { type ClassLabels, readClassLabels } from "./class-labels.ts";
import { classifierActivation, type ScoreOrigin } from "./classifier-activation.ts";
import type { ImageClassifierParameters } from "./image-classifier.ts";
import { type MarkedGraph, ultralyticsClassifier } from "./ultralytics-classifier.ts";

/** What a family knows of checkpoints that do not say it. */
export interface ImageClassifierFamily {
  /** How pictures were prepared in training, for folders without a processor's file. */
  readonly preprocessing?: ImagePreprocessing | undefined;
}

/** A classifier's graph that was found in the folder, as the engine's kit describes it. */
export interface ImageClassifierGraph extends PictureModelGraph {
  readonly header: PictureModelGraph["header"] & MarkedGraph["header"];
  /** What gives each output its values, where that was looked for. */
  readonly outputOrigins?: Readonly<Record<string, ScoreOrigin>> | undefined;
}

/**
 * Reads the folder of an image classifier: config.json or classes.txt (labels, and whether one or several of them fit), the
 * processor's file and the graph `pixel_values -> logits`, or `input -> output` and what else exporters call these two. A
 * graph may end in Softmax or Sigmoid, and one that ultralytics exported says all of this itself.
 * @throws ModelError `checkpoint_invalid` with the file and the key that do not fit
 */
export async function adoptImageClassifier(
  folder: CheckpointFolder,
  like: ModelSpec,
  graph: ImageClassifierGraph,
  family: ImageClassifierFamily = {},
): Promise<AdoptedCheckpoint> {
  const marked = ultralyticsClassifier(folder, graph);
  const { labels, problemType, file } = await labelsOf(folder, graph.file, marked?.labels);
  if (problemType === "regression")
    throw folder.refusal("config.json", "problem_type", "is regression, which gives values and no scores of labels");
  const { header, outputOrigins = {} } = graph;
  const output = outputOf(header.outputs, outputOrigins, labels.length);
  const found = classifierActivation(outputOrigins[output], { labels, problemType }, folder.choices.activation);
  if (typeof found === "string") throw folder.refusal(graph.file, output, found);
  const adopted = { ...graph, precision: marked?.precision ?? graph.precision };
  const { spec, findings, assumptions } = await adoptPictureModel(folder, like, adopted, {
    input: inputOf(header.inputs),
    output,
    processor: marked?.processor,
    preprocessing: family.preprocessing,
  });
  await checkPositions(folder, spec.input_schema?.model);
  const [[name, { dtype, shape }] = noOutput] = Object.entries(spec.output_schema?.model ?? {});
  const outputs = shape[1];
  if (shape.length !== 2)
    throw folder.refusal(
      graph.file,
      name,
      `is [${shape.join(", ")}], a classifier's would be [batch, ${labels.length}]`,
    );
  if (typeof graph.header.outputs[name]?.shape[1] === "number" && outputs !== labels.length)
    throw folder.refusal(
      file,
      file === "config.json" ? "id2label" : undefined,
      `names ${counted(labels)}, the graph has ${outputs} ${outputs === 1 ? "logit" : "logits"}`,
    );
  const parameters: ImageClassifierParameters = {
    activation: found.activation,
    ...(found.sumsToOne === true ? { sums_to_one: true } : {}),
  };
  return {
    spec: {
      ...spec,
      labels: [...labels],
      output_schema: { model: { [name]: { dtype, shape: [shape[0] ?? "batch", labels.length] } } },
      parameters: { ...parameters },
    },
    findings: [
      ...findings,
      ...(marked?.findings ?? []),
      `${counted(labels)}, ${found.finding}: ${some(labels)} (${file})`,
    ],
    ...(assumptions === undefined ? {} : { assumptions }),
  };
}

/** Labels that the person named, else those of the folder's files or of the graph; where both have some, they must be the same. */
async function labelsOf(
  folder: CheckpointFolder,
  graph: string,
  own: readonly string[] | undefined,
): Promise<ClassLabels> {
  const isSaid = (await folder.has("config.json")) || (await folder.has("classes.txt"));
  if (own === undefined || folder.choices.labels !== undefined) return readClassLabels(folder);
  const ofGraph: ClassLabels = { labels: own, problemType: undefined, file: graph };
  if (!isSaid) return ofGraph;
  const said = await readClassLabels(folder);
  if (said.isDefault) return { ...ofGraph, problemType: said.problemType };
  const other = said.labels.findIndex((label, i) => label !== own[i]);
  if (other < 0 && said.labels.length === own.length) return said;
  throw folder.refusal(
    graph,
    "names",
    `has ${own.length} names of which number ${Math.max(other, 0)} is "${own[Math.max(other, 0)]}"; ${said.file} has ${said.labels.length} with "${said.labels[Math.max(other, 0)]}". Leave one of the two`,
  );
}

const noOutput = ["logits", { dtype: "float32", shape: [] as (number | string)[] }] as const;

const side = z.int().positive();
const imageSize = z.union([side, z.array(side).length(2)]).optional();
const positionsSchema = z.object({
  model_type: z.string().optional(),
  image_size: imageSize,
  vision_config: z.object({ image_size: imageSize }).optional(),
});
/** Models that learnt a vector for each place of a picture of one size. */
const positional = new Set(["vit", "deit", "vit_msn", "beit", "siglip", "clip"]);

/** Exporters leave heights and widths of such graphs free, and then they fail at the first picture of another size. */
async function checkPositions(
  folder: CheckpointFolder,
  inputs: Readonly<Record<string, TensorDeclaration>> | undefined,
): Promise<void> {
  if (!(await folder.has("config.json"))) return;
  const config = await folder.json("config.json", positionsSchema);
  const size = config.image_size ?? config.vision_config?.image_size;
  if (size === undefined || !positional.has(config.model_type ?? "")) return;
  const [height, width] = typeof size === "number" ? [size, size] : size;
  for (const { shape } of Object.values(inputs ?? {}))
    for (const [made, wanted] of [
      [shape[2], height],
      [shape[3], width],
    ])
      if (typeof made === "number" && made !== wanted)
        throw folder.refusal(
          "config.json",
          "image_size",
          `is ${width} x ${height}, but pictures come out as ${shape[3]} x ${shape[2]} by the processor's file`,
        );
}

/** What logits are called in graphs whose exporter was not told, or was told as tutorials tell it. */
const outputNames = /^(outputs?|output[._]?\d+|\d+|y|linear|addmm|gemm)$/;

type Tensors = Readonly<Record<string, TensorDeclaration>>;

/** The only input is that of pictures, whatever it is called, where it has the axes of pictures. */
function inputOf(inputs: Tensors): string {
  const [name, another] = Object.keys(inputs);
  const isSole = name !== undefined && another === undefined;
  return isSole && inputs[name]?.shape.length === 4 ? name : "pixel_values";
}

/**
 * The only output, whatever it is called, where it is a score by the operator that made it, or one number for each label:
 * exporters call it after their last operator.
 */
function outputOf(outputs: Tensors, origins: Readonly<Record<string, ScoreOrigin>>, labels: number): string {
  const [name, another] = Object.keys(outputs);
  if (name === undefined || another !== undefined) return "logits";
  const gives = origins[name]?.gives;
  const [, count, more] = outputs[name]?.shape ?? [];
  const isOfLabels = gives === "logits" && count === labels && more === undefined;
  return outputNames.test(name) || gives === "scores" || gives === "distribution" || isOfLabels ? name : "logits";
}

function counted({ length }: readonly string[]): string {
  return length === 1 ? "1 label" : `${length} labels`;
}

/** A thousand labels are no sentence. */
function some(labels: readonly string[]): string {
  const most = 20;
  return labels.length <= most ? labels.join(", ") : `${labels.slice(0, most).join(", ")}, …`;
}
