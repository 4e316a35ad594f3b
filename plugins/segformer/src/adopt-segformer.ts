import type { ModelSpec } from "@menagerie/core";
import type { AdoptedCheckpoint, CheckpointFolder } from "@menagerie/core/adopt";
import { adoptedGraph } from "@menagerie/onnx";
import type { ImagePreprocessing } from "@menagerie/vision";
import { adoptPictureModel, processorFile, readClassLabels } from "@menagerie/vision";

/** A class map holds this many. */
const mostClasses = 65_536;

/**
 * Reads the folder of a SegFormer: config.json (labels), preprocessor_config.json and the graph
 * `pixel_values -> logits [batch, labels, rows, columns]`.
 * @throws ModelError `checkpoint_invalid` with the file and the key that do not fit
 */
export async function adoptSegformer(folder: CheckpointFolder, like: ModelSpec): Promise<AdoptedCheckpoint> {
  const family = await (await processorFile(folder)).modelType(folder);
  if (family !== undefined && family !== "segformer")
    throw folder.refusal("config.json", "model_type", `is "${family}"; "segformer" was expected`);
  const graph = await adoptedGraph(folder, "model");
  const { labels } = await readClassLabels(folder);
  const { spec, findings } = await adoptPictureModel(folder, like, graph, { output: "logits" });
  const { dtype = "float32", shape = [] } = graph.header.outputs.logits ?? {};
  const classes = shape[1];
  if (shape.length !== 4)
    throw folder.refusal(graph.file, "logits", `has ${shape.length} axes; [batch, labels, rows, columns] are expected`);
  if (labels.length > mostClasses || (typeof classes === "number" && classes !== labels.length))
    throw folder.refusal(
      "config.json",
      "id2label",
      `names ${labels.length} labels, the graph has ${classes} (at most ${mostClasses})`,
    );
  return {
    spec: {
      ...spec,
      labels: [...labels],
      output_schema: { model: { logits: { dtype, shape: ["batch", labels.length, "rows", "columns"] } } },
      parameters: {},
    },
    findings: [
      ...findings,
      ...cropFindings(spec.preprocessing?.image as ImagePreprocessing | undefined),
      `${labels.length} labels: ${labels.join(", ")} (config.json)`,
    ],
  };
}

function cropFindings(image: ImagePreprocessing | undefined): string[] {
  if (image?.crop === undefined) return [];
  return [
    "pictures are cropped, and the classes of what is left are stretched over the whole picture, as in transformers",
  ];
}
