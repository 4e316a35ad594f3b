import type { AdoptedCheckpoint, CheckpointFolder, ModelSpec } from "@menagerie/core";
import { adoptPictureModel, type PictureModelGraph } from "./adopt-picture-model.ts";
import { readClassLabels } from "./class-labels.ts";
import type { ImageClassifierParameters } from "./image-classifier.ts";

/**
 * Reads the folder of an image classifier: config.json (labels, and whether one or several of them fit),
 * preprocessor_config.json and the graph `pixel_values -> logits`.
 * @throws ModelError `checkpoint_invalid` with the file and the key that do not fit
 */
export async function adoptImageClassifier(
  folder: CheckpointFolder,
  like: ModelSpec,
  graph: PictureModelGraph,
): Promise<AdoptedCheckpoint> {
  const { labels, problemType } = await readClassLabels(folder);
  const { spec, findings } = await adoptPictureModel(folder, like, graph, "logits");
  const outputs = graph.header.outputs.logits?.shape[1];
  if (typeof outputs === "number" && outputs !== labels.length)
    throw folder.refusal("config.json", "id2label", `names ${labels.length} labels, the graph has ${outputs} logits`);
  // As transformers' pipeline decides it.
  const isSigmoid = problemType === "multi_label_classification" || labels.length === 1;
  const parameters: ImageClassifierParameters = { activation: isSigmoid ? "sigmoid" : "softmax" };
  return {
    spec: {
      ...spec,
      labels: [...labels],
      output_schema: { model: { logits: { dtype: "float32", shape: ["batch", labels.length] } } },
      parameters: { ...parameters },
    },
    findings: [...findings, `${labels.length} labels, ${parameters.activation}: ${labels.join(", ")} (config.json)`],
  };
}
